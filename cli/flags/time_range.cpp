#include "cli/flags/time_range.h"

#include <ctime>

#include <fmt/format.h>

namespace thig {
namespace {

// Of the day that begins so many days after this one: midnight, local time. Nothing if there is no
// such day.
std::optional<Time> midnight(std::tm day) {
  const std::tm asked = day;
  day.tm_hour = day.tm_min = day.tm_sec = 0;
  day.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&day);
  const bool moved = day.tm_mday != asked.tm_mday || day.tm_mon != asked.tm_mon;
  if (seconds < 0 || moved) return std::nullopt;
  return time_from_millis(static_cast<long long>(seconds) * 1000);
}

std::tm local_day(Time time) {
  const std::time_t seconds = static_cast<std::time_t>(to_millis(time) / 1000);
  std::tm day{};
  localtime_r(&seconds, &day);
  return day;
}

// Nothing if the text is something else.
std::optional<std::tm> parse_day(const std::string& text, Time now) {
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
  if (!has_form || strptime(text.c_str(), "%Y-%m-%d", &day) == nullptr) return std::nullopt;
  return day;
}

Status read_day(Context& context, std::string_view flag, std::optional<std::string>& text) {
  if (!text) return {};
  const auto day = parse_day(*text, context.now());
  if (!day) return {};
  const auto begins = midnight(*day);
  if (!begins) {
    return fail(ErrorCode::usage, fmt::format("{}: there is no day {}", flag, *text));
  }
  const std::string moment = format_rfc3339(*begins);
  context.note(fmt::format("{} {} is {}", flag, *text, moment));
  text = moment;
  return {};
}

}  // namespace

Flags::Item& TimeRangeFlags::declare_since(Flags& flags, const std::string& what) {
  return flags.text(
      "--since", "TIME", since_text,
      what +
          " at or after this time (2026-01-15T10:30:00Z), this long ago (2h, 2w), or on "
          "or after this day (2026-01-15, yesterday; local time)");
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

Status TimeRangeFlags::read_days(Context& context) {
  THIG_TRY(read_day(context, "--since", since_text));
  return read_day(context, "--until", until_text);
}

}  // namespace thig
