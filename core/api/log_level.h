// How much a line of a log matters: the same words in text, in JSON and in flags.
#pragma once

#include "core/dispatch/observer.h"
#include "core/store/incoming_request_store.h"

#include <optional>
#include <string_view>

namespace thig {

// The most urgent first.
enum class LogLevel { error, warning, notice, info, debug };

inline constexpr LogLevel log_levels[] = {LogLevel::error, LogLevel::warning, LogLevel::notice,
                                          LogLevel::info, LogLevel::debug};

// "error", "warning", "notice", "info", "debug".
std::string_view to_text(LogLevel level);
// Nothing if it is none of these.
std::optional<LogLevel> log_level_of(std::string_view word);

// A lost delivery is an error; a failed attempt, which is retried, a warning.
LogLevel level_of(const AttemptReport& report);
// A failed action is an error: nobody repeats it.
LogLevel level_of(const ActionOutcome& outcome);
// Of an answer over HTTP, by its status: what is our own failure is an error.
LogLevel level_of_answer(int status);
// By the kind of a trouble line (core/api/log_lines.h).
LogLevel level_of_trouble(std::string_view kind);

}  // namespace thig
