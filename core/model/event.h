// Events: what happened, as it is told to every webhook that asked for it.
#pragma once

#include "core/base/time.h"
#include "core/model/ids.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// An event that is ready to be recorded: its data is valid JSON within the limits, its type exists,
// and who gets it has been decided (rules/filter.h).
struct NewEvent {
  std::string type;
  std::string data;                // JSON, kept byte for byte
  std::vector<EndpointId> queue;   // enabled webhooks that subscribe to it: one queue row each
  std::vector<EndpointId> missed;  // disabled webhooks that subscribe to it: recorded as missed

  // What it takes up in a transaction: itself, and one for each webhook.
  std::size_t rows() const { return 1 + queue.size() + missed.size(); }
};

// The largest `data` of an event.
inline constexpr std::size_t max_event_data = 1u << 20;

struct Event {
  EventId id;
  std::string type;
  std::string body;  // exactly what is sent
};

// For lists; what a webhook gets is decided by rules/filter.h. A pattern is an exact type
// ("project.created"), all types under a prefix ("project.*", which does not match "project"
// itself) or all there are ("*").
bool matches(std::string_view pattern, std::string_view event_type);

// The body of a delivery: {"id":"evt_…","event":…,"timestamp":…,"data":…}. Made once, when the
// event is recorded; every attempt sends the same bytes. `timestamp` is `at` in whole seconds.
std::string event_body(EventId id, std::string_view type, Time at, std::string_view data);

}  // namespace thig
