#include "core/base/json_edit.h"

#include "core/base/json.h"
#include "core/base/json_pointer.h"

#include <span>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

using Way = std::span<const std::string>;

// What stands where there was nothing.
std::string made(Way way, std::string_view value) {
  std::string text(value);
  for (std::size_t i = way.size(); i-- > 0;) {
    JsonWriter json;
    json.begin_object().key(way[i]).raw(text).end_object();
    text = json.take();
  }
  return text;
}

Result<std::string> with_value(std::string_view document, Way way, std::string_view value);

Result<std::string> with_member(std::string_view object, Way way, std::string_view value) {
  JsonWriter json;
  json.begin_object();
  bool found = false;
  for (const JsonMember& member : json_members(object)) {
    json.key(member.name);
    if (found || member.name != way.front()) {
      json.raw(member.value);
      continue;
    }
    found = true;
    THIG_TRY_ASSIGN(changed, with_value(member.value, way.subspan(1), value));
    json.raw(changed);
  }
  if (!found) json.key(way.front()).raw(made(way.subspan(1), value));
  return json.end_object().take();
}

Result<std::string> with_element(std::string_view array, Way way, std::string_view value) {
  const std::vector<std::string_view> elements = json_elements(array);
  const auto at = way.front() == "-" ? elements.size() : json_element_index(way.front());
  if (!at || *at > elements.size()) {
    return fail(ErrorCode::invalid,
                fmt::format("an array of {} has no element \"{}\"", elements.size(), way.front()));
  }
  JsonWriter json;
  json.begin_array();
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i != *at) {
      json.raw(elements[i]);
      continue;
    }
    THIG_TRY_ASSIGN(changed, with_value(elements[i], way.subspan(1), value));
    json.raw(changed);
  }
  if (*at == elements.size()) json.raw(made(way.subspan(1), value));
  return json.end_array().take();
}

// Never deeper than the pointer has parts.
Result<std::string> with_value(std::string_view document, Way way, std::string_view value) {
  if (way.empty()) return std::string(value);
  switch (json_kind(document)) {
    case JsonKind::object:
      return with_member(document, way, value);
    case JsonKind::array:
      return with_element(document, way, value);
    default:
      return fail(ErrorCode::invalid,
                  fmt::format("what holds \"{}\" is not an object", way.front()));
  }
}

}  // namespace

Result<std::string> json_with(std::string_view document, std::string_view pointer,
                              std::string_view value) {
  THIG_TRY(check_json_pointer(pointer));
  const std::vector<std::string> parts = json_pointer_parts(pointer);
  return with_value(document, parts, value);
}

}  // namespace thig
