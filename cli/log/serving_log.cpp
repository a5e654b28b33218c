#include "cli/log/serving_log.h"

#include "cli/log/background_log.h"
#include "core/base/codec.h"

namespace thig {

void ServingLog::say(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  context_.note(text);
}

void ServingLog::warn(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  context_.warn(text);
}

void ServingLog::mind() {
  const std::scoped_lock lock(mutex_);
  mind_log(context_);
}

void ServingLog::write_line(const std::string& line) {
  context_.out().line(line);
  static_cast<void>(context_.out().flush());
}

std::string logged(std::string_view text) {
  return text.empty() ? "-" : printable(text);
}

}  // namespace thig
