#include "cli/app/command.h"
#include "cli/commands/general/general.h"
#include "cli/help/completion_scripts.h"
#include "core/base/json.h"

namespace thig {
namespace {

class CompletionCommand final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "The script completes commands, flags, and names from the database: webhooks, event types "
        "and ids. `cmake --install` installs it for each shell.");
    flags.example("eval \"$(thig-hooks completion bash)\"", "In ~/.bashrc");
    flags.example("eval \"$(thig-hooks completion zsh)\"", "In ~/.zshrc, after compinit");
    flags.example("thig-hooks completion fish > ~/.config/fish/completions/thig-hooks.fish",
                  "For fish, once");
    std::vector<std::string> shells;
    for (const CompletionScript& script : completion_scripts()) {
      shells.emplace_back(script.shell);
    }
    flags.choice("", "SHELL", shells, shell_, "Name of the shell").required = true;
  }

  bool needs_settings() const override { return false; }

  Result<ExitCode> run(Context& context) override {
    for (const CompletionScript& script : completion_scripts()) {
      if (script.shell != shell_) continue;
      if (context.json()) {
        JsonWriter json;
        json.begin_object().key("shell").text(shell_).key("script").text(script.text);
        context.out().line(json.end_object().take());
      } else {
        context.out().write(script.text);
      }
    }
    return ExitCode::done;
  }

 private:
  std::string shell_;
};

}  // namespace

std::unique_ptr<Command> make_completion() {
  return std::make_unique<CompletionCommand>();
}

}  // namespace thig
