// Commands that other programs call and people do not: in no list, help, page or completion.
#pragma once

#include "cli/app/context.h"
#include "cli/app/exit_code.h"

#include <span>
#include <string>
#include <string_view>

namespace thig {

inline constexpr std::string_view complete_command = "__complete";  // for the shells' scripts
inline constexpr std::string_view man_command = "__man";            // DIR: for the build

bool is_hidden_command(std::string_view word);
// `arguments` begin with the command's word.
Result<ExitCode> run_hidden_command(Surroundings& surroundings,
                                    std::span<const std::string> arguments);

}  // namespace thig
