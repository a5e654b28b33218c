#include "cli/terminal/log_line.h"

#include "cli/terminal/style.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace thig {
namespace {

// As sd-daemon(3) and syslog(3) number them.
int priority_of(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return 3;
    case LogLevel::warning:
      return 4;
    case LogLevel::notice:
      return 5;
    case LogLevel::info:
      return 6;
    case LogLevel::debug:
      return 7;
  }
  return 6;
}

Style style_of(LogLevel level) {
  if (level == LogLevel::error) return Style::bad;
  return level == LogLevel::warning ? Style::warn : Style::plain;
}

}  // namespace

std::string log_text(LogLevel level, Time at, std::string_view text, LogReader reader,
                     bool colour) {
  if (reader == LogReader::journal) return fmt::format("<{}>{}", priority_of(level), text);
  return fmt::format("{} {} {}", format_rfc3339_millis(at),
                     paint(fmt::format("{}:", to_text(level)), style_of(level), colour), text);
}

bool is_journal(int fd, std::string_view journal_stream) {
  struct stat status {};
  if (journal_stream.empty() || fstat(fd, &status) != 0) return false;
  return journal_stream == fmt::format("{}:{}", status.st_dev, status.st_ino);
}

}  // namespace thig
