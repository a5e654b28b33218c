#include "core/documents/json_members.h"

namespace thig {

void write_texts(JsonWriter& json, std::string_view key, std::span<const std::string> texts) {
  json.key(key).begin_array();
  for (const std::string& text : texts) json.text(text);
  json.end_array();
}

void write_text_or_null(JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key);
  text.empty() ? json.null() : json.text(text);
}

void write_time(JsonWriter& json, std::string_view key, std::optional<Time> time) {
  json.key(key);
  time ? json.text(format_rfc3339_millis(*time)) : json.null();
}

void write_header(JsonWriter& json, std::string_view name, std::optional<std::string_view> value) {
  json.begin_object().key("name").text(name).key("value");
  value ? json.text(*value) : json.null();
  json.end_object();
}

void write_headers(JsonWriter& json, std::string_view key, std::span<const Header> headers) {
  json.key(key).begin_array();
  for (const Header& header : headers) write_header(json, header.name, header.value);
  json.end_array();
}

}  // namespace thig
