// The commands with all that they can be told: the one source of help, man pages, completions and
// configuration keys.
#pragma once

#include "cli/app/commands.h"
#include "cli/app/context.h"
#include "cli/flags/flags.h"

#include <memory>
#include <vector>

namespace thig {

// A command whose flags are its own and the global ones; it is not run.
struct DeclaredCommand {
  const CommandEntry* entry = nullptr;
  std::unique_ptr<Command> command;
  std::unique_ptr<GlobalOptions> options;
  Flags flags;
};

DeclaredCommand declare_command(const CommandEntry& entry);
// In the order of the table.
std::vector<DeclaredCommand> declare_all_commands();

// The flags that every command has, bound to `options`.
void declare_global_flags(Flags& flags, GlobalOptions& options);

// The variable of the environment that gives the item its value; empty if there is none. Named
// after its key: THIG_HOOKS_RUN_MAX_IN_FLIGHT for "run.maxInFlight".
std::string variable_of(const Flags::Item& item);
// The same of the key that it had before.
std::string former_variable_of(const Flags::Item& item);

}  // namespace thig
