#include "cli/terminal/shared_output.h"

#include <algorithm>
#include <utility>

namespace thig {
namespace {

// Lines as they were written, each behind the label.
std::string labelled(std::string_view lines, std::string_view label) {
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
    text.append(label).append(lines.substr(0, end));
    lines.remove_prefix(end);
  }
  return text;
}

Status write_lines(Output& whole, std::mutex& mutex, const std::string& label,
                   std::string_view lines) {
  const std::scoped_lock lock(mutex);
  whole.write(label.empty() ? std::string(lines) : labelled(lines, label));
  return whole.flush();
}

}  // namespace

SharedOutput::SharedOutput(Output& whole, std::shared_ptr<std::mutex> mutex, std::string label)
    : Output(whole.terminal(), whole.columns()),
      whole_(whole),
      mutex_(std::move(mutex)),
      label_(std::move(label)) {}

Result<Output::Sent> SharedOutput::send(std::string_view bytes) {
  THIG_TRY(write_lines(whole_, *mutex_, label_, bytes));
  return whole_.gone() ? Sent::reader_gone : Sent::all;
}

BackgroundWriter::Write SharedOutput::writer() const {
  return [&whole = whole_, mutex = mutex_,
          label = label_](std::string_view& bytes) -> Result<BackgroundWriter::Wrote> {
    THIG_TRY(write_lines(whole, *mutex, label, bytes));
    bytes = {};
    return whole.gone() ? BackgroundWriter::Wrote::reader_gone : BackgroundWriter::Wrote::some;
  };
}

}  // namespace thig
