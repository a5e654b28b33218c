// The table of all subcommands.
#pragma once

#include "cli/app/command.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

enum class CommandGroup { set_up, send, receive, check, keep, general };
// In the order in which they are listed.
inline constexpr CommandGroup command_groups[] = {CommandGroup::set_up,  CommandGroup::send,
                                                  CommandGroup::receive, CommandGroup::check,
                                                  CommandGroup::keep,    CommandGroup::general};
std::string_view title_of(CommandGroup group);

struct CommandEntry {
  std::string_view name;  // one word or two
  CommandGroup group;
  std::string_view summary;
  std::unique_ptr<Command> (*make)();
};

// Sorted by name.
std::span<const CommandEntry> command_table();

// Nothing if there is no such command.
const CommandEntry* find_command(std::string_view name);
// The entries whose name is this word and another: "add" has "add outgoing".
std::vector<const CommandEntry*> subcommands_of(std::string_view word);
// First words, each once; for suggestions.
std::vector<std::string> command_words();

}  // namespace thig
