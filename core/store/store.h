// What the program needs from a database, by flow. Implementations: store/sqlite. Every method is
// one transaction: it happened as a whole and durably when it returns success, and not at all when
// it returns an error. Errors common to all: `database` (broken, not ours, too new), `busy` (locked
// for over 5 s), `full` (no room: nothing was recorded). A Store object belongs to one thread.
#pragma once

#include "core/base/error.h"
#include "core/model/audit.h"
#include "core/model/delivery.h"
#include "core/model/endpoint.h"
#include "core/model/event.h"
#include "core/model/event_catalog.h"
#include "core/model/member.h"
#include "core/model/stats.h"
#include "core/store/activity_store.h"
#include "core/store/bounds.h"
#include "core/store/incoming_store.h"
#include "core/store/maintenance_store.h"
#include "core/store/recovery_store.h"

#include <cstdint>
#include <functional>
#include <limits>
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

// The configuration: webhooks, members, own event types. Changes take the events they raise
// (webhook.created, …), which are recorded in the same transaction.
class ConfigStore {
 public:
  virtual ~ConfigStore() = default;

  // Does `work` in one transaction, which others wait for: what it reads stays as it is until the
  // end, and what it changes through this object happens durably when it answers success, and not
  // at all when it answers an error, which is the answer then. Within another one it is a part of
  // that.
  virtual Status together(const std::function<Status()>& work) = 0;

  // Grows with every change of the configuration, by whichever process.
  virtual Result<std::int64_t> config_version() = 0;

  // All webhooks, by name.
  virtual Result<std::vector<Endpoint>> endpoints() = 0;
  // The same in short, at a quarter of the cost.
  virtual Result<std::vector<EndpointSummary>> endpoint_summaries() = 0;
  // By id text or name; `not_found` names what was asked for (without a suggestion).
  virtual Result<Endpoint> find_endpoint(std::string_view name_or_id) = 0;
  // The secrets that sign at `now`: the current one first, then those still in overlap. `key` if
  // the key file is missing or is not the one that sealed them; `not_found` if the webhook is gone.
  virtual Result<std::vector<Secret>> secrets(EndpointId id, Time now) = 0;

  // Reads the values of its extra headers, which the methods above leave empty, as they are now.
  // `key` as of secrets; needs none where there are no extra headers.
  virtual Status open_headers(Endpoint& endpoint) = 0;

  // `conflict` if the name is taken. The id must be new. Whatever the arguments say, both are
  // created at `now`.
  virtual Status add_endpoint(const Endpoint& endpoint, const Secret& secret, Time now,
                              std::span<const NewEvent> raised) = 0;
  // Gives the webhook of this id all of these settings, its name too, the values of its extra
  // headers included; not its state. A new URL also ends the failure streak and the parking. Raises
  // its epoch if it is sent to otherwise from now on (sends_alike). `not_found`, `conflict`.
  virtual Status update_endpoint(const Endpoint& endpoint, Time now,
                                 std::span<const NewEvent> raised) = 0;
  // Sets the state with its reason, and raises the epoch. Enabling also ends the failure streak and
  // the parking.
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
  // `not_found`; `conflict` for the last Owner.
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

class IntakeStore {
 public:
  virtual ~IntakeStore() = default;

  // Records the events, or the first of them, with their queue rows (due at once) and their missed
  // deliveries; answers their ids in the same order. Survives power loss once it has returned.
  // `conflict` if the configuration is no longer at `config_version`: decide anew who gets them.
  // `full` also when free space is under the floor kept for recording results.
  virtual Result<std::vector<EventId>> accept(std::span<const NewEvent> events, Time now,
                                              std::int64_t config_version,
                                              Portion portion = Portion::all) = 0;
};

// A webhook that has something pending.
struct LaneHead {
  EndpointId endpoint;
  Time first_due{};
  std::int64_t recalls = 0;  // how often members have changed what is pending (recovery_store.h)
};

// What one attempt changes. The queue row is named by its full key; if it is not there any more,
// someone else ended the delivery (removed, cancelled) and the settlement is dropped.
struct Settled {
  DeliveryId id;
  Time was_due{};
  Attempt attempt;
  // pending: moves to `due_at`; delivered or dead: ends.
  DeliveryState state = DeliveryState::pending;
  Time due_at{};
  // pending only: whether the attempt uses up one of the schedule.
  bool counted = true;
};

struct EndpointSettled {
  EndpointId id;
  EndpointHealth health;
  // Set when the webhook is disabled by what happened; `note` then goes into the trail of changes,
  // under the time of the settlement and the name it has then.
  DisabledBy disable = DisabledBy::nobody;
  std::string reason;
  AuditEntry note{};
};

// The epoch of a webhook (Endpoint::epoch) that its results were judged under.
struct EndpointEpoch {
  EndpointId id;
  std::int64_t epoch = 0;
};

struct SettleBatch {
  std::vector<EndpointEpoch> epochs;  // of every webhook that it touches
  std::vector<Settled> deliveries;
  std::vector<EndpointSettled> endpoints;  // each once
  Time dispatcher_time{};        // on the dispatcher's own clock (dispatch/logical_clock.h)
  std::vector<NewEvent> raised;  // webhook.failing, webhook.disabled, webhook.delivery_exhausted
  bool empty() const { return deliveries.empty() && endpoints.empty() && raised.empty(); }
};

// The dispatcher's side. Only the process that owns the queue (store/sqlite/ownership.h) settles.
class QueueStore {
 public:
  virtual ~QueueStore() = default;

  // A number that changes when another connection has committed; costs microseconds.
  virtual Result<std::int64_t> data_version() = 0;
  // Every webhook with pending rows, by id, and when the first of them is due; the cost grows with
  // their number, not with that of the rows or of all webhooks.
  virtual Result<std::vector<LaneHead>> lanes() = 0;
  // Up to `limit` rows of one webhook that are due at `now`, in order of (due_at, event), after the
  // cursor if one is given; the last is the one with which their bodies come to `most_bytes`.
  virtual Result<std::vector<QueuedDelivery>> read_due(
      EndpointId endpoint, const std::optional<LaneCursor>& after, Time now, std::size_t limit,
      std::size_t most_bytes = std::numeric_limits<std::size_t>::max()) = 0;
  // That of a new webhook if this one is gone: its rows are gone too, so it makes no difference.
  virtual Result<EndpointHealth> health(EndpointId endpoint) = 0;
  // The dispatcher's own time is no earlier than this when the wall clock says `wall`: the newest
  // event's time, and `wall` itself; or, if that is before the dispatcher_time of the last
  // settlement, that time with the wall time gone since. Later than `wall` only if the clock has
  // been set back.
  virtual Result<Time> time_floor(Time wall) = 0;
  // Applies a batch in one transaction. `conflict`, and nothing is recorded, if one of the webhooks
  // has another epoch by now: judge its results anew under the settings it has. Those that are gone
  // make no difference. May be lost by a power failure (then the attempts are made
  // again), never by a crash. Whatever the configuration's version, `raised` is recorded as it is
  // given.
  virtual Status settle(const SettleBatch& batch, Time now) = 0;
};

// Deliveries that are only tests: in the history, but in no figure, and never made again.
class TestStore {
 public:
  virtual ~TestStore() = default;

  // Records an event for this webhook alone, and its delivery as a test that has no outcome yet.
  // `not_found` if the webhook is gone.
  virtual Result<Event> begin_test(EndpointId endpoint, std::string_view type,
                                   std::string_view data, Time now) = 0;
  // Records what came of it.
  virtual Status finish_test(DeliveryId id, const Attempt& attempt, Time now) = 0;
};

struct DeliveryFilter {
  std::optional<EndpointId> endpoint{};
  std::optional<EventId> event{};
  std::vector<DeliveryState> states{};  // any of these; empty: all
  std::optional<Time> since{};          // of events that were emitted then or later
  std::optional<Time> until{};          // … or before then
  std::optional<DeliveryId>
      before;  // keyset paging: only those that come after this one in the list
  std::size_t limit = 50;

  // No index serves these: rows are passed over to find some.
  std::string type{};                   // a pattern (model/event.h); empty: all
  std::vector<std::string> outcomes{};  // of the last attempt (matches_outcome), any; empty: all
  std::size_t most_rows = 50'000;       // looked at in each table for one page
};

struct DeliveryPage {
  std::vector<Delivery> deliveries;  // newest event first, then by webhook
  // Set when rows were left unlooked at before the page was full: all up to here were looked at,
  // and the search goes on with this as `before`.
  std::optional<DeliveryId> searched_to;
};

struct Timeline {
  Delivery delivery;
  std::string body;               // what is or was sent
  std::vector<Attempt> attempts;  // by number
};

class HistoryStore {
 public:
  virtual ~HistoryStore() = default;

  virtual Result<DeliveryPage> search(const DeliveryFilter& filter) = 0;
  // The same without its second half, for filters that an index serves.
  Result<std::vector<Delivery>> deliveries(const DeliveryFilter& filter) {
    THIG_TRY_ASSIGN(page, search(filter));
    return std::move(page.deliveries);
  }
  // `not_found` if there is no such delivery.
  virtual Result<Timeline> timeline(DeliveryId id) = 0;
  // Every webhook's figures, by id; latency of the attempts since `since`, or none.
  virtual Result<std::vector<EndpointStats>> stats(std::optional<Time> since) = 0;
  // An event with the deliveries it led to, in any state; `not_found`.
  virtual Result<Event> event(EventId id) = 0;
};

// How others learn of a change: a dispatcher that sleeps has to look again.
class AnnouncingStore {
 public:
  virtual ~AnnouncingStore() = default;

  // `announce` is called after each commit, made through this object, that has added, moved or
  // taken away a queue row, or changed the configuration: on this object's thread, once for a
  // commit. A settlement announces only the events that it raises: its rows are its caller's own.
  // Must not throw.
  virtual void on_change(std::function<void()> announce) = 0;
};

class Store : public ConfigStore,
              public IntakeStore,
              public QueueStore,
              public TestStore,
              public HistoryStore,
              public ActivityStore,
              public RecoveryStore,
              public IncomingStore,
              public MaintenanceStore,
              public AnnouncingStore {};

}  // namespace thig
