#include "core/api/emission_view.h"

#include "core/api/error_view.h"
#include "core/documents/json_members.h"

namespace thig {
namespace {

void write_outcome(JsonWriter& json, const Receipt& receipt) {
  json.key("queued").number(static_cast<std::int64_t>(receipt.queued));
  json.key("missed").number(static_cast<std::int64_t>(receipt.missed.size()));
  json.key("duplicate").boolean(receipt.duplicate);
}

void write_recipients(JsonWriter& json, std::string_view key, const EventPreview& preview,
                      bool missed) {
  json.key(key).begin_array();
  for (const auto& [endpoint, was_missed] : preview.recipients) {
    if (was_missed != missed) continue;
    json.begin_object().key("name").text(endpoint.name);
    json.key("id").text(to_text(endpoint.id)).key("url").text(endpoint.url).end_object();
  }
  json.end_array();
}

void write_unmet(JsonWriter& json, const EventPreview& preview) {
  json.key("conditionNotMet").begin_array();
  for (const auto& [endpoint, condition] : preview.unmet) {
    json.begin_object().key("name").text(endpoint.name).key("id").text(to_text(endpoint.id));
    json.key("url").text(endpoint.url).key("condition").text(condition).end_object();
  }
  json.end_array();
}

}  // namespace

std::string emission_document(const EmittedEvent& emitted) {
  const Receipt& receipt = emitted.receipt;
  return object_document([&](JsonWriter& json) {
    json.key("id").text(to_text(receipt.id)).key("event").text(receipt.type);
    json.key("timestamp").text(format_rfc3339(receipt.at));
    write_outcome(json, receipt);
    write_texts(json, "missedBy", emitted.missed_by);
  });
}

std::string emission_preview_document(const EventPreview& preview) {
  return object_document([&](JsonWriter& json) {
    json.key("dryRun").boolean(true).key("event").text(preview.type);
    write_recipients(json, "queued", preview, false);
    write_recipients(json, "missed", preview, true);
    write_unmet(json, preview);
    json.key("data").raw(preview.data).key("bodyOutline").text(preview.body_outline);
    json.key("bodyBytes").number(static_cast<std::int64_t>(preview.body_bytes));
  });
}

std::string batch_line_document(const LineResult& result, const Wording& wording) {
  return object_document([&](JsonWriter& json) {
    json.key("line").number(static_cast<std::int64_t>(result.line));
    if (!result.receipt) return write_error(json, shown_error(result.receipt.error(), wording));
    json.key("id").text(to_text(result.receipt->id)).key("event").text(result.receipt->type);
    write_outcome(json, *result.receipt);
  });
}

}  // namespace thig
