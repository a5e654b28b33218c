#include "cli/delivery_view.h"

namespace thig {

std::string describe(const Attempt& attempt) {
  return attempt.ok() ? std::to_string(attempt.status.value_or(0)) : attempt.error;
}

Style style_of(DeliveryState state) {
  switch (state) {
    case DeliveryState::delivered:
      return Style::good;
    case DeliveryState::dead:
    case DeliveryState::missed:
      return Style::bad;
    case DeliveryState::pending:
      return Style::warn;
    case DeliveryState::cancelled:
    case DeliveryState::test:
      return Style::dim;
  }
  return Style::plain;
}

void write_delivery(JsonWriter& json, const Delivery& delivery) {
  json.key("id").text(to_text(delivery.id));
  json.key("eventId").text(to_text(delivery.id.event)).key("event").text(delivery.event_type);
  write_time(json, "eventAt", time_of(delivery.id.event));
  json.key("webhook").text(delivery.endpoint_name);
  json.key("webhookId").text(to_text(delivery.id.endpoint));
  json.key("state").text(to_text(delivery.state));
  write_time(json, "dueAt", delivery.due_at);
  write_time(json, "finishedAt", delivery.finished_at);
}

void write_attempt(JsonWriter& json, const Attempt& attempt) {
  json.begin_object().key("number").number(std::int64_t{attempt.number});
  json.key("time").text(format_rfc3339_millis(attempt.started_at));
  json.key("durationMs").number(std::int64_t{attempt.duration.count()}).key("status");
  attempt.status ? json.number(std::int64_t{*attempt.status}) : json.null();
  json.key("ok").boolean(attempt.ok());
  write_text_or_null(json, "error", attempt.error);
  write_text_or_null(json, "answer", attempt.answer);
  json.end_object();
}

}  // namespace thig
