#include "cli/app/hidden_commands.h"

#include "cli/help/completion.h"
#include "cli/help/man_pages.h"

namespace thig {

bool is_hidden_command(std::string_view word) {
  return word == complete_command || word == man_command;
}

Result<ExitCode> run_hidden_command(Surroundings& surroundings,
                                    std::span<const std::string> arguments) {
  if (arguments[0] == complete_command) {
    answer_shell(surroundings, arguments.subspan(1));
    return ExitCode::done;
  }
  if (arguments.size() != 2) return fail(ErrorCode::usage, "__man needs a directory");
  THIG_TRY(write_man_pages(arguments[1]));
  return ExitCode::done;
}

}  // namespace thig
