#include "cli/shell_words.h"

#include <algorithm>

namespace thig {

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string shell_word(std::string_view text) {
  const auto harmless = [](char c) {
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return alphanumeric || std::string_view("-_.,:/@+%").contains(c);
  };
  const bool plain = !text.empty() && std::ranges::all_of(text, harmless);
  return plain ? std::string(text) : quoted(text);
}

}  // namespace thig
