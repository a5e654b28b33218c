// What the log of a command that goes on working looks like.
#pragma once

#include "cli/flags/flags.h"
#include "cli/terminal/log_line.h"

#include <string>
#include <vector>

namespace thig {

struct LogFlags {
  void declare(Flags& flags);
  LogSettings settings() const;
  // Those that were given as arguments: for a command that is to log in the same way, and reads
  // the configuration by itself.
  static std::vector<std::string> words(const Flags& flags);

 private:
  std::string format_ = "text";
  std::string level_;  // empty: the usual one
};

}  // namespace thig
