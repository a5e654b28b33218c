// The way in for events: checked, routed and recorded in one transaction.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/engine/router.h"
#include "core/model/event.h"
#include "core/store/store.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// The largest `data` of an event.
inline constexpr std::size_t max_event_data = 1u << 20;

struct EventDraft {
  std::string type;
  std::string data;  // JSON, as it was given
};

// Says that an event is durably recorded.
struct Receipt {
  EventId id;
  std::string type;
  Time at{};
  std::size_t queued = 0;  // deliveries that will be made
  std::size_t missed = 0;  // disabled webhooks that asked for it
};

class Emitter {
 public:
  Emitter(ConfigStore& config, IntakeStore& intake, const Clock& clock);

  // Whether the event could be emitted: a known type, data that is one JSON value in UTF-8 of at
  // most max_event_data bytes. `not_found` or `invalid`.
  Status check(const EventDraft& draft);

  // What emit would record and for whom; records nothing.
  Result<NewEvent> preview(const EventDraft& draft);

  // Records all of them, or none. A change of the configuration meanwhile is taken into account.
  Result<std::vector<Receipt>> emit(std::span<const EventDraft> drafts);

 private:
  Status refresh();
  Result<std::vector<NewEvent>> route(std::span<const EventDraft> drafts);

  ConfigStore& config_;
  IntakeStore& intake_;
  const Clock& clock_;
  Router router_;
};

}  // namespace thig
