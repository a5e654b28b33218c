// The way in for events: checked, routed and recorded.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/dispatch/router.h"
#include "core/model/event.h"
#include "core/model/member.h"
#include "core/store/config_store.h"
#include "core/store/intake_store.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct EventDraft {
  std::string type;
  std::string data;  // JSON, as it was given
  // Given again with the same type and data, it is the same event, and is not recorded again.
  std::optional<std::string> idempotency_key{};
};

// Says that an event is durably recorded.
struct Receipt {
  EventId id;
  std::string type;
  Time at{};
  std::size_t queued = 0;            // deliveries that will be made
  std::vector<EndpointId> missed{};  // disabled webhooks that subscribe to it
  std::size_t unmet = 0;             // enabled ones whose conditions do not hold
  // It was recorded before, under the same idempotency key: all of this is as it was then.
  bool duplicate = false;
};

// `invalid` for data of over max_event_data bytes. `type` names the event in the message.
Status check_data_size(std::string_view type, std::string_view data);

// `invalid`, with what is wrong, unless the data is one JSON value in UTF-8 of at most
// max_event_data bytes.
Status check_event_data(std::string_view type, std::string_view data);

// `invalid`, with what to do, unless it is 1 to 255 printable ASCII characters and not only spaces.
Status check_idempotency_key(std::string_view key);

class Emitter {
 public:
  // All of it is done for `actor`, who must be a Member at least, and an Admin for operational
  // events
  // (`not_permitted`). `most_keys` is IdempotencyKey::most_kept.
  Emitter(ConfigStore& config, IntakeStore& intake, const Clock& clock, Member actor,
          std::optional<std::uint64_t> most_keys = std::nullopt);

  // Whether the actor may emit at all.
  Status check_allowed() const;

  // Whether the actor may emit events of that type, and there is one; `not_found` with the nearest
  // one if not.
  Status check_type(std::string_view type);
  // The same, and whether there can be such data and such a key: what emit asks of each draft.
  Status check(const EventDraft& draft);

  // What emit would record and for whom; records nothing. Whether the key is known is not looked
  // up.
  Result<NewEvent> preview(const EventDraft& draft);

  // Records all of them, or none: `not_found` for an unknown type, `invalid` for data that is not
  // one JSON value in UTF-8 of at most max_event_data bytes, or for a key that cannot be;
  // `idempotency_mismatch` if a key was used with other content within idempotency_period; `full`
  // also if no more keys can be kept. An event whose key was used with the same content is not
  // recorded: its receipt is the first one's. A change of the configuration meanwhile is taken into
  // account.
  Result<std::vector<Receipt>> emit(std::span<const EventDraft> drafts);

  // The same for drafts that have been checked already, by check_type, check_event_data and
  // check_idempotency_key; with Portion::first for the first of them. A mismatch is the error of
  // its own event. With Portion::first the others are recorded all the same; with Portion::all
  // nothing is, and those that were to be recorded have the error `conflict`.
  Result<std::vector<Result<Receipt>>> record(std::span<const EventDraft> drafts, Portion portion);

 private:
  Status refresh();
  Result<std::vector<NewEvent>> route(std::span<const EventDraft> drafts, Portion portion);

  ConfigStore& config_;
  IntakeStore& intake_;
  const Clock& clock_;
  Member actor_;
  std::optional<std::uint64_t> most_keys_;
  Router router_;
};

}  // namespace thig
