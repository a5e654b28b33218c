#include "cli/webhook_view.h"

#include "core/rules/retry_schedule.h"

#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
std::vector<WebhookView> webhook_views(std::vector<Endpoint> endpoints,
                                       std::span<const EndpointStats> stats) {
  std::unordered_map<EndpointId, const EndpointStats*> by_id;
  for (const EndpointStats& figures : stats) by_id.emplace(figures.id, &figures);
  std::vector<WebhookView> views;
  views.reserve(endpoints.size());
  for (Endpoint& endpoint : endpoints) {
    WebhookView view{.endpoint = std::move(endpoint), .stats = {}};
    const auto found = by_id.find(view.endpoint.id);
    if (found != by_id.end()) view.stats = *found->second;
    views.push_back(std::move(view));
  }
  return views;
}

void write_webhook(JsonWriter& json, const Endpoint& endpoint, HeaderValues values) {
  json.key("name").text(endpoint.name);
  json.key("id").text(to_text(endpoint.id));
  json.key("url").text(endpoint.url);
  json.key("description").text(endpoint.description);
  write_texts(json, "events", endpoint.events);
  json.key("isActive").boolean(endpoint.state == EndpointState::enabled);
  json.key("state").text(to_text(endpoint.state));
  json.key("stateSince").text(format_rfc3339_millis(endpoint.state_since));
  json.key("disabledBy");
  if (endpoint.disabled_by == DisabledBy::nobody) {
    json.null();
  } else {
    json.text(to_text(endpoint.disabled_by));
  }
  write_text_or_null(json, "reason", endpoint.state_reason);
  json.key("signature").text(to_text(endpoint.signature));
  write_text_or_null(json, "signatureHeader", endpoint.signature_header);
  json.key("headers").begin_array();
  for (const Header& header : endpoint.headers) {
    json.begin_object().key("name").text(header.name).key("value");
    values == HeaderValues::shown ? json.text(header.value) : json.null();
    json.end_object();
  }
  json.end_array();
  json.key("retry").text(format_retry_schedule(endpoint.retry));
  json.key("timeout").text(format_duration(endpoint.timeout));
  json.key("maxInFlight").number(std::int64_t{endpoint.max_in_flight});
  json.key("rate");
  endpoint.rate > 0 ? json.number(endpoint.rate) : json.null();
  json.key("allowPrivate").boolean(endpoint.allow_private);
  write_text_or_null(json, "caFile", endpoint.ca_file);
  write_text_or_null(json, "clientCert", endpoint.client_cert);
  write_text_or_null(json, "clientKey", endpoint.client_key);
  json.key("createdAt").text(format_rfc3339_millis(endpoint.created_at));
  json.key("updatedAt").text(format_rfc3339_millis(endpoint.updated_at));
}

void print_if_json(Context& context, const Endpoint& endpoint) {
  if (!context.json()) return;
  JsonWriter json;
  json.begin_object();
  write_webhook(json, endpoint);
  json.end_object();
  context.out().line(json.take());
}

void write_figures(JsonWriter& json, const EndpointStats& stats) {
  json.key("successRate");
  const auto rate = stats.success_rate();
  rate ? json.number(*rate) : json.null();
  write_time(json, "lastDeliveryAt", stats.last_attempt_at);
  write_text_or_null(json, "lastOutcome", stats.last_outcome);
  json.key("totalDeliveries").number(stats.attempts());
  json.key("attempts").number(stats.attempts());
  json.key("attemptsFailed").number(stats.attempts_failed);
  json.key("pending").number(stats.pending);
  json.key("delivered").number(stats.delivered);
  json.key("dead").number(stats.dead);
  json.key("missed").number(stats.missed);
  write_time(json, "failingSince", stats.failing_since);
  write_time(json, "nextDue", stats.next_due);
}

Cell state_cell(const WebhookView& view) {
  const std::string state(to_text(view.endpoint.state));
  if (view.endpoint.state == EndpointState::disabled) return {state, Style::bad, {}, {}};
  if (view.stats.failing_since) return {"failing", Style::warn, {}, state};
  return {state, Style::good, {}, {}};
}

std::string describe_trouble(const WebhookView& view, Time now) {
  const Endpoint& endpoint = view.endpoint;
  if (endpoint.state == EndpointState::disabled) {
    return fmt::format("{}: {}", describe_relative(endpoint.state_since, now),
                       endpoint.state_reason);
  }
  if (view.stats.failing_since) {
    return fmt::format("failures began {}", describe_relative(*view.stats.failing_since, now));
  }
  return {};
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

}  // namespace thig
