#include "cli/log/background_log.h"

#include "cli/views/render.h"
#include "core/api/log_lines.h"

#include <fmt/format.h>

namespace thig {
namespace {

// Who reads nothing for so long is not waited for at the end; when told to stop, nobody is waited
// for longer than the second span.
constexpr Millis log_stalled{2'000};
constexpr Millis log_grace{10'000};
constexpr Millis log_patience = std::chrono::hours(1);
// Bytes that wait to be written.
constexpr std::size_t held_of_log = 4u << 20;
constexpr std::size_t held_of_answer = 32u << 20;

std::string lines_lost(std::uint64_t lines) {
  return count_of(static_cast<std::int64_t>(lines), "log line was", "log lines were");
}

}  // namespace

Status log_in_background(Context& context, LogIs log) {
  const auto gap = [&clock = context.clock()](const Output& output) {
    return [&clock, &output](std::uint64_t lines) {
      const Time now = clock.now().wall;
      if (output.writes_json()) return dropped_line(lines, now) + "\n";
      const std::string text = lines_lost(lines) + " dropped here";
      return log_text(LogLevel::warning, now, text, output.reader(), false) + "\n";
    };
  };
  const std::size_t most_held = log == LogIs::answer ? held_of_answer : held_of_log;
  THIG_TRY(context.out().write_in_background({.most_held = most_held, .gap = gap(context.out())}));
  return context.err().write_in_background({.most_held = held_of_log, .gap = gap(context.err())});
}

void mind_log(Context& context) {
  constexpr std::string_view goes_on = "work continues, lost log lines are counted";
  const BackgroundWriter::Trouble trouble = context.out().take_trouble();
  if (trouble.error) context.warn(fmt::format("{}; {}", trouble.error->text, goes_on));
  if (trouble.reader_gone) context.warn(fmt::format("nobody reads standard output; {}", goes_on));
  if (trouble.dropping) {
    context.warn(fmt::format("standard output is not read fast enough; {}", goes_on));
  }
}

Status end_log(Context& context, LogIs log) {
  const Millis longest = context.stop().requested() ? log_grace : log_patience;
  const auto ended = context.out().end_background(log_stalled, longest);
  if (ended.dropped == 0) return {};
  std::string text = fmt::format("{} not written to standard output{}", lines_lost(ended.dropped),
                                 ended.error ? ": " + ended.error->text : std::string());
  if (log == LogIs::answer && !ended.reader_gone) return fail(ErrorCode::file, std::move(text));
  context.warn(text);
  return {};
}

void end_background(Output& output) {
  output.end_background(log_stalled, log_grace);
}

}  // namespace thig
