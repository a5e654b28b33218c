#include "cli/views/webhook_view.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {

namespace {

template <class View, class Webhook>
std::vector<View> put_beside(std::vector<Webhook> endpoints, std::vector<EndpointStats> stats) {
  std::vector<View> views;
  views.reserve(endpoints.size());
  for (Webhook& endpoint : endpoints) {
    const auto found = std::ranges::lower_bound(stats, endpoint.id, {}, &EndpointStats::id);
    View& view = views.emplace_back();
    if (found != stats.end() && found->id == endpoint.id) view.stats = std::move(*found);
    view.endpoint = std::move(endpoint);
  }
  return views;
}

}  // namespace

std::vector<WebhookView> with_figures(std::vector<Endpoint> endpoints,
                                      std::vector<EndpointStats> stats) {
  return put_beside<WebhookView>(std::move(endpoints), std::move(stats));
}

std::vector<SummaryView> with_figures(std::vector<EndpointSummary> endpoints,
                                      std::vector<EndpointStats> stats) {
  return put_beside<SummaryView>(std::move(endpoints), std::move(stats));
}

void write_webhook(JsonWriter& json, const Endpoint& endpoint, SecretParts parts) {
  json.key("id").text(to_text(endpoint.id));
  write_settings(json, endpoint, parts);
  json.key("isActive").boolean(endpoint.state == EndpointState::enabled);
  json.key("state").text(to_text(endpoint.state));
  write_time(json, "stateSince", endpoint.state_since);
  json.key("disabledBy");
  endpoint.disabled_by == DisabledBy::nobody ? json.null()
                                             : json.text(to_text(endpoint.disabled_by));
  write_text_or_null(json, "reason", endpoint.state_reason);
  write_time(json, "createdAt", endpoint.created_at);
  write_time(json, "updatedAt", endpoint.updated_at);
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
  json.key("cancelled").number(stats.cancelled);
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
