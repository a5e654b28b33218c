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
        "Deliveries that were pending go on, and the streak of failures starts anew. What was "
        "emitted while it was disabled was recorded as missed; `thig-hooks deliveries --state "
        "missed` lists it.");
    flags.example("thig-hooks enable crm", "Send to a webhook again once its endpoint is mended");
    flags.positional("WEBHOOK", name_, "A webhook, by name or id");
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
