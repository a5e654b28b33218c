#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "core/api/webhook_flow.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Disable final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Pending deliveries are kept and continue after `thig-hooks enable`; events emitted in the "
        "meantime are recorded as missed. A disabled incoming webhook answers 404.");
    flags.example("thig-hooks disable crm --reason 'migration until Monday'",
                  "Hold deliveries while the endpoint is down");
    flags.positional("WEBHOOK", name_, "Webhook name or id");
    flags.text("--reason", "TEXT", reason_, "Reason, shown in `thig-hooks list`");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(by, context.by(*store));
    THIG_TRY_ASSIGN(done, disable_webhook(*store, by, name_, reason_));
    if (context.json()) context.out().line(webhook_document(done.webhook));
    const auto* endpoint = std::get_if<Endpoint>(&done.webhook);
    std::string said = fmt::format("{} {}", name_of(done.webhook),
                                   done.was_so ? "is already disabled" : "is disabled");
    if (done.was_so && endpoint) said += ": " + endpoint->state_reason;
    context.note(said);
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
