#include "core/rules/recovery_ramp.h"

#include <algorithm>
#include <cmath>

namespace thig {
namespace {

// Faster than any endpoint is; it keeps the numbers of the steps small.
constexpr double highest_rate = 1'000'000;
constexpr Millis longest{std::chrono::hours(24 * 365 * 10)};

}  // namespace

Millis ramp_wait(std::int64_t index, std::optional<double> most_per_second) {
  const double cap = std::min(most_per_second.value_or(highest_rate), highest_rate);
  constexpr double step_seconds = std::chrono::duration<double>(ramp_step).count();
  double rate = static_cast<double>(ramp_first_rate);
  double left = static_cast<double>(std::max<std::int64_t>(index, 0));
  double seconds = 0;
  while (rate < cap && left >= rate * step_seconds) {
    left -= rate * step_seconds;
    seconds += step_seconds;
    rate *= 2;
  }
  seconds += left / std::min(rate, cap);
  const double millis = std::floor(seconds * 1000);
  return millis < static_cast<double>(longest.count()) ? Millis{static_cast<long long>(millis)}
                                                       : longest;
}

}  // namespace thig
