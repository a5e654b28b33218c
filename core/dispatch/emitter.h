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
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct EventDraft {
  std::string type;
  std::string data;  // JSON, as it was given
};

// Says that an event is durably recorded.
struct Receipt {
  EventId id;
  std::string type;
  Time at{};
  std::size_t queued = 0;            // deliveries that will be made
  std::vector<EndpointId> missed{};  // disabled webhooks that subscribe to it
};

// `invalid` for data of over max_event_data bytes. `type` names the event in the message.
Status check_data_size(std::string_view type, std::string_view data);

// `invalid`, with what is wrong, unless the data is one JSON value in UTF-8 of at most
// max_event_data bytes.
Status check_event_data(std::string_view type, std::string_view data);

class Emitter {
 public:
  // All of it is done for `actor`, who must be a Member at least, and an Admin for operational
  // events
  // (`not_permitted`).
  Emitter(ConfigStore& config, IntakeStore& intake, const Clock& clock, Member actor);

  // Whether the actor may emit at all.
  Status check_allowed() const;

  // Whether the actor may emit events of that type, and there is one; `not_found` with the nearest
  // one if not.
  Status check_type(std::string_view type);

  // What emit would record and for whom; records nothing.
  Result<NewEvent> preview(const EventDraft& draft);

  // Records all of them, or none: `not_found` for an unknown type, `invalid` for data that is not
  // one JSON value in UTF-8 of at most max_event_data bytes. A change of the configuration
  // meanwhile is taken into account.
  Result<std::vector<Receipt>> emit(std::span<const EventDraft> drafts);

  // The same for drafts whose type and data have been checked already, by check_type and
  // check_event_data; with Portion::first for the
  // first of them.
  Result<std::vector<Receipt>> record(std::span<const EventDraft> drafts, Portion portion);

 private:
  Status refresh();
  Result<std::vector<NewEvent>> route(std::span<const EventDraft> drafts, Portion portion);

  ConfigStore& config_;
  IntakeStore& intake_;
  const Clock& clock_;
  Member actor_;
  Router router_;
};

}  // namespace thig
