#include "cli/terminal/shared_output.h"

#include <utility>

namespace thig {
namespace {

Status write_lines(Output& whole, std::mutex& mutex, std::string_view lines) {
  const std::scoped_lock lock(mutex);
  whole.write(lines);
  return whole.flush();
}

}  // namespace

SharedOutput::SharedOutput(Output& whole, std::shared_ptr<std::mutex> mutex)
    : Output(whole.terminal(), whole.columns(), whole.reader()),
      whole_(whole),
      mutex_(std::move(mutex)) {}

Result<Output::Sent> SharedOutput::send(std::string_view bytes) {
  THIG_TRY(write_lines(whole_, *mutex_, bytes));
  return whole_.gone() ? Sent::reader_gone : Sent::all;
}

BackgroundWriter::Write SharedOutput::writer() const {
  return [&whole = whole_,
          mutex = mutex_](std::string_view& bytes) -> Result<BackgroundWriter::Wrote> {
    THIG_TRY(write_lines(whole, *mutex, bytes));
    bytes = {};
    return whole.gone() ? BackgroundWriter::Wrote::reader_gone : BackgroundWriter::Wrote::some;
  };
}

}  // namespace thig
