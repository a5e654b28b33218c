#include "core/api/delivery_view.h"

#include "core/documents/json_members.h"

#include <algorithm>

namespace thig {

void write_webhook_named(JsonWriter& json, std::string_view name, EndpointId id) {
  json.key("webhook").text(name).key("webhookId").text(to_text(id));
}

void write_delivery(JsonWriter& json, const Delivery& delivery) {
  json.key("id").text(to_text(delivery.id));
  json.key("eventId").text(to_text(delivery.id.event)).key("event").text(delivery.event_type);
  write_time(json, "eventAt", time_of(delivery.id.event));
  write_webhook_named(json, delivery.endpoint_name, delivery.id.endpoint);
  json.key("state").text(to_text(delivery.state));
  write_time(json, "dueAt", delivery.due_at);
  write_time(json, "finishedAt", delivery.finished_at);
}

void write_attempt(JsonWriter& json, const Attempt& attempt) {
  json.key("number").number(std::int64_t{attempt.number});
  json.key("time").text(format_rfc3339_millis(attempt.started_at));
  json.key("durationMs").number(std::int64_t{attempt.duration.count()}).key("status");
  attempt.status ? json.number(std::int64_t{*attempt.status}) : json.null();
  json.key("ok").boolean(attempt.ok());
  write_text_or_null(json, "error", attempt.error);
  write_text_or_null(json, "answer", attempt.answer);
  json.key("answerHeaders").begin_array();
  for (const std::string& line : header_lines(attempt)) {
    const auto colon = line.find(": ");
    write_header(json, line.substr(0, colon),
                 colon == line.npos ? std::string() : line.substr(colon + 2));
  }
  json.end_array();
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

std::string deliveries_document(std::span<const Delivery> deliveries) {
  return list_document(deliveries, [](JsonWriter& json, const Delivery& delivery) {
    write_delivery(json, delivery);
    json.key("attempts").number(std::int64_t{delivery.attempts}).key("lastAttempt");
    if (!delivery.last) {
      json.null();
      return;
    }
    json.begin_object();
    write_attempt(json, *delivery.last);
    json.end_object();
  });
}

std::string delivery_document(const DeliveryStory& story, const Wording& wording) {
  return object_document([&](JsonWriter& json) {
    write_delivery(json, story.timeline.delivery);
    json.key("why").text(wording.text(story.why)).key("url").text(story.endpoint.url);
    json.key("attempts").begin_array();
    for (const Attempt& attempt : story.timeline.attempts) {
      json.begin_object();
      write_attempt(json, attempt);
      json.key("requestHeaders").begin_array();
      for (const ShownHeader& header : story.request_headers(attempt)) {
        write_header(json, header.name, header.value);
      }
      json.end_array().key("webhookChangedSince").boolean(story.changed_since(attempt));
      json.end_object();
    }
    json.end_array().key("body").text(story.timeline.body);
  });
}

std::string receptions_document(std::span<const ToldReception> told, const Wording& wording) {
  return list_document(told, [&](JsonWriter& json, const ToldReception& one) {
    write_webhook_named(json, one.endpoint.name, one.endpoint.id);
    json.key("outcome").text(to_text(one.explanation.reception));
    write_text_or_null(json, "deliveryId", one.delivery ? to_text(*one.delivery) : "");
    json.key("why").text(wording.text(one.explanation.why));
  });
}

}  // namespace thig
