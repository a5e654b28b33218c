#include "core/api/webhook_view.h"

#include "core/api/change_view.h"
#include "core/rules/secret.h"

#include <utility>

namespace thig {

namespace {

template <class View, class Webhook>
std::vector<View> put_beside(std::vector<Webhook> endpoints, std::vector<EndpointStats> stats) {
  const FiguresById figures(stats);
  std::vector<View> views;
  views.reserve(endpoints.size());
  for (Webhook& endpoint : endpoints) {
    View& view = views.emplace_back();
    if (EndpointStats* found = figures.find(endpoint.id)) view.stats = std::move(*found);
    view.endpoint = std::move(endpoint);
  }
  return views;
}

template <class View>
void write_status_of(JsonWriter& json, const View& view, Time now) {
  const WebhookStatus status = status_of(view, now);
  json.key("status").text(to_text(status));
  write_time(json, "pausedUntil",
             status == WebhookStatus::paused ? view.health->paused_until : std::nullopt);
}

void write_secrets(JsonWriter& json, const std::vector<Secret>& secrets, SecretParts parts) {
  json.begin_array();
  for (const Secret& secret : secrets) {
    json.begin_object().key("masked").text(masked_secret(secret.text));
    if (parts == SecretParts::shown) json.key("secret").text(secret.text);
    write_time(json, "createdAt", secret.created_at);
    write_time(json, "expiresAt", secret.expires_at);
    json.end_object();
  }
  json.end_array();
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

WebhookStatus status_of(const WebhookView& view, Time now) {
  return status_of(view.endpoint.state, view.health ? &*view.health : nullptr, now);
}

WebhookStatus status_of(const SummaryView& view, Time now) {
  return status_of(view.endpoint.state, view.health ? &*view.health : nullptr, now);
}

std::optional<Time> next_attempt(const WebhookView& view) {
  return next_attempt(view.stats, view.health ? &*view.health : nullptr);
}

std::optional<Time> next_attempt(const SummaryView& view) {
  return next_attempt(view.stats, view.health ? &*view.health : nullptr);
}

void write_status(JsonWriter& json, const WebhookView& view, Time now) {
  write_status_of(json, view, now);
}

void write_status(JsonWriter& json, const SummaryView& view, Time now) {
  write_status_of(json, view, now);
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

std::string webhook_document(const Endpoint& endpoint) {
  return object_document([&](JsonWriter& json) { write_webhook(json, endpoint); });
}

std::string webhook_document(const Endpoint& endpoint, ChangeResult result) {
  return object_document([&](JsonWriter& json) {
    write_webhook(json, endpoint);
    write_result(json, result);
  });
}

std::string webhook_document(const WebhookView& view, const std::vector<Secret>* secrets,
                             SecretParts parts, Time now) {
  return object_document([&](JsonWriter& json) {
    write_webhook(json, view.endpoint, parts);
    write_status(json, view, now);
    write_figures(json, view.stats);
    json.key("secrets");
    secrets ? write_secrets(json, *secrets, parts) : static_cast<void>(json.null());
  });
}

void write_webhooks(std::span<const WebhookView> views, Time now, const DocumentSink& sink) {
  JsonWriter json;
  json.begin_array();
  for (const WebhookView& view : views) {
    json.begin_object();
    write_webhook(json, view.endpoint);
    write_status(json, view, now);
    write_figures(json, view.stats);
    json.end_object();
    sink(json.take_part());
  }
  sink(json.end_array().take());
}

}  // namespace thig
