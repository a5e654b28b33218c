#include "core/documents/settings_json.h"

#include "core/documents/json_members.h"
#include "core/rules/request_values.h"
#include "core/rules/retry_schedule.h"

#include <algorithm>

namespace thig {
namespace {

constexpr std::string_view hidden = "(hidden)";
constexpr std::string_view hidden_and_new = "(hidden, changed)";

void write_headers(JsonWriter& json, const std::vector<Header>& headers, SecretParts parts) {
  json.key("headers").begin_array();
  for (const Header& header : headers) {
    const bool shown = parts == SecretParts::shown;
    write_header(json, header.name,
                 shown ? std::optional<std::string_view>(header.value) : std::nullopt);
  }
  json.end_array();
}

void write_conditions(JsonWriter& json, const std::vector<Condition>& conditions) {
  json.key("when").begin_array();
  for (const Condition& condition : conditions) json.text(to_text(condition));
  json.end_array();
}

void write_action(JsonWriter& json, const IncomingAction& action) {
  json.key("action").begin_object().key("kind").text(to_text(action.kind));
  if (action.kind == ActionKind::emit) json.key("event").text(action.event_type);
  json.key("set").begin_array();
  for (const FieldRule& rule : action.fields) {
    json.begin_object().key("field").text(rule.field).key("from").text(to_text(rule.value));
    json.key("default");
    rule.fallback ? json.text(*rule.fallback) : json.null();
    json.end_object();
  }
  json.end_array();
  write_conditions(json, action.conditions);
  if (action.kind == ActionKind::run) {
    write_texts(json, "command", action.command);
    json.key("directory").text(action.directory.empty() ? "/" : action.directory);
    json.key("timeout").text(format_duration(action.timeout));
    json.key("maxParallel").number(std::int64_t{action.max_parallel});
  }
  json.end_object();
}

// What stands in the trail for what may be secret.
std::string_view masked(std::string_view value, std::string_view earlier) {
  if (value.empty()) return value;
  return value == earlier ? hidden : hidden_and_new;
}

Endpoint masked(Endpoint endpoint, const Endpoint& earlier) {
  for (Header& header : endpoint.headers) {
    const auto same = std::ranges::find(earlier.headers, header.name, &Header::name);
    const bool kept = same != earlier.headers.end() && same->value == header.value;
    header.value = kept ? hidden : hidden_and_new;
  }
  return endpoint;
}

IncomingHook masked(IncomingHook hook, const IncomingHook& earlier) {
  hook.verify_token = hook.verify_token_sealed
                          ? std::string(hidden)
                          : std::string(masked(hook.verify_token, earlier.verify_token));
  return hook;
}

template <class Webhook>
std::string whole(const Webhook* webhook, const Webhook* earlier) {
  if (webhook == nullptr) return {};
  JsonWriter json;
  json.begin_object();
  write_settings(json, masked(*webhook, earlier == nullptr ? *webhook : *earlier),
                 SecretParts::shown);
  return json.end_object().take();
}

}  // namespace

void write_settings(JsonWriter& json, const Endpoint& endpoint, SecretParts parts) {
  json.key("name").text(endpoint.name).key("url").text(endpoint.url);
  json.key("description").text(endpoint.description);
  write_texts(json, "events", endpoint.events);
  write_conditions(json, endpoint.conditions);
  json.key("signature").text(to_text(endpoint.signature));
  write_text_or_null(json, "signatureHeader", endpoint.signature_header);
  write_headers(json, endpoint.headers, parts);
  json.key("retry").text(format_retry_schedule(endpoint.retry));
  json.key("timeout").text(format_duration(endpoint.timeout));
  json.key("maxInFlight").number(std::int64_t{endpoint.max_in_flight}).key("rate");
  endpoint.rate > 0 ? json.number(endpoint.rate) : json.null();
  json.key("allowPrivate").boolean(endpoint.allow_private);
  write_text_or_null(json, "caFile", endpoint.ca_file);
  write_text_or_null(json, "clientCert", endpoint.client_cert);
  write_text_or_null(json, "clientKey", endpoint.client_key);
}

void write_settings(JsonWriter& json, const IncomingHook& hook, SecretParts parts) {
  json.key("name").text(hook.name).key("description").text(hook.description);
  write_action(json, hook.action);
  write_text_or_null(json, "scheme", hook.scheme);
  if (!hook.verify_token.empty() || hook.verify_token_sealed) {
    json.key("verifyToken");
    parts == SecretParts::shown ? json.text(hook.verify_token) : json.null();
  }
  write_texts(json, "allowedAddresses", hook.allowed_addresses);
  write_texts(json, "contentTypes", hook.content_types);
  json.key("maxBody").number(static_cast<std::int64_t>(hook.max_body)).key("rate");
  hook.rate > 0 ? json.number(hook.rate) : json.null();
  json.key("dedupe").text(format_duration(hook.dedupe));
}

JsonDifference settings_difference(const Endpoint* before, const Endpoint* after) {
  return json_difference(whole(before, before), whole(after, before));
}

JsonDifference settings_difference(const IncomingHook* before, const IncomingHook* after) {
  return json_difference(whole(before, before), whole(after, before));
}

}  // namespace thig
