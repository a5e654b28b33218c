#include "core/api/shell_words.h"

#include <algorithm>

namespace thig {

std::string single_quoted(std::string_view text) {
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
    return alphanumeric || std::string_view("-_.,:/@+%=").contains(c);
  };
  // zsh takes a "=" that a word begins with for a command's path.
  const bool plain = !text.empty() && !text.starts_with('=') && std::ranges::all_of(text, harmless);
  return plain ? std::string(text) : single_quoted(text);
}

ShellCommand& ShellCommand::flag(std::string_view name, std::string_view value) {
  // Behind a blank, a value that begins with a dash would be taken for a flag.
  words_.append(" ").append(name).append(value.starts_with('-') ? "=" : " ");
  words_ += shell_word(value);
  return *this;
}

ShellCommand& ShellCommand::positional(std::string_view value) {
  words_.append(value.starts_with('-') ? " -- " : " ").append(shell_word(value));
  return *this;
}

ShellCommand& ShellCommand::words(std::string_view more) {
  words_ += more;
  return *this;
}

}  // namespace thig
