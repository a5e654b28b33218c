#include "cli/flags/log_flags.h"

namespace thig {

void LogFlags::declare(Flags& flags) {
  flags
      .choice("--log-format", "FORMAT", {"text", "json"}, format_,
              "Format of log lines; json: one object per line (`thig-hooks help logs`)")
      .config = "log.format";
  std::vector<std::string> levels;
  for (const LogLevel level : log_levels) levels.emplace_back(to_text(level));
  auto& least = flags.choice("--log-level", "LEVEL", std::move(levels), level_,
                             "Leave out log lines that are less important than this level");
  least.fallback = "info; debug with --verbose";
  least.config = "log.level";
}

LogSettings LogFlags::settings() const {
  return {.format = format_ == "json" ? LogSettings::Format::json : LogSettings::Format::text,
          .least = log_level_of(level_)};
}

std::vector<std::string> LogFlags::words() const {
  std::vector<std::string> words = {"--log-format", format_};
  if (!level_.empty()) words.insert(words.end(), {"--log-level", level_});
  return words;
}

}  // namespace thig
