#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/views/render.h"
#include "cli/views/webhook_view.h"
#include "core/api/shell_words.h"
#include "core/api/webhook_flow.h"
#include "core/api/webhook_query.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Enable final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Pending deliveries continue, the count of consecutive failures resets, and a pause after "
        "repeated failures ends. "
        "Events emitted while the webhook was disabled were recorded as missed: it prints the "
        "command that resends them.");
    flags.example("thig-hooks enable crm", "Enable a webhook when the endpoint is fixed");
    flags.example("thig-hooks enable 'shop-*'", "Enable every webhook whose name matches");
    flags
        .positionals("WEBHOOK", names_,
                     "Webhook names, ids or patterns; with several, --json prints a list")
        .required = true;
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(by, context.by(*store));
    THIG_TRY_ASSIGN(found, find_webhooks(*store, names_));
    std::vector<std::string> documents;
    for (const AnyWebhook& before : found) {
      THIG_TRY_ASSIGN(done, enable_webhook(*store, by, id_of(before)));
      documents.push_back(webhook_document(done.webhook, done.result));
      context.note(describe(before, done));
      THIG_TRY(say_what_was_lost(context, *store, before));
    }
    print_documents(context, names_, documents);
    return ExitCode::done;
  }

 private:
  static std::string describe(const AnyWebhook& before, const SwitchedWebhook& done) {
    const std::string& name = name_of(done.webhook);
    if (done.result == ChangeResult::unchanged) {
      return fmt::format("unchanged: {} is already enabled", name);
    }
    const auto* endpoint = std::get_if<Endpoint>(&before);
    const bool was_paused = endpoint != nullptr && endpoint->state == EndpointState::enabled;
    return fmt::format("{} is {}", name, was_paused ? "no longer paused" : "enabled");
  }

  // As `doctor` does: everything that can still be sent, since the webhook was made.
  static Status say_what_was_lost(Context& context, Store& store, const AnyWebhook& before) {
    const auto* endpoint = std::get_if<Endpoint>(&before);
    if (endpoint == nullptr) return {};
    THIG_TRY_ASSIGN(stats, store.statistics().stats_of(endpoint->id, std::nullopt));
    const std::int64_t lost = stats.dead + stats.missed;
    if (lost == 0) return {};
    context.note(fmt::format("it did not get {}; to send them: {}",
                             count_of(lost, "delivery", "deliveries"),
                             ShellCommand("thig-hooks recover")
                                 .flag("--since", format_rfc3339(endpoint->created_at))
                                 .words(context.flags_to_repeat())
                                 .positional(endpoint->name)
                                 .text()));
    return {};
  }

  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<Command> make_enable() {
  return std::make_unique<Enable>();
}

}  // namespace thig
