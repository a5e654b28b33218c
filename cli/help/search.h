// Finds words in the help of all commands and topics.
#pragma once

#include "cli/help/help_text.h"

#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct HelpHit {
  std::string name;     // of a command or a topic: "add outgoing", "signing"
  std::string summary;  // of it
  std::string line;     // the first that has the words, cut to their neighbourhood
  int count = 0;        // lines that have them
};

// Those that mention the words, in any case, also as a plural or a past form; hyphens and blanks
// are the same. Most mentions first. What every page says alike (global flags, exit codes, files)
// is found as a topic only.
std::vector<HelpHit> search_help(std::string_view words);

std::string search_results(std::string_view words, const std::vector<HelpHit>& hits,
                           const HelpLayout& layout);

}  // namespace thig
