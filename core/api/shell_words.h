// Words of commands that are printed to be pasted into a shell.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace thig {

// In single quotes.
std::string single_quoted(std::string_view text);
// As it is where every shell takes it for one plain word, else in quotes.
std::string shell_word(std::string_view text);

// A command that does what this one does not, such as the next page: put together word by word.
//   ShellCommand("thig-hooks audit").flag("--limit", "9").positional("crm").text()
class ShellCommand {
 public:
  explicit ShellCommand(std::string words) : words_(std::move(words)) {}

  ShellCommand& flag(std::string_view name, std::string_view value);
  // After all flags: a word with a dash before it ends those.
  ShellCommand& positional(std::string_view value);
  // Words that are quoted already, each behind a blank.
  ShellCommand& words(std::string_view more);

  const std::string& text() const { return words_; }

 private:
  std::string words_;
};

}  // namespace thig
