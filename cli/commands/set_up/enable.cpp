#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/views/incoming_view.h"
#include "cli/views/webhook_view.h"
#include "core/setup/incoming_webhooks.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Enable final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Deliveries that were pending go on, and the streak of failures starts anew. What was "
        "emitted while it was disabled was recorded as missed; `thig-hooks deliveries --state "
        "missed` lists it.");
    flags.example("thig-hooks enable crm", "Send to a webhook again once its endpoint is mended");
    flags.positional("WEBHOOK", name_, "A webhook, by name or id");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY_ASSIGN(found, find_any_webhook(store->config(), store->incoming(), name_));
    if (const auto* hook = std::get_if<IncomingHook>(&found)) {
      return set_incoming_enabled(context, *store, std::move(actor), *hook, true);
    }
    const Endpoint& before = std::get<Endpoint>(found);
    Webhooks webhooks(store->config(), context.clock(), context.random(), std::move(actor));
    THIG_TRY_ASSIGN(endpoint, webhooks.enable(name_));
    print_if_json(context, endpoint);
    const bool was = before.state == EndpointState::enabled;
    context.note(
        fmt::format("{} {} enabled{}", endpoint.name, was ? "was" : "is", was ? " already" : ""));
    return ExitCode::done;
  }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Command> make_enable() {
  return std::make_unique<Enable>();
}

}  // namespace thig
