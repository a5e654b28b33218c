// When a failed attempt is made again.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// The product's promise, 3 retries within one hour: 170 s, 680 s, 2720 s.
std::vector<Millis> default_retry_schedule();

// "1m,5m,30m": one to 20 waits, each 1 s to 7 d; "none" for no retry at all.
Result<std::vector<Millis>> parse_retry_schedule(std::string_view text);
// The bounds that parse_retry_schedule holds a schedule to; `invalid` names the wait.
Status check_retry_schedule(std::span<const Millis> waits);
std::string format_retry_schedule(std::span<const Millis> waits);

// A span shortened by `jitter` (0 to 1) of a tenth of it; never lengthened.
Millis shortened(Millis span, double jitter);

// The wait after `attempts_made` attempts (1 or more), shortened by `jitter` (0 to 1) of a tenth of
// it. Nothing when the schedule is used up.
std::optional<Millis> retry_wait(std::span<const Millis> waits, int attempts_made, double jitter);

// What a receiver asks for in Retry-After: seconds, or an HTTP date (all three forms of RFC 9110),
// as a wait from `now`. Nothing for no header or one that cannot be read (negative, not a number);
// a date in the past is zero; at most 24 h.
std::optional<Millis> parse_retry_after(std::string_view header, Time now);

}  // namespace thig
