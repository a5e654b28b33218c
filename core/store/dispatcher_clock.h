// The dispatcher's own time, from what is kept of it.
#pragma once

#include "core/base/time.h"
#include "core/model/ids.h"

namespace thig {

// The dispatcher's own time at its last settlement, and what the wall clock said then.
struct DispatcherClock {
  Time time{};
  Time wall{};
};

// QueueStore::time_floor. `newest` is the number of the newest event; 0 if there is none.
Time dispatcher_time_floor(EventId newest, const DispatcherClock& settled, Time wall);

}  // namespace thig
