#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/files/input.h"
#include "cli/flags/outgoing_flags.h"
#include "cli/views/secret_view.h"
#include "cli/views/webhook_view.h"
#include "core/api/command_wording.h"
#include "core/rules/retry_schedule.h"
#include "core/setup/webhooks.h"

#include <fmt/format.h>

namespace thig {
namespace {

class AddOutgoing final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Subscribes an HTTPS endpoint to event types: from now on, matching events are sent to it "
        "as signed POST requests. A signing secret is generated, printed once on standard output, "
        "and stored encrypted.");
    flags.about(
        "--when limits this to events whose body matches; it is written as for incoming webhooks. "
        "The JSON pointer (RFC 6901) is into the body of the delivery, "
        "{\"id\":…,\"event\":…,\"timestamp\":…,\"data\":…}: /event is the event type, /data/status "
        "a "
        "value in the data. /id and /timestamp are refused: an event gets them when it is "
        "recorded. "
        "A value that is null or missing equals only null, so it meets != and !~, and no other "
        "condition. A value over 4 KiB matches no regular expression, negated or not; of several "
        "members with the same name the first counts. Each event is recorded, also if no webhook "
        "gets it; `thig-hooks deliveries explain` says which condition was not met.");
    flags.example("thig-hooks add outgoing crm https://crm.example.com/hooks --event 'project.*'",
                  "Send all project events");
    flags.example(
        "thig-hooks add outgoing prds https://prds.example.com/ --event 'prd.*' --when "
        "/data/status=FINAL",
        "Send only the events whose data has this status");
    flags.example(
        "thig-hooks add outgoing bill https://b.example.com/ --event billing.payment_failed "
        "--secret-out bill.secret",
        "Write the new secret to a file only");
    flags.example(
        "thig-hooks add outgoing crm https://crm.example.com/hooks --event '*' --if-absent "
        "--secret-out crm.secret",
        "Use it in a script that may run more than once");
    flags.example(
        "thig-hooks add outgoing local https://127.0.0.1:8443/ --event '*' --allow-private "
        "--ca-file ca.pem",
        "Send everything to a receiver on this machine (see `thig-hooks listen`)");
    flags.positional("NAME", draft_.settings.name, "Name of the webhook");
    flags.positional("URL", draft_.settings.url, "Endpoint URL; HTTPS only");
    settings_.declare_events(flags).required = true;
    settings_.declare_conditions(flags);
    settings_.declare_description(flags);
    secret_.declare(flags);
    settings_.declare_request(flags);
    settings_.declare_pace(flags);
    settings_.declare_network(flags);
    flags.toggle("--inactive", inactive_, "Add it disabled; `thig-hooks enable` enables it");
    flags.toggle("--if-absent", if_absent_,
                 "Change nothing and succeed if a webhook with this name exists");
    output_.declare(flags, "--print-secret", "the secret");
  }

  Result<ExitCode> run(Context& context) override {
    draft_.settings.retry = default_retry_schedule();
    THIG_TRY(settings_.apply(draft_.settings));
    THIG_TRY_ASSIGN(secret, read_secret(context, secret_));
    const bool given = secret.has_value();
    draft_.secret = std::move(secret);
    draft_.signature = settings_.signature();
    draft_.active = !inactive_;
    THIG_TRY_ASSIGN(store, context.store(StoreUse::create));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    Webhooks webhooks(store->config(), context.clock(), context.random(), std::move(actor));
    THIG_TRY(webhooks.check_allowed());
    THIG_TRY(output_.prepare(context));
    if (if_absent_) {
      THIG_TRY_ASSIGN(there, is_there(context, *store, webhooks));
      if (there) return ExitCode::done;
    }
    THIG_TRY_ASSIGN(added, webhooks.add(draft_));
    THIG_TRY(
        write_new_secret(context, added.endpoint, added.secret, output_, ChangeResult::created));
    tell(context, added, given);
    return ExitCode::done;
  }

 private:
  // What differs from what was asked for is said, but is not for this command to change.
  Result<bool> is_there(Context& context, Store& store, Webhooks& webhooks) {
    const auto found = store.config().find_endpoint(draft_.settings.name);
    THIG_TRY_ASSIGN(
        there,
        answer_if_there(context, found, output_, [&](const std::string& id) -> Result<std::string> {
          THIG_TRY_ASSIGN(revealed, webhooks.reveal(id));
          if (!revealed.secrets.empty()) {
            return revealed.secrets.front().text;
          }
          return fail(ErrorCode::key, "the webhook has no secret");
        }));
    if (!there) return false;
    if (found->url != draft_.settings.url || found->events != draft_.settings.events ||
        found->conditions != draft_.settings.conditions) {
      context.warn(fmt::format(
          "it has another URL, other events or other conditions; to change it: thig-hooks edit {}",
          to_text(found->id)));
    }
    return true;
  }

  void tell(Context& context, const AddedWebhook& added, bool given) {
    context.note(fmt::format("added webhook {} ({}) for {} to {}", added.endpoint.name,
                             to_text(added.endpoint.id), join(added.endpoint.events, ", "),
                             added.endpoint.url));
    for (const Remark& note : added.notes) {
      context.note("note: " + command_wording().text(note));
    }
    if (!given) tell_to_store_secret(context, added.endpoint, output_);
  }

  WebhookDraft draft_;
  OutgoingFlags settings_;
  SecretFlags secret_;
  bool if_absent_ = false;
  bool inactive_ = false;
  SecretOutput output_;
};

}  // namespace

std::unique_ptr<Command> make_add_outgoing() {
  return std::make_unique<AddOutgoing>();
}

}  // namespace thig
