#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/files/input.h"
#include "cli/flags/incoming_flags.h"
#include "cli/views/incoming_view.h"
#include "cli/views/secret_view.h"
#include "core/api/words.h"
#include "core/rules/generic_scheme.h"
#include "core/rules/incoming_rules.h"
#include "core/setup/incoming_webhooks.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

const std::vector<std::string> action_words = {"create-project", "add-note", "emit", "run"};

class AddIncoming final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Creates a secret URL for another service to send requests to. Requests are recorded, "
        "answered, and then processed by the action. The URL is printed once on standard output; "
        "`thig-hooks serve-incoming` serves it.");
    flags.example(
        "thig-hooks add incoming issues --action create-project --scheme github --secret-file "
        "gh.secret --set name=/issue/title --when /action=opened",
        "Create a project for each issue that is opened on GitHub");
    flags.example(
        "thig-hooks add incoming paid --action emit --event billing.payment_failed "
        "--scheme stripe --secret-file s",
        "Turn Stripe webhooks into events");
    flags.example("thig-hooks add incoming deploy --action run --command /usr/local/bin/deploy",
                  "Run a command, with the body on its standard input");
    flags.positional("NAME", hook_.name, "Name of the webhook");
    auto& action = flags.custom("--action", "ACTION", "What to do with each request",
                                [this](const std::string& text) -> Status {
                                  const auto kind = parse_action_kind(text);
                                  if (!kind)
                                    return std::unexpected(not_a_choice(text, action_words));
                                  hook_.action.kind = *kind;
                                  return {};
                                });
    action.choices = action_words;
    action.required = true;
    settings_.declare_action(flags);
    settings_.declare_sender(flags);
    secret_.declare(flags);
    settings_.declare_description(flags);
    flags.toggle("--inactive", inactive_, "Add it disabled; `thig-hooks enable` enables it");
    flags
        .text("--public-url", "URL", public_url_,
              "Public base URL of serve-incoming; saved for later")
        .config = "incoming.publicUrl";
    flags.toggle("--if-absent", if_absent_,
                 "Change nothing and succeed if a webhook with this name exists");
    output_.declare(flags, "--print-url", "the URL");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(settings_.apply(hook_));
    IncomingDraft draft{.settings = hook_, .secret = {}};
    draft.settings.enabled = !inactive_;
    // The environment's secret is for whatever needs one.
    if (!hook_.scheme.empty() || secret_.value || secret_.file) {
      THIG_TRY_ASSIGN(secret, read_secret(context, secret_));
      draft.secret = std::move(secret);
    }
    THIG_TRY_ASSIGN(store, context.store(StoreUse::create));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    IncomingWebhooks webhooks(store->config(), store->incoming(), context.clock(), context.random(),
                              actor);
    THIG_TRY(webhooks.check_allowed());
    THIG_TRY(output_.prepare(context));
    THIG_TRY_ASSIGN(base, public_url_of(store->config(), public_url_));
    if (if_absent_) {
      THIG_TRY_ASSIGN(there, is_there(context, *store, webhooks, base));
      if (there) return ExitCode::done;
    }
    THIG_TRY_ASSIGN(added, webhooks.add(draft));
    if (public_url_) THIG_TRY(keep_public_url(store->config(), actor, base, context.now()));
    const std::vector<std::string> notices = notices_on(added.hook);
    const auto add_notices = [&](JsonWriter& json) {
      json.key("notices").begin_array();
      for (const std::string& notice : notices) json.text(notice);
      json.end_array();
    };
    THIG_TRY(write_new_url(context, added.hook, incoming_url(base, added.token), output_,
                           ChangeResult::created, add_notices));
    tell(context, added.hook);
    for (const std::string& notice : notices) context.note(notice);
    return ExitCode::done;
  }

 private:
  Result<bool> is_there(Context& context, Store& store, IncomingWebhooks& webhooks,
                        const std::string& base) {
    return answer_if_there(context, store.incoming().find(hook_.name), output_,
                           [&](const std::string& id) -> Result<std::string> {
                             THIG_TRY_ASSIGN(revealed, webhooks.reveal(id));
                             if (!revealed.tokens.empty()) {
                               return incoming_url(base, revealed.tokens.front().text);
                             }
                             return fail(ErrorCode::key, "the webhook has no URL");
                           });
  }

  void tell(Context& context, const IncomingHook& hook) {
    context.note(fmt::format("added incoming webhook {} ({}): {}", hook.name, to_text(hook.id),
                             describe_action(hook.action)));
    if (const SecretFile* file = output_.file()) {
      context.note(fmt::format("its URL is in {}", file->file()));
    }
    context.note(
        fmt::format("give this URL to the sender now; later only Owners and Admins can see it: "
                    "thig-hooks show {} --reveal-secret",
                    to_text(hook.id)));
  }

  // What may not be expected of what was set up.
  static std::vector<std::string> notices_on(const IncomingHook& hook) {
    std::vector<std::string> notices;
    if (hook.scheme.empty()) {
      notices.emplace_back(
          "anyone who knows the URL can send: use --scheme to verify signatures too");
    }
    if (std::string text = repetitions(hook); !text.empty()) notices.push_back(std::move(text));
    return notices;
  }

  // What of a sender's messages is taken for a repetition although their ids differ.
  static std::string repetitions(const IncomingHook& hook) {
    std::shared_ptr<const Scheme> own;
    const auto schemes = schemes_of(hook.scheme, own);
    const bool by_id =
        std::ranges::any_of(schemes, [](const Scheme* one) { return signs_delivery_id(*one); });
    if (hook.dedupe == Millis{0} || by_id) return {};
    std::string text =
        fmt::format("{} body again within {} is treated as a duplicate and not processed",
                    schemes.empty() ? "the same" : "this sender signs no message ids: the same",
                    format_duration(hook.dedupe));
    if (hook.scheme == "github") {
      text +=
          ", except for workflow_dispatch and repository_dispatch, which are deduplicated by "
          "delivery id";
    }
    return text + "; --dedupe 0s processes every request";
  }

  IncomingHook hook_;
  SecretFlags secret_;
  IncomingFlags settings_;
  std::optional<std::string> public_url_;
  bool inactive_ = false;
  bool if_absent_ = false;
  SecretOutput output_;
};

}  // namespace

std::unique_ptr<Command> make_add_incoming() {
  return std::make_unique<AddIncoming>();
}

}  // namespace thig
