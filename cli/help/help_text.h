// Help, rendered from the tables of commands and flags.
#pragma once

#include "cli/app/commands.h"
#include "cli/flags/flags.h"
#include "cli/terminal/output.h"

#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct HelpLayout {
  int columns = 80;
  bool colour = false;
};
// For a stream: its width within reason, or 80 if it has none.
HelpLayout help_layout(const Output& out, bool colour);

// What is said of a flag besides its help: choices, default, whether it is repeatable, its key in a
// configuration file.
std::vector<std::string> flag_asides(const Flags::Item& item);

// What the program is for, and its examples.
extern const std::string_view program_summary;
const std::vector<Flags::Example>& program_examples();

// Of the whole program. `globals` are the flags that every command has.
std::string program_help(const Flags& globals, const HelpLayout& layout);
// Of one command: usage, summary, examples, then flags.
std::string command_help(const CommandEntry& entry, const Flags& flags, const HelpLayout& layout);
// Of a word that only stands before others: "add".
std::string group_help(std::string_view word, const HelpLayout& layout);

}  // namespace thig
