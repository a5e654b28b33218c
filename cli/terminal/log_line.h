// What a line of a log looks like as text, and which lines there are.
#pragma once

#include "core/api/log_level.h"
#include "core/base/time.h"

#include <optional>
#include <string>
#include <string_view>

namespace thig {

struct LogSettings {
  enum class Format { text, json };
  Format format = Format::text;
  std::optional<LogLevel> least;  // what matters less is left out; nothing: info
};

enum class LogIs {
  record,  // of work that counts for itself
  answer,  // what the command was called for
};

// Where lines go.
enum class LogReader {
  file,     // or a pipe, or a terminal
  journal,  // systemd's, which has the time by itself and reads the level off a prefix: <4>
};

// "2026-01-15T10:30:00.000Z warning: text", or "<4>text" for the journal. `text` is one line that a
// terminal may show.
std::string log_text(LogLevel level, Time at, std::string_view text, LogReader reader, bool colour);

// Whether systemd has connected the descriptor with the journal: `journal_stream` is the variable
// JOURNAL_STREAM, "device:inode". It stays set where a stream was redirected since.
bool is_journal(int fd, std::string_view journal_stream);

}  // namespace thig
