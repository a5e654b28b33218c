#include "cli/commands/send/emit_batch.h"

#include "cli/files/input.h"
#include "cli/files/line_reader.h"
#include "cli/terminal/progress.h"
#include "cli/views/render.h"
#include "core/api/command_wording.h"
#include "core/api/emission_view.h"
#include "core/api/error_view.h"
#include "core/dispatch/batch.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace thig {
namespace {

// Data of 1 MiB and what stands around it on the line.
constexpr std::size_t longest_line = max_event_data + 4096;

class Batch {
 public:
  Batch(Context& context, Emitter& emitter, int fd, bool atomic)
      : context_(context),
        reader_(fd, longest_line),
        intake_(emitter, atomic, [this](const LineResult& result) { report(result); }),
        atomic_(atomic),
        progress_(context, !context.for_eyes() && !context.out().terminal(), "events recorded",
                  size_of(fd)) {}

  Result<ExitCode> run() {
    Status ended = read_lines();
    if (ended) ended = after(intake_.finish());
    progress_.end();
    const std::string summary = summarize();
    if (!ended) {
      Error error = std::move(ended).error();
      error.text += fmt::format(" ({})", summary);
      return std::unexpected(std::move(error));
    }
    if (intake_.rejected() > 0) return fail(ErrorCode::invalid, summary);
    context_.note(summary);
    return ExitCode::done;
  }

 private:
  std::string summarize() const {
    const auto count = [](std::size_t number, std::string_view one, std::string_view many) {
      return count_of(static_cast<std::int64_t>(number), one, many);
    };
    std::string duplicates;
    if (intake_.duplicates() > 0) {
      duplicates = count(intake_.duplicates(), "duplicate", "duplicates") + ", ";
    }
    return fmt::format("{} recorded, {}{} rejected", count(intake_.accepted(), "event", "events"),
                       duplicates, count(intake_.rejected(), "line", "lines"));
  }

  Status read_lines() {
    for (;;) {
      std::string_view line;
      auto event = reader_.next(line);
      if (!event && event.error().code == ErrorCode::interrupted) return interrupted();
      if (!event) return std::unexpected(std::move(event).error());
      if (context_.stop().requested()) return interrupted();
      switch (*event) {
        case LineReader::Event::line:
          THIG_TRY(after(intake_.add(line)));
          break;
        case LineReader::Event::pause:
          THIG_TRY(after(intake_.pause()));
          break;
        case LineReader::Event::end:
          return {};
      }
      progress_.update(progress_by_bytes_ ? reader_.bytes_read() : intake_.accepted());
    }
  }

  // Whole lines that were read are recorded; their senders get their receipts.
  Status interrupted() {
    THIG_TRY(after(intake_.pause()));
    return fail(ErrorCode::interrupted, atomic_ ? "interrupted; nothing was recorded"
                                                : "interrupted before the end of the input");
  }

  void report(const LineResult& result) {
    if (result.receipt && context_.for_eyes()) {
      write_text(result.line, *result.receipt);
    } else if (result.receipt || context_.json()) {
      context_.out().line(batch_line_document(result, command_wording()));
    } else {
      failures_.push_back(result);
    }
  }

  // Tells what the intake has decided. A fault of the whole batch is told once, at the end, and not
  // for every line that it took with it.
  Status after(Status status) {
    for (const LineResult& failure : failures_) {
      if (!status && failure.receipt.error().text == status.error().text) continue;
      const ShownError error = shown_error(failure.receipt.error(), command_wording());
      context_.say(fmt::format("line {}: {}{}{}", failure.line, error.text,
                               error.hint.empty() ? "" : "; ", error.hint));
    }
    failures_.clear();
    if (context_.out().held() > 0) THIG_TRY(context_.out().flush());
    return status;
  }

  void write_text(std::size_t line, const Receipt& receipt) {
    context_.out().line(fmt::format(
        "line {}: {} {}, {} queued{}{}", line, to_text(receipt.id), receipt.type, receipt.queued,
        !receipt.missed.empty() ? fmt::format(", {} missed", receipt.missed.size()) : std::string(),
        receipt.duplicate ? " (duplicate: recorded before)" : ""));
  }

  // 0 for what has no size, such as a pipe.
  std::uint64_t size_of(int fd) {
    struct stat status {};
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    progress_by_bytes_ = true;
    return static_cast<std::uint64_t>(status.st_size);
  }

  Context& context_;
  LineReader reader_;
  BatchIntake intake_;
  bool atomic_;
  bool progress_by_bytes_ = false;
  Progress progress_;
  std::vector<LineResult> failures_;  // to be told on standard error
};

}  // namespace

Result<ExitCode> emit_batch(Context& context, Emitter& emitter, const std::string& file,
                            bool atomic) {
  if (file == "-") return Batch(context, emitter, context.in(), atomic).run();
  THIG_TRY_ASSIGN(fd, open_input(file, "--batch"));
  return Batch(context, emitter, fd.get(), atomic).run();
}

}  // namespace thig
