// Reading and writing JSON text. Bodies are kept as the bytes they came in, so reading works on
// slices of the text; nothing is ever parsed and written again.
#pragma once

#include "core/base/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct JsonLimits {
  std::size_t bytes = 1u << 20;  // system.md: a body of at most 1 MiB
  int depth = 64;
  // No object has two members of one name, at whatever depth: two readers could read it in two
  // ways.
  bool unique_names = false;
};

// Fails (`invalid`) for what is not one complete JSON value in UTF-8 within the limits, by the
// grammar of RFC 8259: half a surrogate pair as an escape, and a number beyond a double, are JSON.
// The text says what is wrong and where: at which byte, and in a text of several lines in which
// line and column; the hint is empty. Never recurses on the input's depth.
Status check_json(std::string_view text, const JsonLimits& limits = {});

enum class JsonKind { null, boolean, number, string, array, object };

// One member of an object: its name decoded, its value as the slice it is written in.
struct JsonMember {
  std::string name;
  std::string_view value;
};

// The functions below take text that check_json has accepted (or a slice of it, or what JsonWriter
// wrote); on anything else the answer is unspecified, but they never read outside the text.
JsonKind json_kind(std::string_view value);
// The members in their order; empty if the value is no object. Duplicate names are all there.
std::vector<JsonMember> json_members(std::string_view value);
// The first member of that name.
std::optional<std::string_view> json_find(std::string_view value, std::string_view name);
// The elements in their order; empty if the value is no array.
std::vector<std::string_view> json_elements(std::string_view value);
// The decoded text, half a surrogate pair as U+FFFD; nothing if the value is no string.
std::optional<std::string> json_text(std::string_view value);
std::optional<std::int64_t> json_integer(std::string_view value);
std::optional<bool> json_boolean(std::string_view value);

// Writes one JSON document, compact, keys in the order they are given. Commas are its business;
// nesting must be balanced by the caller.
//   JsonWriter json;
//   json.begin_object().key("name").text("crm").key("total").number(3).end_object();
//   json.take();  // {"name":"crm","total":3}
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  // Bytes that are no UTF-8 become U+FFFD: a document is always valid.
  JsonWriter& text(std::string_view value);
  JsonWriter& number(std::int64_t value);
  // Not finite is written as null.
  JsonWriter& number(double value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  // A slice that is valid JSON already.
  JsonWriter& raw(std::string_view json);

  std::string take();
  // What has been written of the document so far; it goes on after that. For long documents, which
  // need not be held as a whole.
  std::string take_part();

 private:
  void separate();
  std::string out_;
  bool comma_ = false;
};

}  // namespace thig
