#include "cli/views/delivery_view.h"

#include <algorithm>

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

void write_attempt(JsonWriter& json, const Attempt& attempt,
                   const std::function<void(JsonWriter&)>& more) {
  json.begin_object().key("number").number(std::int64_t{attempt.number});
  json.key("time").text(format_rfc3339_millis(attempt.started_at));
  json.key("durationMs").number(std::int64_t{attempt.duration.count()}).key("status");
  attempt.status ? json.number(std::int64_t{*attempt.status}) : json.null();
  json.key("ok").boolean(attempt.ok());
  write_text_or_null(json, "error", attempt.error);
  write_text_or_null(json, "answer", attempt.answer);
  json.key("answerHeaders").begin_array();
  for (const std::string& line : header_lines(attempt)) {
    const auto colon = line.find(": ");
    json.begin_object().key("name").text(line.substr(0, colon)).key("value");
    json.text(colon == line.npos ? std::string() : line.substr(colon + 2)).end_object();
  }
  json.end_array();
  if (more) more(json);
  json.end_object();
}

std::vector<std::string> header_lines(const Attempt& attempt) {
  std::vector<std::string> lines;
  std::string_view text = attempt.answer_headers;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    lines.emplace_back(line);
  }
  return lines;
}

}  // namespace thig
