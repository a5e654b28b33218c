#include "cli/commands/all.h"
#include "cli/incoming_view.h"
#include "cli/input.h"
#include "core/incoming/incoming_webhooks.h"
#include "core/rules/incoming_rules.h"
#include "core/rules/request_values.h"
#include "core/rules/scheme.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

const std::vector<std::string> action_words = {"create-project", "add-note", "emit", "run"};

class AddIncoming final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Makes a URL that nobody can guess, for an outside service to send to. What comes is "
        "recorded, answered, and then acted upon. The URL is printed once on standard output; "
        "`thig-hooks serve-incoming` serves it.");
    flags.example(
        "thig-hooks add incoming issues --action create-project --scheme github --secret-file "
        "gh.secret --set name=/issue/title --when /action=opened",
        "Make a project of each issue that is opened on GitHub");
    flags.example(
        "thig-hooks add incoming paid --action emit --event billing.payment_failed "
        "--scheme stripe --secret-file s",
        "Turn what Stripe sends into an event");
    flags.example("thig-hooks add incoming deploy --action run --command /usr/local/bin/deploy",
                  "Run a command, with the body on its standard input");
    flags.positional("NAME", hook_.name, "What the webhook is called here");
    auto& action = flags.custom("--action", "ACTION", "What is done with each request",
                                [this](const std::string& text) -> Status {
                                  const auto kind = parse_action_kind(text);
                                  if (!kind)
                                    return std::unexpected(not_a_choice(text, action_words));
                                  hook_.action.kind = *kind;
                                  return {};
                                });
    action.choices = action_words;
    action.required = true;
    declare_action(flags);
    declare_sender(flags);
    flags.text("--description", "TEXT", hook_.description, "A note for people");
    flags.toggle("--inactive", inactive_, "Add it disabled; `thig-hooks enable` starts it");
    flags.text("--public-url", "URL", public_url_,
               "Where the outside reaches serve-incoming; kept for later");
    flags.toggle("--print-url", print_url_, "Write the URL, and nothing else, to standard output");
  }

  Result<ExitCode> run(Context& context) override {
    if (print_url_ && context.json()) {
      return fail(ErrorCode::usage, "--print-url and --json exclude each other",
                  "the JSON document has the URL in it");
    }
    THIG_TRY(join_defaults());
    IncomingDraft draft{.settings = hook_, .secret = {}};
    draft.settings.enabled = !inactive_;
    // The environment's secret is for whatever needs one.
    if (!hook_.scheme.empty() || secret_.value || secret_.file) {
      THIG_TRY_ASSIGN(secret, read_secret(context, secret_));
      draft.secret = std::move(secret);
    }
    THIG_TRY_ASSIGN(store, context.store(StoreUse::create));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    IncomingWebhooks webhooks(*store, context.clock(), context.random(), std::move(actor));
    THIG_TRY_ASSIGN(base, public_url_of(*store, public_url_));
    THIG_TRY_ASSIGN(added, webhooks.add(draft));
    if (public_url_) THIG_TRY(store->put_setting(public_url_setting, base));
    context.ring();
    write_new_url(context, added.hook, incoming_url(base, added.token), print_url_);
    tell(context, added.hook);
    return ExitCode::done;
  }

 private:
  void declare_action(Flags& flags) {
    auto& set = flags.custom("--set", "FIELD=FROM",
                             "A field of what is made, from /a/json/pointer, header:NAME, "
                             "query:NAME or literal:TEXT",
                             [this](const std::string& text) -> Status {
                               THIG_TRY_ASSIGN(rule, parse_field_rule(text));
                               hook_.action.fields.push_back(std::move(rule));
                               return {};
                             });
    set.repeated = true;
    flags.texts("--default", "FIELD=TEXT", defaults_,
                "The field's value where the request has none");
    auto& when = flags.custom("--when", "FROM=TEXT",
                              "Only if this holds: FROM=TEXT, or FROM~REGEX; all must",
                              [this](const std::string& text) -> Status {
                                THIG_TRY_ASSIGN(condition, parse_condition(text));
                                hook_.action.conditions.push_back(std::move(condition));
                                return {};
                              });
    when.repeated = true;
    flags.text("--event", "TYPE", hook_.action.event_type,
               "The type of the event, for the action emit");
    flags.texts("--command", "PATH", hook_.action.command,
                "The program's absolute path, for the action run; again for each argument");
    flags.text("--directory", "DIR", hook_.action.directory,
               "Where the command runs; / by default");
    flags.duration("--timeout", hook_.action.timeout, "How long the command may take");
    flags.number("--max-parallel", "N", hook_.action.max_parallel, 1, 16,
                 "So many commands at the same time");
  }

  void declare_sender(Flags& flags) {
    flags
        .choice("--scheme", "NAME", scheme_names(), hook_.scheme,
                "Who signs what is sent, and so how")
        .fallback = "nothing beyond the URL is checked";
    secret_.declare(flags);
    flags.text("--verify-token", "TEXT", hook_.verify_token, "What the handshake of meta must say");
    flags.list("--allow-from", "CIDR", hook_.allowed_addresses,
               "Take requests from these addresses only");
    flags.list("--accept", "TYPE", hook_.content_types,
               "Take these content types only; JSON and forms by default");
    flags.number("--max-body", "KIB", max_body_kib_, 1, 25 << 10, "The largest body");
    flags.number("--rate", "N", rate_, 0, 10'000, "Requests a second, at most; 0 for no limit");
  }

  Status join_defaults() {
    hook_.max_body = static_cast<std::size_t>(max_body_kib_) << 10;
    hook_.rate = rate_;
    for (const std::string& text : defaults_) {
      const auto equals = text.find('=');
      const std::string field = text.substr(0, equals);
      const auto rule = std::ranges::find(hook_.action.fields, field, &FieldRule::field);
      if (equals == text.npos || rule == hook_.action.fields.end()) {
        return fail(ErrorCode::usage,
                    fmt::format("--default: \"{}\" is for no field of --set", text),
                    "write it FIELD=TEXT, beside --set FIELD=FROM");
      }
      rule->fallback = text.substr(equals + 1);
    }
    return {};
  }

  static void tell(Context& context, const IncomingHook& hook) {
    context.note(fmt::format("added incoming webhook {} ({}): {}", hook.name, to_text(hook.id),
                             describe_action(hook.action)));
    context.note(fmt::format(
        "give the URL to the sender now; later only Owners and Admins see it: thig-hooks show {} "
        "--reveal-secret",
        to_text(hook.id)));
    if (hook.scheme.empty()) {
      context.note("whoever knows the URL can send: --scheme checks signatures as well");
    }
  }

  IncomingHook hook_;
  SecretFlags secret_;
  std::vector<std::string> defaults_;
  std::optional<std::string> public_url_;
  int max_body_kib_ = 1024;
  int rate_ = 0;
  bool inactive_ = false;
  bool print_url_ = false;
};

}  // namespace

std::unique_ptr<Command> make_add_incoming() {
  return std::make_unique<AddIncoming>();
}

}  // namespace thig
