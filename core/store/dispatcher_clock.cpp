#include "core/store/dispatcher_clock.h"

#include <algorithm>

namespace thig {

Time dispatcher_time_floor(EventId newest, const DispatcherClock& settled, Time wall) {
  // A clock at or past that time is right again, whatever it said then (1970, perhaps). One that is
  // still behind goes on from there.
  const Time own =
      wall >= settled.time ? wall : settled.time + std::max(wall - settled.wall, Millis{0});
  return std::max(newest.value == 0 ? Time{} : time_of(newest), own);
}

}  // namespace thig
