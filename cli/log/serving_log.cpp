#include "cli/log/serving_log.h"

#include "cli/log/background_log.h"
#include "core/api/log_lines.h"
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

void ServingLog::fail(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  context_.log(LogLevel::error, text);
}

void ServingLog::keep(const LogSettings& settings) {
  const std::scoped_lock lock(mutex_);
  context_.keep_log(settings, LogIs::record);
}

void ServingLog::mind() {
  const std::scoped_lock lock(mutex_);
  mind_log(context_);
}

std::string logged(std::string_view text) {
  return text.empty() ? "-" : printable(log_field(text));
}

}  // namespace thig
