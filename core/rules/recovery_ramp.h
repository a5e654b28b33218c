// How fast deliveries that are brought back together become due: an endpoint that has just come up
// again is not broken by what waited for it.
#pragma once

#include "core/base/time.h"

#include <cstdint>
#include <optional>

namespace thig {

// 10 a second in the first 10 s, twice as many in each 10 s that follow.
inline constexpr std::int64_t ramp_first_rate = 10;
inline constexpr Millis ramp_step{10'000};

// How long after the first of them the one with this index (0 for the first) becomes due. With
// `most_per_second` (above 0) no second has more than that on average, from the start on. Never
// gets smaller with a higher index.
Millis ramp_wait(std::int64_t index, std::optional<double> most_per_second);

}  // namespace thig
