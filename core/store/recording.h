// What recording events comes to, whatever keeps them.
#pragma once

#include "core/model/event.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

namespace thig {

// The event as it is kept, with the body that every attempt sends.
Event event_as_recorded(EventId id, const NewEvent& event, Time now);
// When its deliveries are due first: at once, but not before the time in its id: a clock that has
// gone back must not reorder the lane.
Time first_due(EventId id, Time now);

// The rows that events bring to a webhook.
struct AddedRows {
  std::int64_t queued = 0;
  std::int64_t missed = 0;
  bool gone =
      false;  // the webhook is not there any more, so these are left out; the store finds out
};
// In the order of their ids, in which all who write to several webhooks lock their rows.
using AddedByEndpoint = std::map<EndpointId, AddedRows>;
AddedByEndpoint count_added(std::span<const NewEvent> events);

// The first of them, with their queue and missed rows as many as a transaction takes; at least one.
std::span<const NewEvent> first_of(std::span<const NewEvent> events, std::size_t most_rows);

}  // namespace thig
