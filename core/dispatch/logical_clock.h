// Time that never goes back, for due times and pauses. It follows the wall clock; when that is set
// back it goes on at its own pace, so that nothing waits for a moment that has been already.
#pragma once

#include "core/base/clock.h"

#include <algorithm>

namespace thig {

class LogicalClock {
 public:
  // The reading at `now`. `floor` is a moment that is known to have been (QueueStore::time_floor).
  Time read(Instant now, Time floor = {}) {
    if (started_) reading_ += std::max(now.steady - steady_, Millis{0});
    reading_ = std::max({reading_, now.wall, floor});
    steady_ = now.steady;
    started_ = true;
    return reading_;
  }

 private:
  Time reading_{};
  Millis steady_{};
  bool started_ = false;
};

}  // namespace thig
