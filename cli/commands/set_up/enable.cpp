#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "core/api/webhook_flow.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Enable final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Pending deliveries continue, and the count of consecutive failures resets. Events emitted "
        "while the webhook was disabled were recorded as missed: list them with `thig-hooks "
        "deliveries --state missed`, resend them with `thig-hooks recover`.");
    flags.example("thig-hooks enable crm", "Enable a webhook when the endpoint is fixed");
    flags.positional("WEBHOOK", name_, "Webhook name or id");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(by, context.by(*store));
    THIG_TRY_ASSIGN(done, enable_webhook(*store, by, name_));
    if (context.json()) context.out().line(webhook_document(done.webhook));
    context.note(fmt::format("{} {} enabled{}", name_of(done.webhook), done.was_so ? "was" : "is",
                             done.was_so ? " already" : ""));
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
