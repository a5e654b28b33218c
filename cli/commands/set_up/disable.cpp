#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/views/webhook_view.h"
#include "core/api/webhook_flow.h"
#include "core/api/webhook_query.h"

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
    flags.example("thig-hooks disable 'shop-*' --reason 'shop is moving'",
                  "Disable every webhook whose name matches");
    flags
        .positionals("WEBHOOK", names_,
                     "Webhook names, ids or patterns; with several, --json prints a list")
        .required = true;
    flags.text("--reason", "TEXT", reason_, "Reason, shown in `thig-hooks list`");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(by, context.by(*store));
    THIG_TRY_ASSIGN(found, find_webhooks(*store, names_));
    std::vector<std::string> documents;
    for (const AnyWebhook& before : found) {
      THIG_TRY_ASSIGN(done, disable_webhook(*store, by, id_of(before), reason_));
      documents.push_back(webhook_document(done.webhook, done.result));
      const bool was_so = done.result == ChangeResult::unchanged;
      const auto* endpoint = std::get_if<Endpoint>(&done.webhook);
      std::string said = fmt::format("{}{} is {}disabled", was_so ? "unchanged: " : "",
                                     name_of(done.webhook), was_so ? "already " : "");
      if (was_so && endpoint) said += ": " + endpoint->state_reason;
      context.note(said);
    }
    print_documents(context, names_, documents);
    return ExitCode::done;
  }

 private:
  std::vector<std::string> names_;
  std::string reason_;
};

}  // namespace

std::unique_ptr<Command> make_disable() {
  return std::make_unique<Disable>();
}

}  // namespace thig
