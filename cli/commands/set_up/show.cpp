#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/views/detail.h"
#include "cli/views/incoming_view.h"
#include "cli/views/webhook_view.h"
#include "core/api/webhook_query.h"
#include "core/rules/request_values.h"
#include "core/rules/retry_schedule.h"
#include "core/setup/incoming_webhooks.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Show final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.example("thig-hooks show crm", "Show a webhook's settings and statistics");
    flags.example("thig-hooks show crm --reveal-secret --json | jq -r '.secrets[0].secret'",
                  "Print its signing secret");
    flags.positional("WEBHOOK", name_, "Webhook name or id");
    flags.toggle("--reveal-secret", reveal_,
                 "Show secrets and the values of extra headers; for Owners and Admins, and "
                 "recorded in `thig-hooks audit`");
  }

  Result<ExitCode> run(Context& context) override {
    // What is revealed is noted.
    THIG_TRY_ASSIGN(store, context.store(reveal_ ? StoreUse::write : StoreUse::read));
    THIG_TRY_ASSIGN(found, find_any_webhook(store->config(), store->incoming(), name_));
    std::optional<Operator> revealing;
    if (reveal_) {
      THIG_TRY_ASSIGN(by, context.by(*store));
      revealing.emplace(std::move(by));
    }
    if (const auto* hook = std::get_if<IncomingHook>(&found)) {
      THIG_TRY_ASSIGN(details, read_incoming_webhook(*store, *hook, revealing));
      if (context.json()) {
        context.out().line(incoming_document(details));
      } else {
        write_incoming_text(context, details);
      }
      return ExitCode::done;
    }
    THIG_TRY_ASSIGN(details, read_webhook(*store, std::move(std::get<Endpoint>(found)),
                                          context.now(), revealing));
    if (context.json()) {
      context.out().line(webhook_document(details.view,
                                          details.secrets ? &*details.secrets : nullptr,
                                          details.parts, context.now()));
    } else {
      write_text(context, details.view, details.secrets);
    }
    return ExitCode::done;
  }

 private:
  void write_incoming_text(Context& context, const IncomingDetails& details) const {
    Detail detail(context.for_eyes(), context.out_colour(), context.now());
    add_incoming(detail, details.hook);
    if (!reveal_) detail.add("url", details.url("…"));
    for (const Secret& token : details.tokens) {
      detail.add(token.expires_at ? "old URL" : "url", details.url(token.text));
      if (token.expires_at) detail.add("old URL ends", *token.expires_at);
    }
    for (const Secret& secret : details.secrets) {
      detail.add(secret.expires_at ? "old secret" : "secret", secret.text);
    }
    context.out().write(detail.take());
  }

  void write_text(Context& context, const WebhookView& view,
                  const Result<std::vector<Secret>>& secrets) const {
    const Time now = context.now();
    Detail detail(context.for_eyes(), context.out_colour(), now);
    add_settings(detail, view.endpoint);
    add_secrets(detail, secrets);
    const WebhookStatus status = status_of(view, now);
    detail.add("state", state_cell(status));
    if (status == WebhookStatus::paused) detail.add("paused until", *view.health->paused_until);
    if (view.endpoint.state == EndpointState::disabled) {
      detail.add("disabled since", view.endpoint.state_since);
      detail.add_sentence("reason", view.endpoint.state_reason);
    }
    add_figures(detail, view.stats);
    if (const auto next = next_attempt(view)) detail.add("next attempt", *next);
    detail.add("created", view.endpoint.created_at);
    context.out().write(detail.take());
  }

  void add_settings(Detail& detail, const Endpoint& endpoint) const {
    detail.add("name", endpoint.name);
    detail.add("id", to_text(endpoint.id));
    detail.add("url", endpoint.url);
    detail.add("description", endpoint.description);
    detail.add("events", join(endpoint.events, ", "));
    for (const Condition& condition : endpoint.conditions) {
      detail.add("  when", to_text(condition));
    }
    detail.add("signature", std::string(to_text(endpoint.signature)));
    detail.add("signature header", endpoint.signature_header);
    for (const Header& header : endpoint.headers) {
      detail.add("header", header.name + ": " + (reveal_ ? header.value : "(hidden)"));
    }
    detail.add("retry", format_retry_schedule(endpoint.retry));
    detail.add("timeout", format_duration(endpoint.timeout));
    detail.add("max in flight", std::to_string(endpoint.max_in_flight));
    if (endpoint.rate > 0) detail.add("rate", fmt::format("{:g}/s", endpoint.rate));
    detail.add("private addresses", endpoint.allow_private ? "allowed" : "refused");
    detail.add("CA file", endpoint.ca_file);
    detail.add("client certificate", endpoint.client_cert);
    detail.add("client key", endpoint.client_key);
  }

  void add_secrets(Detail& detail, const Result<std::vector<Secret>>& secrets) const {
    if (!secrets) {
      detail.add("secret", Cell{"cannot be read: " + secrets.error().text, Style::bad, {}, {}});
      return;
    }
    for (const Secret& secret : *secrets) {
      detail.add(secret.expires_at ? "old secret" : "secret",
                 reveal_ ? secret.text : masked_secret(secret.text));
      if (secret.expires_at) detail.add("old secret ends", *secret.expires_at);
    }
  }

  static void add_figures(Detail& detail, const EndpointStats& stats) {
    detail.add("success rate", format_rate(stats.success_rate()));
    if (stats.last_attempt_at) {
      detail.add("last delivery", *stats.last_attempt_at);
      detail.add("last status", stats.last_outcome);
    }
    detail.add("attempts", std::to_string(stats.attempts()));
    detail.add("pending", std::to_string(stats.pending));
    detail.add("delivered", std::to_string(stats.delivered));
    detail.add("dead", std::to_string(stats.dead));
    detail.add("missed", std::to_string(stats.missed));
    if (stats.failing_since) detail.add("failing since", *stats.failing_since);
  }

  std::string name_;
  bool reveal_ = false;
};

}  // namespace

std::unique_ptr<Command> make_show() {
  return std::make_unique<Show>();
}

}  // namespace thig
