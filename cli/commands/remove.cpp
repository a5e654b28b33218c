#include "cli/commands/all.h"
#include "cli/confirm.h"
#include "cli/webhook_view.h"
#include "core/engine/webhooks.h"
#include "core/rules/access.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Remove final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Its secrets, its pending deliveries and its history go with it. To stop deliveries for a "
        "while, use `thig-hooks disable`.");
    flags.example("thig-hooks remove crm", "Remove a webhook after a question");
    flags.example("thig-hooks remove crm --yes", "Remove it in a script");
    flags.positional("WEBHOOK", name_, "A webhook, by name or id");
    flags.toggle("--yes", yes_, "Do not ask");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY(check_access(actor, Action::configure));
    THIG_TRY_ASSIGN(endpoint, find_webhook(*store, name_));
    if (!yes_) {
      THIG_TRY_ASSIGN(agreed, ask(context, *store, endpoint));
      if (!agreed) {
        context.note("nothing was changed");
        return ExitCode::no;
      }
    }
    Webhooks webhooks(*store, context.clock(), context.random(), std::move(actor));
    // By its id: the name may have gone to another webhook while the question stood.
    THIG_TRY_ASSIGN(removed, webhooks.remove(to_text(endpoint.id)));
    context.ring();
    if (context.json()) {
      JsonWriter json;
      json.begin_object().key("removed").boolean(true);
      json.key("name").text(removed.name).key("id").text(to_text(removed.id)).end_object();
      context.out().line(json.take());
    }
    context.note(fmt::format("removed {} ({})", removed.name, to_text(removed.id)));
    return ExitCode::done;
  }

 private:
  static Result<bool> ask(Context& context, Store& store, const Endpoint& endpoint) {
    THIG_TRY_ASSIGN(stats, store.stats(context.now()));
    const WebhookView view = webhook_views({endpoint}, stats).front();
    return confirm(
        context, fmt::format("Remove {} ({}, {}) with {} and the history of {}?", endpoint.name,
                             to_text(endpoint.id), endpoint.url,
                             count_of(view.stats.pending, "pending delivery", "pending deliveries"),
                             count_of(view.stats.attempts(), "attempt", "attempts")));
  }

  std::string name_;
  bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_remove() {
  return std::make_unique<Remove>();
}

}  // namespace thig
