// A span of time that a command is told: since when, until when.
#pragma once

#include "cli/flags/flags.h"
#include "cli/terminal/shell_words.h"

#include <optional>
#include <string>

namespace thig {

struct TimeRangeFlags {
  std::optional<std::string> since_text;  // --since
  std::optional<std::string> until_text;  // --until

  // `what` begins the help: "Only events emitted". Answers --since.
  Flags::Item& declare(Flags& flags, const std::string& what);

  struct Range {
    std::optional<Time> since;
    std::optional<Time> until;  // not part of it
  };
  // `usage`, naming the flag, for one that is no moment, and for a range that ends before it
  // begins.
  Result<Range> read(Time now) const;
};

// The same range as flags of another command, as moments: how long ago is another time by then.
void repeat(const TimeRangeFlags::Range& range, ShellCommand& command);

}  // namespace thig
