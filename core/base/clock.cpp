#include "core/base/clock.h"

namespace thig {

Instant SystemClock::now() const {
  const auto wall = std::chrono::system_clock::now();
  const auto steady = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::floor<Millis>(wall), std::chrono::floor<Millis>(steady)};
}

}  // namespace thig
