#include "core/dispatch/notices.h"

#include "core/base/json.h"
#include "core/rules/url_rules.h"

namespace thig {
namespace {

JsonWriter& begin(JsonWriter& json, const Endpoint& endpoint) {
  return json.begin_object()
      .key("webhookId")
      .text(to_text(endpoint.id))
      .key("name")
      .text(endpoint.name)
      .key("url")
      .text(without_url_paths(endpoint.url));
}

// Where a receiver redirects to is often a URL with a token, too, or a path alone.
std::string told_error(std::string_view error) {
  constexpr std::string_view to = " to ";
  const std::size_t at = error.find(to);
  const bool redirect = error.starts_with("redirect: ") && at != error.npos;
  if (redirect && !error.substr(at + to.size()).starts_with("http")) error = error.substr(0, at);
  return without_url_paths(error);
}

void write_streak(JsonWriter& json, const EndpointHealth& health) {
  json.key("consecutiveFailures").number(std::int64_t{health.consecutive_failures});
  json.key("failingSince");
  health.failing_since ? json.text(format_rfc3339(*health.failing_since)) : json.null();
}

JsonWriter& last_outcome(JsonWriter& json, const Attempt& last) {
  json.key("lastAttempt").text(format_rfc3339(last.started_at)).key("lastStatus");
  last.status ? json.number(std::int64_t{*last.status}) : json.null();
  return json.key("lastError").text(told_error(last.error));
}

}  // namespace

std::string webhook_notice(const Endpoint& endpoint) {
  JsonWriter json;
  begin(json, endpoint).key("events").begin_array();
  for (const std::string& pattern : endpoint.events) json.text(pattern);
  json.end_array().key("state").text(to_text(endpoint.state)).end_object();
  return json.take();
}

std::string disabled_notice(const Endpoint& endpoint, DisabledBy by, std::string_view reason) {
  JsonWriter json;
  begin(json, endpoint).key("disabledBy").text(to_text(by));
  json.key("reason").text(without_url_paths(reason)).end_object();
  return json.take();
}

std::string rotated_notice(const Endpoint& endpoint, std::optional<Time> old_until) {
  JsonWriter json;
  begin(json, endpoint).key("overlapEndsAt");
  old_until ? json.text(format_rfc3339(*old_until)) : json.null();
  return json.end_object().take();
}

std::string failing_notice(const Endpoint& endpoint, const EndpointHealth& health,
                           const Attempt& last) {
  JsonWriter json;
  begin(json, endpoint);
  write_streak(json, health);
  last_outcome(json, last).end_object();
  return json.take();
}

std::string paused_notice(const Endpoint& endpoint, const EndpointHealth& health,
                          const Attempt& last) {
  JsonWriter json;
  begin(json, endpoint).key("pausedUntil");
  health.paused_until ? json.text(format_rfc3339(*health.paused_until)) : json.null();
  write_streak(json, health);
  last_outcome(json, last).end_object();
  return json.take();
}

std::string exhausted_notice(const Endpoint& endpoint, DeliveryId delivery,
                             std::string_view event_type, const Attempt& last) {
  JsonWriter json;
  begin(json, endpoint)
      .key("deliveryId")
      .text(to_text(delivery))
      .key("eventId")
      .text(to_text(delivery.event))
      .key("event")
      .text(event_type)
      .key("attempts")
      .number(std::int64_t{last.number});
  last_outcome(json, last).end_object();
  return json.take();
}

}  // namespace thig
