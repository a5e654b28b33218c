// What people type who know other tools, and the commands that do it here.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace thig {

struct OtherName {
  std::string_view typed;     // "ls"
  std::string_view commands;  // "list"; several with commas: "requests replay,retry"
};

// Sorted by what is typed; none is a command.
std::span<const OtherName> other_names();

// A hint for a first word that is no command: "did you mean `thig-hooks list`?", by these names or
// as a near miss; else where commands are listed. `help` is "help " if help was asked for.
std::string command_hint(std::string_view word, std::string_view help = "");

}  // namespace thig
