#include "cli/flags/time_range.h"

#include <ctime>

#include <fmt/format.h>

namespace thig {
namespace {

std::tm with_clock(std::tm day, const std::tm& clock) {
  day.tm_hour = clock.tm_hour;
  day.tm_min = clock.tm_min;
  day.tm_sec = clock.tm_sec;
  return day;
}

// By the zone of this machine. Nothing if there is no such day, or no such time on it because the
// clocks were put forward; a day without a midnight begins when it begins.
std::optional<Time> moment_of(std::tm local) {
  const std::tm asked = local;
  local.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&local);
  const bool other_day = local.tm_mday != asked.tm_mday || local.tm_mon != asked.tm_mon;
  const bool midnight = asked.tm_hour == 0 && asked.tm_min == 0;
  const bool other_time = local.tm_hour != asked.tm_hour || local.tm_min != asked.tm_min;
  if (seconds < 0 || other_day || (other_time && !midnight)) return std::nullopt;
  return time_from_millis(static_cast<long long>(seconds) * 1000);
}

std::tm local_day(Time time) {
  const std::time_t seconds = static_cast<std::time_t>(to_millis(time) / 1000);
  std::tm day{};
  localtime_r(&seconds, &day);
  return day;
}

// Nothing if the text is something else.
std::optional<std::tm> parse_day(std::string_view text, Time now) {
  if (text == "today") return local_day(now);
  if (text == "yesterday") {
    // Noon is far enough from either end of a day whose clock is set.
    std::tm day = local_day(now);
    day.tm_hour = 12;
    --day.tm_mday;
    day.tm_isdst = -1;
    std::mktime(&day);
    return day;
  }
  std::tm day{};
  const bool has_form = text.size() == 10 && text[4] == '-' && text[7] == '-';
  if (!has_form || strptime(std::string(text).c_str(), "%Y-%m-%d", &day) == nullptr) {
    return std::nullopt;
  }
  return day;
}

// "14:30" or "14:30:05". Nothing if the text is something else.
std::optional<std::tm> parse_clock(std::string_view text) {
  const bool has_form =
      (text.size() == 5 || (text.size() == 8 && text[5] == ':')) && text[2] == ':';
  std::tm clock{};
  const char* form = text.size() == 5 ? "%H:%M" : "%H:%M:%S";
  const std::string copy(text);
  const char* end = has_form ? strptime(copy.c_str(), form, &clock) : nullptr;
  if (end == nullptr || *end != '\0') return std::nullopt;
  return clock;
}

// A day, a clock time of today, or both: "2026-01-15 14:30". Nothing if the text is something else.
std::optional<std::tm> parse_local(std::string_view text, Time now) {
  if (const auto clock = parse_clock(text)) return with_clock(local_day(now), *clock);
  const auto blank = text.find(' ');
  auto day = parse_day(text.substr(0, blank), now);
  if (!day || blank == text.npos) return day ? std::optional(with_clock(*day, {})) : std::nullopt;
  const auto clock = parse_clock(text.substr(blank + 1));
  return clock ? std::optional(with_clock(*day, *clock)) : std::nullopt;
}

Status read_local(Context& context, std::string_view flag, std::optional<std::string>& text) {
  if (!text) return {};
  const auto local = parse_local(*text, context.now());
  if (!local) return {};
  const auto found = moment_of(*local);
  if (!found) {
    return fail(ErrorCode::usage, fmt::format("{}: \"{}\" does not exist here", flag, *text));
  }
  const std::string moment = format_rfc3339(*found);
  context.note(fmt::format("{} {} is {}", flag, *text, moment));
  text = moment;
  return {};
}

}  // namespace

Flags::Item& TimeRangeFlags::declare_since(Flags& flags, const std::string& what) {
  return flags.text(
      "--since", "TIME", since_text,
      what +
          " at or after this time (2026-01-15T10:30:00Z), this long ago (2h, 2w), or this local "
          "time (14:30, 2026-01-15, yesterday, \"2026-01-15 14:30\")");
}

Flags::Item& TimeRangeFlags::declare(Flags& flags, const std::string& what) {
  Flags::Item& since = declare_since(flags, what);
  flags.text("--until", "TIME", until_text, what + " before this time, in the same formats");
  return since;
}

void repeat(const TimeRange& range, ShellCommand& command) {
  if (range.since) command.flag("--since", format_rfc3339_millis(*range.since));
  if (range.until) command.flag("--until", format_rfc3339_millis(*range.until));
}

Status TimeRangeFlags::read_local_times(Context& context) {
  THIG_TRY(read_local(context, "--since", since_text));
  return read_local(context, "--until", until_text);
}

}  // namespace thig
