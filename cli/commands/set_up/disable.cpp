#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/views/incoming_view.h"
#include "cli/views/webhook_view.h"
#include "core/setup/incoming_webhooks.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Disable final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Pending deliveries stay where they are until it is enabled again; what is emitted "
        "meanwhile is recorded as missed. An incoming webhook that is disabled answers 404.");
    flags.example("thig-hooks disable crm --reason 'migration until Monday'",
                  "Hold deliveries while the endpoint is down");
    flags.positional("WEBHOOK", name_, "A webhook, by name or id");
    flags.text("--reason", "TEXT", reason_, "Why, for those who see it in the list");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY_ASSIGN(found, find_any_webhook(store->config(), store->incoming(), name_));
    if (const auto* hook = std::get_if<IncomingHook>(&found)) {
      return set_incoming_enabled(context, *store, std::move(actor), *hook, false);
    }
    const Endpoint& before = std::get<Endpoint>(found);
    Webhooks webhooks(store->config(), context.clock(), context.random(), std::move(actor));
    THIG_TRY_ASSIGN(endpoint, webhooks.disable(name_, reason_));
    print_if_json(context, endpoint);
    if (before.state == EndpointState::disabled) {
      context.note(
          fmt::format("{} was disabled already: {}", endpoint.name, endpoint.state_reason));
    } else {
      context.note(fmt::format("{} is disabled", endpoint.name));
    }
    return ExitCode::done;
  }

 private:
  std::string name_;
  std::string reason_;
};

}  // namespace

std::unique_ptr<Command> make_disable() {
  return std::make_unique<Disable>();
}

}  // namespace thig
