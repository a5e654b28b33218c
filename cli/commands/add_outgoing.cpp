#include "cli/commands/all.h"
#include "cli/input.h"
#include "cli/secret_view.h"
#include "cli/webhook_flags.h"
#include "cli/webhook_view.h"
#include "core/engine/webhooks.h"
#include "core/rules/retry_schedule.h"

#include <fmt/format.h>

namespace thig {
namespace {

class AddOutgoing final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Events of the asked types are sent there as signed HTTPS POST requests from now on. The "
        "signing secret is made here, printed once on standard output, and kept sealed.");
    flags.example("thig-hooks add outgoing crm https://crm.example.com/hooks --event 'project.*'",
                  "Send all project events");
    flags.example(
        "thig-hooks add outgoing bill https://b.example.com/ --event billing.payment_failed "
        "--print-secret > bill.secret",
        "Store the new secret in a file, and nothing else");
    flags.example(
        "thig-hooks add outgoing local https://127.0.0.1:8443/ --event '*' --allow-private "
        "--ca-file ca.pem",
        "Send everything to a receiver on this machine (see `thig-hooks listen`)");
    Endpoint& settings = draft_.settings;
    flags.positional("NAME", settings.name, "What the webhook is called here");
    flags.positional("URL", settings.url, "Where to send; HTTPS only");
    flags
        .list("--event", "PATTERN", settings.events,
              "What to send: a type such as project.created, all of a kind with project.*, or "
              "everything with '*'; several with commas")
        .required = true;
    flags.text("--description", "TEXT", settings.description, "A note for people");
    secret_.declare(flags);
    declare_signing(flags, draft_.signature, settings);
    settings.retry = default_retry_schedule();
    declare_headers(flags, settings);
    declare_timeout(flags, timeout_);
    declare_pace(flags, settings);
    declare_network(flags, settings);
    flags.toggle("--inactive", inactive_, "Add it disabled; `thig-hooks enable` starts it");
    flags.toggle("--print-secret", print_secret_,
                 "Write the secret, and nothing else, to standard output");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_print_secret(context, print_secret_));
    THIG_TRY(check_files(draft_.settings));
    THIG_TRY_ASSIGN(secret, read_secret(context, secret_));
    const bool given = secret.has_value();
    draft_.secret = std::move(secret);
    draft_.active = !inactive_;
    draft_.settings.timeout = timeout_.value_or(draft_.settings.timeout);
    THIG_TRY_ASSIGN(store, context.store(StoreUse::create));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    Webhooks webhooks(*store, context.clock(), context.random(), std::move(actor));
    THIG_TRY_ASSIGN(added, webhooks.add(draft_));
    context.ring();
    write_new_secret(context, added.endpoint, added.secret, print_secret_);
    tell(context, added, given);
    return ExitCode::done;
  }

 private:
  static void tell(Context& context, const AddedWebhook& added, bool given) {
    context.note(fmt::format("added webhook {} ({}) for {} to {}", added.endpoint.name,
                             to_text(added.endpoint.id), join(added.endpoint.events, ", "),
                             added.endpoint.url));
    for (const std::string& note : added.notes) context.note("note: " + note);
    if (!given) tell_to_store_secret(context, added.endpoint);
  }

  WebhookDraft draft_;
  std::optional<Millis> timeout_;
  SecretFlags secret_;
  bool inactive_ = false;
  bool print_secret_ = false;
};

}  // namespace

std::unique_ptr<Command> make_add_outgoing() {
  return std::make_unique<AddOutgoing>();
}

}  // namespace thig
