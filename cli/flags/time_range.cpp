#include "cli/flags/time_range.h"

#include "cli/files/input.h"

#include <fmt/format.h>

namespace thig {
namespace {

Result<std::optional<Time>> read_one(const char* flag, const std::optional<std::string>& text,
                                     Time now) {
  if (!text) return std::nullopt;
  auto moment = parse_moment(*text, now);
  if (moment) return *moment;
  Error error = std::move(moment).error();
  error.text = fmt::format("{}: {}", flag, error.text);
  return std::unexpected(std::move(error));
}

}  // namespace

Flags::Item& TimeRangeFlags::declare(Flags& flags, const std::string& what) {
  Flags::Item& since =
      flags.text("--since", "TIME", since_text,
                 what + " then or later; a time (2026-01-15T10:30:00Z), or how long ago (2h)");
  flags.text("--until", "TIME", until_text, what + " before then; written as --since is");
  return since;
}

Result<TimeRangeFlags::Range> TimeRangeFlags::read(Time now) const {
  THIG_TRY_ASSIGN(since, read_one("--since", since_text, now));
  THIG_TRY_ASSIGN(until, read_one("--until", until_text, now));
  if (since && until && *until <= *since) {
    return fail(ErrorCode::usage, "--until is no later than --since");
  }
  return Range{.since = since, .until = until};
}

void repeat(const TimeRangeFlags::Range& range, ShellCommand& command) {
  if (range.since) command.flag("--since", format_rfc3339_millis(*range.since));
  if (range.until) command.flag("--until", format_rfc3339_millis(*range.until));
}

}  // namespace thig
