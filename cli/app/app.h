// From the arguments to the exit code.
#pragma once

#include "cli/app/context.h"
#include "cli/app/exit_code.h"

#include <span>
#include <string>

namespace thig {

// Runs the command that the arguments (without the program's name) ask for. Everything it has to
// say is on the streams of `surroundings` when it returns.
ExitCode run_app(Surroundings& surroundings, std::span<const std::string> arguments);

}  // namespace thig
