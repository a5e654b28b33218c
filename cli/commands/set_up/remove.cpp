#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/terminal/confirm.h"
#include "cli/views/webhook_view.h"
#include "core/api/setup_view.h"
#include "core/api/webhook_flow.h"
#include "core/api/webhook_query.h"

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
    flags.example("thig-hooks remove 'test-*'", "Remove every webhook whose name matches");
    flags
        .positionals("WEBHOOK", names_,
                     "Webhook names, ids or patterns; with several, --json prints a list")
        .required = true;
    flags.toggle("--yes", yes_, "Do not ask for confirmation");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(by, context.by(*store));
    // Who may not remove it is not asked whether to.
    THIG_TRY(check_may_remove(*store, by));
    THIG_TRY_ASSIGN(found, find_webhooks(*store, names_));
    if (!yes_) {
      THIG_TRY_ASSIGN(question, found.size() == 1 ? ask_of_one(*store, found.front())
                                                  : ask_of_several(*store, found));
      THIG_TRY_ASSIGN(agreed, confirm(context, question));
      if (!agreed) {
        context.note("nothing was removed");
        return ExitCode::no;
      }
    }
    std::vector<std::string> documents;
    for (const AnyWebhook& webhook : found) {
      THIG_TRY(remove_webhook(*store, by, webhook));
      documents.push_back(removed_document(name_of(webhook), id_of(webhook)));
      context.note(fmt::format("removed {} ({})", name_of(webhook), id_of(webhook)));
    }
    print_documents(context, names_, documents);
    return ExitCode::done;
  }

 private:
  static Result<std::string> ask_of_one(Store& store, const AnyWebhook& found) {
    if (const auto* hook = std::get_if<IncomingHook>(&found)) {
      return fmt::format("Remove the incoming webhook {} ({}), its URL and its requests?",
                         hook->name, to_text(hook->id));
    }
    const Endpoint& endpoint = std::get<Endpoint>(found);
    THIG_TRY_ASSIGN(stats, store.statistics().stats_of(endpoint.id, std::nullopt));
    return fmt::format("Remove {} ({}, {}) with {} and the history of {}?", endpoint.name,
                       to_text(endpoint.id), endpoint.url,
                       count_of(stats.pending, "pending delivery", "pending deliveries"),
                       count_of(stats.attempts(), "attempt", "attempts"));
  }

  static Result<std::string> ask_of_several(Store& store, const std::vector<AnyWebhook>& found) {
    std::vector<std::string> names;
    std::int64_t pending = 0;
    for (const AnyWebhook& webhook : found) {
      names.push_back(name_of(webhook));
      if (const auto* endpoint = std::get_if<Endpoint>(&webhook)) {
        THIG_TRY_ASSIGN(stats, store.statistics().stats_of(endpoint->id, std::nullopt));
        pending += stats.pending;
      }
    }
    return fmt::format("Remove {} webhooks ({}) with {} and their history?", names.size(),
                       join(names, ", "),
                       count_of(pending, "pending delivery", "pending deliveries"));
  }

  std::vector<std::string> names_;
  bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_remove() {
  return std::make_unique<Remove>();
}

}  // namespace thig
