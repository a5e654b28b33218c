#include "core/store/recording.h"

#include <algorithm>

namespace thig {

Event event_as_recorded(EventId id, const NewEvent& event, Time now) {
  return {id, event.type, event_body(id, event.type, now, event.data)};
}

Time first_due(EventId id, Time now) {
  return std::max(now, time_of(id));
}

AddedByEndpoint count_added(std::span<const NewEvent> events) {
  AddedByEndpoint added;
  for (const NewEvent& event : events) {
    for (const EndpointId endpoint : event.queue) ++added[endpoint].queued;
    for (const EndpointId endpoint : event.missed) ++added[endpoint].missed;
  }
  return added;
}

std::span<const NewEvent> first_of(std::span<const NewEvent> events, std::size_t most_rows) {
  std::size_t taken = 0;
  for (std::size_t rows = 0; taken < events.size() && (taken == 0 || rows < most_rows); ++taken) {
    rows += events[taken].rows();
  }
  return events.first(taken);
}

}  // namespace thig
