#include "cli/hidden_commands.h"

#include "cli/completion.h"

namespace thig {

bool is_hidden_command(std::string_view word) {
  return word == complete_command;
}

Result<ExitCode> run_hidden_command(Surroundings& surroundings,
                                    std::span<const std::string> arguments) {
  answer_shell(surroundings, arguments.subspan(1));
  return ExitCode::done;
}

}  // namespace thig
