// The configuration: webhooks, members, own event types. Changes take the events they raise
// (webhook.created, …), which are recorded in the same transaction. The rules of store.h hold here.
#pragma once

#include "core/base/error.h"
#include "core/model/audit.h"
#include "core/model/endpoint.h"
#include "core/model/event.h"
#include "core/model/event_catalog.h"
#include "core/model/member.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct AuditFilter {
  std::string subject{};  // empty: of anything
  std::string actor{};    // empty: by anyone
  std::optional<Time> since{};
  std::optional<Time> until{};           // not part of it
  std::optional<std::int64_t> before{};  // keyset paging: only older ones
  std::size_t limit = 50;
};

class ConfigStore {
 public:
  virtual ~ConfigStore() = default;

  // Does `work` in one transaction, which others wait for: what it reads stays as it is until the
  // end, and what it changes through this object happens durably when it answers success, and not
  // at all when it answers an error, which is the answer then. Within another one it is a part of
  // that.
  virtual Status in_transaction(const std::function<Status()>& work) = 0;

  // Grows with every change of the configuration, by whichever process.
  virtual Result<std::int64_t> config_version() = 0;

  // All webhooks, by name.
  virtual Result<std::vector<Endpoint>> endpoints() = 0;
  // These, in their order and in one view; nothing for one that is gone.
  virtual Result<std::vector<std::optional<Endpoint>>> endpoints(
      std::span<const EndpointId> ids) = 0;
  // All of them in short, at a quarter of the cost.
  virtual Result<std::vector<EndpointSummary>> endpoint_summaries() = 0;
  // The same one after the other, in the order of their ids: what is kept of them is up to `take`,
  // which must not use the store meanwhile. Without `events` these are not read, and are empty.
  virtual Status each_endpoint_summary(bool events,
                                       const std::function<void(EndpointSummary)>& take) = 0;
  // Of these, in their order, without those that are gone.
  virtual Result<std::vector<EndpointSummary>> endpoint_summaries(
      std::span<const EndpointId> ids) = 0;
  // Who gets what, at a fraction of the cost.
  virtual Result<std::vector<EndpointRoute>> routes() = 0;
  // By id text or name; `not_found` names what was asked for (without a suggestion).
  virtual Result<Endpoint> find_endpoint(std::string_view name_or_id) = 0;
  // The secrets that sign at `now`: the current one first, then those still in overlap. `key` if
  // the key file is missing or is not the one that sealed them; `not_found` if the webhook is gone.
  virtual Result<std::vector<Secret>> secrets(EndpointId id, Time now) = 0;

  // What each of these webhooks signs with and sends besides at `now`, in their order and in one
  // view. One that cannot be signed for has its own error: `key` as of secrets, or because it has
  // none or is gone.
  virtual Result<std::vector<Result<EndpointKeys>>> keys(std::span<const EndpointId> endpoints,
                                                         Time now) = 0;

  // Reads the values of its extra headers, which the methods above leave empty, as they are now.
  // `key` as of secrets; needs none where there are no extra headers.
  virtual Status open_headers(Endpoint& endpoint) = 0;

  // `conflict` if the name is taken. The id must be new. Whatever the arguments say, both are
  // created at `now`.
  virtual Status add_endpoint(const Endpoint& endpoint, const Secret& secret, Time now,
                              std::span<const NewEvent> raised) = 0;
  // Gives the webhook of this id all of these settings, its name too, the values of its extra
  // headers included; not its state. A new URL also ends the failure streak and the pause. Raises
  // its epoch if it is sent to otherwise from now on (sends_alike). `not_found`, `conflict`.
  virtual Status update_endpoint(const Endpoint& endpoint, Time now,
                                 std::span<const NewEvent> raised) = 0;
  // Until when failures have paused it; nothing if they have not, or it is gone.
  virtual Result<std::optional<Time>> paused_until(EndpointId id) = 0;
  // Sets the state with its reason, and raises the epoch; one that it has already is kept with its
  // time. Enabling also ends the failure streak and the pause.
  // `not_found` if it is gone.
  virtual Status set_endpoint_state(EndpointId id, EndpointState state, DisabledBy by,
                                    std::string_view reason, Time now,
                                    std::span<const NewEvent> raised) = 0;
  // Removes the webhook with its secrets, counters and queue rows; its history goes with it.
  // `not_found` if it is gone. May take several transactions when much is pending; the webhook is
  // gone after the first.
  virtual Status remove_endpoint(EndpointId id, Time now, std::span<const NewEvent> raised) = 0;

  // Makes this the current secret. The one that was current signs until `old_until`; without it
  // all older ones end at once. Raises the epoch. `not_found` if the webhook is gone.
  virtual Status rotate_secret(EndpointId id, const Secret& fresh, std::optional<Time> old_until,
                               Time now, std::span<const NewEvent> raised) = 0;

  // By name.
  virtual Result<std::vector<Member>> members() = 0;
  // Adds the member, or gives it that role. `conflict` if no Owner would be left.
  virtual Status put_member(const Member& member) = 0;
  // Their sessions and login codes go, too: they shall not open anything for somebody who gets the
  // name later. `not_found`; `conflict` for the last Owner.
  virtual Status remove_member(std::string_view name) = 0;

  // Belongs into the transaction of the change that it tells of.
  virtual Status record_audit(const AuditEntry& entry) = 0;
  // Newest first.
  virtual Result<std::vector<AuditEntry>> audit(const AuditFilter& filter) = 0;

  // Own types only; the built-in ones are in model/event_catalog.h.
  virtual Result<std::vector<EventType>> own_event_types() = 0;
  // Whatever is there under that name is replaced. Raises the version of the configuration.
  virtual Status put_event_type(const EventType& type, Time now) = 0;
  // `not_found`.
  virtual Status remove_event_type(std::string_view name, Time now) = 0;

  // Reads the key file again, if it is needed at all. `key` if it cannot be used now; what was read
  // before stays in use then. A file that has changed is read again without it, too.
  virtual Status reload_key() = 0;

  // A setting of the installation; empty if it was never set.
  virtual Result<std::string> setting(std::string_view name) = 0;
  virtual Status put_setting(std::string_view name, std::string_view value) = 0;
};

}  // namespace thig
