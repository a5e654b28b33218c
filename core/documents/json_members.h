// Members of JSON objects that many documents have, and the frame of a document.
#pragma once

#include "core/base/json.h"
#include "core/base/time.h"
#include "core/model/endpoint.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace thig {

// A list of texts.
void write_texts(JsonWriter& json, std::string_view key, std::span<const std::string> texts);
// Null if the text is empty.
void write_text_or_null(JsonWriter& json, std::string_view key, std::string_view text);
// RFC 3339 with milliseconds, or null.
void write_time(JsonWriter& json, std::string_view key, std::optional<Time> time);
// An element of a list of headers: its name and its value, which is null if it is not to be shown.
void write_header(JsonWriter& json, std::string_view name, std::optional<std::string_view> value);
// Such a list with every value.
void write_headers(JsonWriter& json, std::string_view key, std::span<const Header> headers);

// An object whose members `fill(json)` writes.
template <class Fill>
std::string object_document(const Fill& fill) {
  JsonWriter json;
  json.begin_object();
  fill(json);
  return json.end_object().take();
}

// A list with an object for each row, whose members `fill(json, row)` writes.
template <class Rows, class Fill>
std::string list_document(const Rows& rows, const Fill& fill) {
  JsonWriter json;
  json.begin_array();
  for (const auto& row : rows) {
    json.begin_object();
    fill(json, row);
    json.end_object();
  }
  return json.end_array().take();
}

}  // namespace thig
