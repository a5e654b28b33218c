#include "cli/app/command.h"
#include "cli/app/other_names.h"
#include "cli/commands/general/general.h"
#include "cli/help/declared.h"
#include "cli/help/help_text.h"
#include "cli/help/search.h"
#include "cli/help/topics.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

class Help final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Shows the help of a command or a topic. Any other words are searched for in the help of "
        "all commands and topics.");
    flags.example("thig-hooks help", "List all commands and topics");
    flags.example("thig-hooks help emit", "Show the examples and flags of a command");
    flags.example("thig-hooks help exit-codes", "Show a topic");
    flags.example("thig-hooks help dead letter", "Search the help");
    flags.positional("TOPIC", word_, "A command, a topic, or a word to search for");
    flags.positionals("SUBCOMMAND", more_, "Subcommand, or more words to search for");
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
    std::string name = *word_;
    for (const std::string& word : more_) name += " " + word;
    if (const CommandEntry* entry = find_command(name)) {
      const DeclaredCommand declared = declare_command(*entry);
      context.out().write(command_help(*entry, declared.flags, layout));
    } else if (const Topic* topic = find_topic(name)) {
      context.out().write(topic_text(*topic, layout));
    } else if (!subcommands_of(name).empty()) {
      context.out().write(group_help(name, layout));
    } else {
      const std::vector<HelpHit> hits = search_help(name);
      if (hits.empty()) {
        return fail(ErrorCode::usage, fmt::format("no help found for \"{}\"", name),
                    command_hint(*word_, "help "));
      }
      context.out().write(search_results(name, hits, layout));
      // What the search has found may not be what was meant.
      const auto other = std::ranges::find(other_names(), name, &OtherName::typed);
      if (other != other_names().end()) context.note(command_hint(name, "help "));
    }
    return ExitCode::done;
  }

 private:
  std::optional<std::string> word_;
  std::vector<std::string> more_;
};

}  // namespace

std::unique_ptr<Command> make_help() {
  return std::make_unique<Help>();
}

}  // namespace thig
