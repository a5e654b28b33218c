#include "cli/flags/log_flags.h"

namespace thig {
namespace {

constexpr const char* format_flag = "--log-format";
constexpr const char* level_flag = "--log-level";

}  // namespace

void LogFlags::declare(Flags& flags) {
  flags
      .choice(format_flag, "FORMAT", {"text", "json"}, format_,
              "Format of log lines; json: one object per line (`thig-hooks help logs`)")
      .config = "log.format";
  std::vector<std::string> levels;
  for (const LogLevel level : log_levels) levels.emplace_back(to_text(level));
  auto& least = flags.choice(level_flag, "LEVEL", std::move(levels), level_,
                             "Leave out log lines that are less important than this level");
  least.fallback = "info; debug with --verbose";
  least.config = "log.level";
}

LogSettings LogFlags::settings() const {
  return {.format = format_ == "json" ? LogSettings::Format::json : LogSettings::Format::text,
          .least = log_level_of(level_)};
}

std::vector<std::string> LogFlags::words(const Flags& flags) {
  std::vector<std::string> words;
  for (const Flags::Item& item : flags.items()) {
    const auto& given = flags.given(item);
    const bool of_log = item.name == format_flag || item.name == level_flag;
    if (of_log && given) words.insert(words.end(), {item.name, *given});
  }
  return words;
}

}  // namespace thig
