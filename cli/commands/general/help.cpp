#include "cli/app/command.h"
#include "cli/commands/general/general.h"
#include "cli/help/declared.h"
#include "cli/help/help_text.h"
#include "core/rules/suggest.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Help final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.example("thig-hooks help", "See all commands");
    flags.example("thig-hooks help emit", "See the examples and flags of one");
    flags.positional("COMMAND", word_, "A command");
    flags.positional("SUBCOMMAND", second_, "Its second word, where it has one");
  }

  bool needs_settings() const override { return false; }

  Result<ExitCode> run(Context& context) override {
    const HelpLayout layout = help_layout(context.out(), context.out_colour());
    if (!word_) {
      Flags globals;
      GlobalOptions options;
      declare_global_flags(globals, options);
      context.out().write(program_help(globals, layout));
      return ExitCode::done;
    }
    const std::string name = second_ ? *word_ + " " + *second_ : *word_;
    const CommandEntry* entry = find_command(name);
    if (entry) {
      const DeclaredCommand declared = declare_command(*entry);
      context.out().write(command_help(*entry, declared.flags, layout));
    } else if (!subcommands_of(name).empty()) {
      context.out().write(group_help(name, layout));
    } else {
      const std::string near = nearest(*word_, command_words());
      return fail(ErrorCode::usage, fmt::format("there is no command \"{}\"", name),
                  near.empty() ? "`thig-hooks help` lists the commands"
                               : fmt::format("did you mean `thig-hooks help {}`?", near));
    }
    return ExitCode::done;
  }

 private:
  std::optional<std::string> word_;
  std::optional<std::string> second_;
};

}  // namespace

std::unique_ptr<Command> make_help() {
  return std::make_unique<Help>();
}

}  // namespace thig
