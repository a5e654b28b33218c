#include "cli/commands/all.h"
#include "cli/incoming_flags.h"
#include "cli/incoming_view.h"
#include "cli/input.h"
#include "core/incoming/incoming_webhooks.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Edit final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Changes the settings of an incoming webhook that are given, and leaves the others. A list "
        "that is given takes the place of the one there was; '' empties it. A running "
        "serve-incoming goes by it within a second.");
    flags.example("thig-hooks edit issues --when /action=closed --default name='(no title)'",
                  "Change what a webhook acts on");
    flags.example("thig-hooks edit issues --scheme github --secret-file gh.secret",
                  "Check signatures from now on");
    flags.example("thig-hooks edit issues --allow-from ''", "Take requests from everywhere again");
    flags.positional("WEBHOOK", name_, "An incoming webhook, by name or id");
    flags.text("--name", "NAME", new_name_, "What it is called from now on");
    settings_.declare_action(flags);
    settings_.declare_sender(flags);
    secret_.declare(flags);
    settings_.declare_description(flags);
  }

  Result<ExitCode> run(Context& context) override {
    // Of the environment's secret nobody says that it is for this.
    const bool secret_given = secret_.value || secret_.file;
    if (!settings_.any() && !new_name_ && !secret_given) {
      return fail(ErrorCode::usage, "nothing to change was given",
                  "`thig-hooks edit --help` lists what can be");
    }
    std::optional<std::string> secret;
    if (secret_given) {
      THIG_TRY_ASSIGN(read, read_secret(context, secret_));
      secret = std::move(read);
    }
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY_ASSIGN(found, find_any_webhook(*store, name_));
    if (!std::holds_alternative<IncomingHook>(found)) {
      return fail(
          ErrorCode::usage, fmt::format("{} is an outgoing webhook", name_),
          "edit changes incoming ones; to change an outgoing one, remove it and add it again");
    }
    IncomingHook hook = std::move(std::get<IncomingHook>(found));
    if (new_name_) hook.name = *new_name_;
    THIG_TRY(settings_.apply(hook));
    IncomingWebhooks webhooks(*store, context.clock(), context.random(), std::move(actor));
    THIG_TRY_ASSIGN(edited, webhooks.edit(hook, secret));
    context.ring();
    print_if_json(context, edited);
    context.note(fmt::format("changed {} ({})", edited.name, to_text(edited.id)));
    return ExitCode::done;
  }

 private:
  std::string name_;
  std::optional<std::string> new_name_;
  IncomingFlags settings_;
  SecretFlags secret_;
};

}  // namespace

std::unique_ptr<Command> make_edit() {
  return std::make_unique<Edit>();
}

}  // namespace thig
