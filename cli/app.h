// From the arguments to the exit code.
#pragma once

#include "cli/context.h"
#include "cli/exit_code.h"
#include "cli/flags.h"

#include <span>
#include <string>

namespace thig {

// Runs the command that the arguments (without the program's name) ask for. Everything it has to
// say is on the streams of `surroundings` when it returns.
ExitCode run_app(Surroundings& surroundings, std::span<const std::string> arguments);

// The flags that every command has, bound to `options`.
void declare_global_flags(Flags& flags, GlobalOptions& options);

}  // namespace thig
