#include "cli/flags/time_range.h"

namespace thig {

Flags::Item& TimeRangeFlags::declare(Flags& flags, const std::string& what) {
  Flags::Item& since =
      flags.text("--since", "TIME", since_text,
                 what + " at or after this time (2026-01-15T10:30:00Z), or this long ago (2h)");
  flags.text("--until", "TIME", until_text, what + " before this time, in the same formats");
  return since;
}

void repeat(const TimeRange& range, ShellCommand& command) {
  if (range.since) command.flag("--since", format_rfc3339_millis(*range.since));
  if (range.until) command.flag("--until", format_rfc3339_millis(*range.until));
}

}  // namespace thig
