// Points in time and spans of it, and how they are written. Wall-clock time is UTC with millisecond
// resolution everywhere in the program.
#pragma once

#include "core/base/error.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace thig {

using Millis = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Millis>;

// Both readings a moment has. `wall` is what is stored and shown; it may jump. `steady` never goes
// back and has no meaning outside the process; timers inside the engine use it.
struct Instant {
  Time wall{};
  Millis steady{};
};

// "2026-01-15T10:30:00Z": the form of the product's payloads, whole seconds.
std::string format_rfc3339(Time time);
// "2026-01-15T10:30:00.123Z": the form of timelines.
std::string format_rfc3339_millis(Time time);
// Reads either form, with `Z` or a numeric offset. Years 1970 to 9999.
std::optional<Time> parse_rfc3339(std::string_view text);
// The text with each time in it that format_rfc3339 has written as `write` writes it: for sentences
// that were recorded and are shown to people.
std::string rewrite_times(std::string_view text, const std::function<std::string(Time)>& write);

// "90s", "5m", "2h", "7d", "2w", "250ms"; units may follow each other, largest first ("1h30m").
// Zero is allowed, negative is not; at most ten years. The error names the text.
Result<Millis> parse_duration(std::string_view text);
// The text that parse_duration reads back as the same span: "1h30m"; under an hour in one unit, as
// retry waits are known: "170s", "0s".
std::string format_duration(Millis span);
// For people: "3 min ago", "in 2 h", "just now".
std::string describe_relative(Time then, Time now);

inline Time time_from_millis(long long since_epoch) {
  return Time{Millis{since_epoch}};
}
inline long long to_millis(Time time) {
  return time.time_since_epoch().count();
}
inline long long to_unix_seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace thig
