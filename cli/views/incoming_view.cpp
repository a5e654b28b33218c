#include "cli/views/incoming_view.h"

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

void write_incoming(JsonWriter& json, const IncomingHook& hook) {
  json.key("id").text(to_text(hook.id));
  write_settings(json, hook, SecretParts::hidden);
  json.key("isActive").boolean(hook.enabled);
  write_time(json, "createdAt", hook.created_at);
  write_time(json, "updatedAt", hook.updated_at);
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
  detail.add("verified as", hook.scheme.empty() ? "nothing beyond its URL" : hook.scheme);
  for (const std::string& range : hook.allowed_addresses) detail.add("allowed from", range);
  for (const std::string& type : hook.content_types) detail.add("accepts", type);
  detail.add("largest body", fmt::format("{} bytes", hook.max_body));
  detail.add("dedupe", hook.dedupe > Millis{0} ? format_duration(hook.dedupe) : "off");
  if (hook.rate > 0) detail.add("rate", fmt::format("{:g}/s", hook.rate));
  detail.add("created", hook.created_at);
}

void print_if_json(Context& context, const IncomingHook& hook) {
  if (!context.json()) return;
  JsonWriter json;
  json.begin_object();
  write_incoming(json, hook);
  context.out().line(json.end_object().take());
}

Result<ExitCode> set_incoming_enabled(Context& context, Store& store, Member actor,
                                      const IncomingHook& before, bool enabled) {
  IncomingWebhooks webhooks(store.config(), store.incoming(), context.clock(), context.random(),
                            std::move(actor));
  THIG_TRY_ASSIGN(hook, webhooks.set_enabled(to_text(before.id), enabled));
  print_if_json(context, hook);
  const bool was = before.enabled == enabled;
  context.note(fmt::format("{} {} {}{}", hook.name, was ? "was" : "is",
                           enabled ? "enabled" : "disabled", was ? " already" : ""));
  return ExitCode::done;
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

void write_request(JsonWriter& json, const IncomingRequest& request, const std::string& webhook) {
  json.key("id").text(to_text(request.id)).key("webhook").text(webhook);
  json.key("webhookId").text(to_text(request.hook));
  write_time(json, "receivedAt", request.received_at);
  json.key("peer").text(request.peer).key("state").text(to_text(request.state));
  write_text_or_null(json, "detail", request.detail);
  write_time(json, "endedAt", request.ended_at);
  json.key("runs").number(std::int64_t{request.runs});
  write_text_or_null(json, "contentType", request.content_type);
  write_text_or_null(json, "deliveryId", request.delivery_id);
  json.key("bodyBytes").number(static_cast<std::int64_t>(request.body_size));
}

Status write_new_url(Context& context, const IncomingHook& hook, const std::string& url,
                     SecretOutput& output, const std::function<void(JsonWriter&)>& more) {
  THIG_TRY(output.write(context, url));
  if (output.printed_alone()) return {};
  const SecretFile* file = output.file();
  if (context.json()) {
    JsonWriter json;
    json.begin_object();
    write_incoming(json, hook);
    file ? json.key("urlFile").text(file->file()) : json.key("url").text(url);
    if (more) more(json);
    context.out().line(json.end_object().take());
    return {};
  }
  Table table({{.header = "NAME"}, {.header = "ID"}, {.header = file ? "URL FILE" : "URL"}});
  table.row({{.text = hook.name}, {.text = to_text(hook.id)}, {.text = file ? file->file() : url}});
  // Whole, however narrow the terminal: a cut URL is of no use.
  print_table(context, table, Fit::whole);
  return {};
}

}  // namespace thig
