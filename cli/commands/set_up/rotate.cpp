#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/files/input.h"
#include "cli/views/incoming_view.h"
#include "cli/views/render.h"
#include "cli/views/secret_view.h"
#include "core/api/command_wording.h"
#include "core/rules/incoming_rules.h"
#include "core/setup/incoming_webhooks.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Rotate final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Generates a new signing secret and prints it once. Until the overlap ends, deliveries "
        "carry the signatures of both secrets, so you can update the receiver without failures. If "
        "a secret has leaked, use --overlap 0s: the old one is invalid at once.");
    flags.about(
        "An incoming webhook gets a new URL; the old one works until the overlap ends. With "
        "--secret-file the sender's secret is replaced instead.");
    flags.example("thig-hooks rotate crm --secret-out crm.secret",
                  "Generate a new secret; the old one also signs for another day");
    flags.example("thig-hooks rotate crm --overlap 0s", "Replace a leaked secret");
    flags.positional("WEBHOOK", name_, "Webhook name or id");
    flags.duration("--overlap", draft_.overlap, "How long the old secret (or URL) remains valid");
    secret_.declare(flags);
    output_.declare(flags, "--print-secret", "the secret (or the new URL)");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(secret, read_secret(context, secret_));
    const bool given = secret.has_value();
    draft_.secret = std::move(secret);
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY_ASSIGN(found, find_any_webhook(store->config(), store->incoming(), name_));
    THIG_TRY(output_.prepare(context));
    if (std::holds_alternative<IncomingHook>(found)) {
      return rotate_incoming(context, *store, std::move(actor));
    }
    Webhooks webhooks(store->config(), context.clock(), context.random(), std::move(actor));
    THIG_TRY_ASSIGN(rotated, webhooks.rotate(name_, draft_));
    THIG_TRY(write_new_secret(
        context, rotated.endpoint, rotated.secret, output_, ChangeResult::changed,
        [&](JsonWriter& json) { write_time(json, "oldUntil", rotated.old_until); }));
    context.note(rotated.old_until
                     ? fmt::format("rotated the secret of {}; the old one remains valid until {}",
                                   rotated.endpoint.name, format_rfc3339(*rotated.old_until))
                     : fmt::format("rotated the secret of {}; the old one is no longer valid",
                                   rotated.endpoint.name));
    for (const Remark& note : rotated.notes) {
      context.note("note: " + command_wording().text(note));
    }
    if (!given) tell_to_store_secret(context, rotated.endpoint, output_);
    return ExitCode::done;
  }

 private:
  Result<ExitCode> rotate_incoming(Context& context, Store& store, Member actor) {
    THIG_TRY_ASSIGN(base, public_url_of(store.config(), std::nullopt));
    IncomingWebhooks webhooks(store.config(), store.incoming(), context.clock(), context.random(),
                              std::move(actor));
    THIG_TRY_ASSIGN(rotated, webhooks.rotate(name_, draft_));
    const bool of_url = !rotated.token.empty();
    if (of_url) {
      THIG_TRY(write_new_url(context, rotated.hook, incoming_url(base, rotated.token), output_,
                             ChangeResult::changed));
    } else {
      // It was given, and is what the file is for.
      if (output_.file()) THIG_TRY(output_.write(context, *draft_.secret));
      print_if_json(context, rotated.hook, ChangeResult::changed);
    }
    const std::string what = of_url ? "URL" : "secret";
    context.note(rotated.old_until
                     ? fmt::format("{} has a new {}; the old one remains valid until {}",
                                   rotated.hook.name, what, format_rfc3339(*rotated.old_until))
                     : fmt::format("{} has a new {}; the old one is no longer valid",
                                   rotated.hook.name, what));
    return ExitCode::done;
  }

  std::string name_;
  RotationDraft draft_;
  SecretFlags secret_;
  SecretOutput output_;
};

}  // namespace

std::unique_ptr<Command> make_rotate() {
  return std::make_unique<Rotate>();
}

}  // namespace thig
