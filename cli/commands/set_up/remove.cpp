#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/terminal/confirm.h"
#include "cli/views/webhook_view.h"
#include "core/api/setup_view.h"
#include "core/api/webhook_flow.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Remove final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Removes the webhook with its secrets, pending deliveries and history. To stop deliveries "
        "for a while, use `thig-hooks disable`.");
    flags.example("thig-hooks remove crm", "Remove a webhook after confirmation");
    flags.example("thig-hooks remove crm --yes", "Remove it from a script");
    flags.positional("WEBHOOK", name_, "Webhook name or id");
    flags.toggle("--yes", yes_, "Do not ask for confirmation");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(by, context.by(*store));
    // Who may not remove it is not asked whether to.
    THIG_TRY(check_may_remove(*store, by));
    THIG_TRY_ASSIGN(found, find_any_webhook(store->config(), store->incoming(), name_));
    if (!yes_) {
      THIG_TRY_ASSIGN(agreed, ask(context, *store, found));
      if (!agreed) {
        context.note("nothing was removed");
        return ExitCode::no;
      }
    }
    THIG_TRY(remove_webhook(*store, by, found));
    const std::string& name = name_of(found);
    if (context.json()) context.out().line(removed_document(name, id_of(found)));
    context.note(fmt::format("removed {} ({})", name, id_of(found)));
    return ExitCode::done;
  }

 private:
  static Result<bool> ask(Context& context, Store& store, const AnyWebhook& found) {
    if (const auto* hook = std::get_if<IncomingHook>(&found)) {
      return confirm(context,
                     fmt::format("Remove the incoming webhook {} ({}), its URL and its requests?",
                                 hook->name, to_text(hook->id)));
    }
    const Endpoint& endpoint = std::get<Endpoint>(found);
    THIG_TRY_ASSIGN(stats, store.statistics().stats_of(endpoint.id, std::nullopt));
    return confirm(context,
                   fmt::format("Remove {} ({}, {}) with {} and the history of {}?", endpoint.name,
                               to_text(endpoint.id), endpoint.url,
                               count_of(stats.pending, "pending delivery", "pending deliveries"),
                               count_of(stats.attempts(), "attempt", "attempts")));
  }

  std::string name_;
  bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_remove() {
  return std::make_unique<Remove>();
}

}  // namespace thig
