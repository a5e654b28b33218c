// A span of time that a command is told: since when, until when.
#pragma once

#include "cli/app/context.h"
#include "cli/flags/flags.h"
#include "core/api/command_wording.h"
#include "core/api/shell_words.h"
#include "core/api/words.h"

#include <optional>
#include <string>

namespace thig {

struct TimeRangeFlags {
  std::optional<std::string> since_text;  // --since
  std::optional<std::string> until_text;  // --until

  // `what` begins the help: "Only events emitted". Answers --since.
  Flags::Item& declare(Flags& flags, const std::string& what);

  // --since alone.
  Flags::Item& declare_since(Flags& flags, const std::string& what);

  // Turns local times ("14:30" of today, "2026-11-28 14:30") and days ("2026-11-28", today,
  // yesterday: they begin at midnight) into moments, and says on standard error which. To be called
  // before the texts are used. `usage` for one that does not exist.
  Status read_local_times(Context& context);
  // The same, and puts both into a query of a list or of a recovery.
  template <class Query>
  Status read_into(Query& query, Context& context) {
    THIG_TRY(read_local_times(context));
    query.since = since_text;
    query.until = until_text;
    return {};
  }

  // As parse_time_range.
  Result<TimeRange> read(Time now) const {
    return parse_time_range(since_text, until_text, now, command_wording());
  }
};

// The same range as flags of another command, as moments: how long ago is another time by then.
void repeat(const TimeRange& range, ShellCommand& command);

}  // namespace thig
