#include "core/api/log_level.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace thig {

std::string_view to_text(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return "error";
    case LogLevel::warning:
      return "warning";
    case LogLevel::notice:
      return "notice";
    case LogLevel::info:
      return "info";
    case LogLevel::debug:
      return "debug";
  }
  return "";
}

std::optional<LogLevel> log_level_of(std::string_view word) {
  for (const LogLevel level : log_levels) {
    if (to_text(level) == word) return level;
  }
  return std::nullopt;
}

LogLevel level_of(const AttemptReport& report) {
  if (report.attempt.ok()) return LogLevel::info;
  return report.state == DeliveryState::dead ? LogLevel::error : LogLevel::warning;
}

LogLevel level_of(const ActionOutcome& outcome) {
  return outcome.state == RequestState::failed ? LogLevel::error : LogLevel::info;
}

LogLevel level_of_answer(int status) {
  return status >= 500 ? LogLevel::error : LogLevel::info;
}

LogLevel level_of_trouble(std::string_view kind) {
  constexpr std::pair<std::string_view, LogLevel> levels[] = {
      {"blocked", LogLevel::error}, {"died", LogLevel::error},       {"disabled", LogLevel::error},
      {"stuck", LogLevel::error},   {"recovered", LogLevel::notice}, {"unstuck", LogLevel::notice},
      {"limited", LogLevel::debug}};
  const auto* found =
      std::ranges::find(levels, kind, &std::pair<std::string_view, LogLevel>::first);
  return found == std::end(levels) ? LogLevel::warning : found->second;
}

}  // namespace thig
