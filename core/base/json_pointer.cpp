#include "core/base/json_pointer.h"

#include "core/base/codec.h"
#include "core/base/json.h"

#include <algorithm>
#include <charconv>
#include <string>

#include <fmt/format.h>

namespace thig {
namespace {

std::string unescaped(std::string_view part) {
  std::string name;
  for (std::size_t at = 0; at < part.size(); ++at) {
    if (part[at] == '~' && at + 1 < part.size()) {
      ++at;
      name += part[at] == '1' ? '/' : '~';
    } else {
      name += part[at];
    }
  }
  return name;
}

std::optional<std::string_view> element_at(std::string_view array, std::string_view part) {
  const auto index = json_element_index(part);
  if (!index) return std::nullopt;
  const auto elements = json_elements(array);
  if (*index >= elements.size()) return std::nullopt;
  return elements[*index];
}

// `step(container, name)` is told of each object on the way.
template <class Step>
std::optional<std::string_view> walk(std::string_view document, std::string_view pointer,
                                     Step step) {
  if (!check_json_pointer(pointer)) return std::nullopt;
  std::optional<std::string_view> value = document;
  for (const std::string& part : json_pointer_parts(pointer)) {
    if (!value) break;
    switch (json_kind(*value)) {
      case JsonKind::object:
        step(*value, part);
        value = json_find(*value, part);
        break;
      case JsonKind::array:
        value = element_at(*value, part);
        break;
      default:
        return std::nullopt;
    }
  }
  return value;
}

}  // namespace

std::vector<std::string> json_pointer_parts(std::string_view pointer) {
  std::vector<std::string> parts;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view part = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(part.size());
    parts.push_back(unescaped(part));
  }
  return parts;
}

std::optional<std::size_t> json_element_index(std::string_view part) {
  const bool plain = !part.empty() && (part == "0" || part.front() != '0') && part.size() < 10 &&
                     std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  if (!plain) return std::nullopt;
  std::size_t index = 0;
  std::from_chars(part.data(), part.data() + part.size(), index);
  return index;
}

std::optional<std::string_view> json_at(std::string_view document, std::string_view pointer) {
  return walk(document, pointer, [](std::string_view, const std::string&) {});
}

bool json_is_ambiguous(std::string_view document, std::string_view pointer) {
  bool ambiguous = false;
  walk(document, pointer, [&](std::string_view object, const std::string& name) {
    ambiguous = ambiguous || std::ranges::count(json_members(object), name, &JsonMember::name) > 1;
  });
  return ambiguous;
}

Status check_json_pointer(std::string_view pointer) {
  const auto wrong = [&](std::string_view why) {
    return fail(ErrorCode::invalid,
                fmt::format("not a valid JSON pointer: \"{}\" ({})", printable(pointer), why),
                "write it as /data/title; ~1 stands for a slash in a name, ~0 for a tilde");
  };
  if (pointer.empty()) return {};
  if (pointer.front() != '/') return wrong("it must begin with /");
  if (pointer.size() > 500) return wrong("it is longer than 500 bytes");
  for (auto at = pointer.find('~'); at != pointer.npos; at = pointer.find('~', at + 1)) {
    const char next = at + 1 < pointer.size() ? pointer[at + 1] : ' ';
    if (next != '0' && next != '1') return wrong("~ must be followed by 0 or 1");
  }
  return {};
}

}  // namespace thig
