#include "cli/views/incoming_view.h"

#include "core/documents/json_members.h"
#include "core/rules/request_values.h"
#include "core/setup/incoming_webhooks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
std::string describe_action(const IncomingAction& action) {
  switch (action.kind) {
    case ActionKind::emit:
      return "emit " + action.event_type;
    case ActionKind::run:
      return fmt::format("run {}", fmt::join(action.command, " "));
    default:
      return std::string(to_text(action.kind));
  }
}

void add_incoming(Detail& detail, const IncomingHook& hook) {
  detail.add("name", hook.name);
  detail.add("id", to_text(hook.id));
  detail.add("description", hook.description);
  detail.add("state", Cell{.text = hook.enabled ? "enabled" : "disabled",
                           .style = hook.enabled ? Style::good : Style::bad});
  detail.add("action", describe_action(hook.action));
  for (const FieldRule& rule : hook.action.fields) {
    detail.add("  set", to_text(rule) + (rule.fallback ? ", else " + *rule.fallback : ""));
  }
  for (const Condition& condition : hook.action.conditions) {
    detail.add("  when", to_text(condition));
  }
  detail.add("verified as",
             hook.scheme.empty() ? "no signature: anyone who knows the URL" : hook.scheme);
  for (const std::string& range : hook.allowed_addresses) detail.add("allowed from", range);
  for (const std::string& type : hook.content_types) detail.add("accepts", type);
  detail.add("maximum body size", fmt::format("{} bytes", hook.max_body));
  detail.add("dedupe", hook.dedupe > Millis{0} ? format_duration(hook.dedupe) : "off");
  if (hook.rate > 0) detail.add("rate", fmt::format("{:g}/s", hook.rate));
  detail.add("created", hook.created_at);
}

void print_if_json(Context& context, const IncomingHook& hook, ChangeResult result) {
  if (context.json()) context.out().line(incoming_document(hook, result));
}

Style style_of(RequestState state) {
  switch (state) {
    case RequestState::done:
      return Style::good;
    case RequestState::failed:
    case RequestState::rejected:
      return Style::bad;
    case RequestState::pending:
      return Style::warn;
    default:
      return Style::dim;
  }
}

Status write_new_url(Context& context, const IncomingHook& hook, const std::string& url,
                     SecretOutput& output, ChangeResult result,
                     const std::function<void(JsonWriter&)>& more) {
  return write_once(context,
                    {.kind = "url",
                     .secret = url,
                     .name = hook.name,
                     .id = to_text(hook.id),
                     .result = result,
                     .write_webhook = [&](JsonWriter& json) { write_incoming(json, hook); },
                     .write_more = more},
                    output);
}

}  // namespace thig
