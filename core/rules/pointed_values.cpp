#include "core/rules/pointed_values.h"

#include "core/base/json.h"
#include "core/base/json_pointer.h"

#include <algorithm>
#include <charconv>

namespace thig {

PointedValues::PointedValues(std::string_view document, std::span<const std::string> pointers)
    : document_(document), nodes_(1) {
  for (const std::string& pointer : pointers) add(pointer);
  std::ranges::sort(pointers_);
  if (!pointers_.empty()) walk(0, 0);
}

std::optional<std::string_view> PointedValues::at(std::string_view pointer) const {
  const auto known = std::ranges::lower_bound(
      pointers_, pointer, {}, [](const auto& one) -> std::string_view { return one.first; });
  const bool given = known != pointers_.end() && known->first == pointer;
  return given ? nodes_[known->second].value : json_at(document_, pointer);
}

void PointedValues::add(std::string_view pointer) {
  if (!check_json_pointer(pointer)) return;
  std::size_t node = 0;
  for (const std::string& part : json_pointer_parts(pointer)) {
    const auto& members = nodes_[node].members;
    const auto known = std::ranges::find(members, part, [](const auto& m) { return m.first; });
    if (known != members.end()) {
      node = known->second;
      continue;
    }
    const std::size_t fresh = nodes_.size();
    nodes_.push_back({});
    nodes_[node].members.emplace_back(part, fresh);
    if (const auto index = json_element_index(part)) {
      nodes_[node].elements.emplace_back(*index, fresh);
    }
    node = fresh;
  }
  pointers_.emplace_back(pointer, node);
}

// Of several members of one name the first counts: its node has a value already.
std::size_t PointedValues::member(std::size_t node, std::string_view quoted_name) const {
  const std::string_view raw = quoted_name.substr(1, quoted_name.size() - 2);
  std::optional<std::string> decoded;
  if (raw.contains('\\')) decoded = json_text(quoted_name);
  const std::string_view name = decoded ? *decoded : raw;
  for (const auto& [wanted, child] : nodes_[node].members) {
    if (wanted == name) return nodes_[child].value ? none : child;
  }
  return none;
}

std::size_t PointedValues::element(std::size_t node, std::size_t index) const {
  for (const auto& [wanted, child] : nodes_[node].elements) {
    if (wanted == index) return child;
  }
  return none;
}

// Answers where the value ends.
std::size_t PointedValues::walk(std::size_t at, std::size_t node) {
  at = past_blanks(at);
  if (at >= document_.size()) return at;
  // Known before what is in it, so that a name that comes twice within itself is none of ours.
  nodes_[node].value = document_.substr(at);
  const char first = document_[at];
  std::size_t end = 0;
  if (first == '{' && !nodes_[node].members.empty()) {
    end = walk_object(at, node);
  } else if (first == '[' && !nodes_[node].elements.empty()) {
    end = walk_array(at, node);
  } else {
    end = past_value(at);
  }
  nodes_[node].value = document_.substr(at, end - at);
  return end;
}

std::size_t PointedValues::walk_object(std::size_t at, std::size_t node) {
  for (++at; at < document_.size(); ++at) {
    at = past_blanks(at);
    if (at >= document_.size() || document_[at] != '"') break;  // an empty one ends here
    const std::size_t name_ends = past_string(at);
    const std::size_t child = member(node, document_.substr(at, name_ends - at));
    at = past_blanks(name_ends) + 1;  // the colon
    at = past_blanks(child == none ? past_value(past_blanks(at)) : walk(at, child));
    if (at >= document_.size() || document_[at] != ',') break;
  }
  return std::min(at + 1, document_.size());
}

std::size_t PointedValues::walk_array(std::size_t at, std::size_t node) {
  at = past_blanks(at + 1);
  if (at < document_.size() && document_[at] == ']') return at + 1;
  for (std::size_t index = 0; at < document_.size(); ++at, ++index) {
    const std::size_t child = element(node, index);
    at = past_blanks(child == none ? past_value(past_blanks(at)) : walk(at, child));
    if (at >= document_.size() || document_[at] != ',') break;
  }
  return std::min(at + 1, document_.size());
}

std::size_t PointedValues::past_blanks(std::size_t at) const {
  while (at < document_.size() && (document_[at] == ' ' || document_[at] == '\t' ||
                                   document_[at] == '\r' || document_[at] == '\n')) {
    ++at;
  }
  return at;
}

std::size_t PointedValues::past_string(std::size_t at) const {
  for (++at; at < document_.size(); ++at) {
    if (document_[at] == '"') return at + 1;
    if (document_[at] == '\\') ++at;  // and what is escaped
  }
  return document_.size();
}

std::size_t PointedValues::past_value(std::size_t at) const {
  int depth = 0;
  while (at < document_.size()) {
    const char c = document_[at];
    if (c == '"') {
      at = past_string(at);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;  // of what is around a number or word
      --depth;
      ++at;
    } else if (depth == 0) {
      return std::min(document_.find_first_of(",]} \t\r\n", at), document_.size());
    } else {
      at = std::min(document_.find_first_of("\"{}[]", at), document_.size());
      continue;
    }
    if (depth == 0) return at;
  }
  return document_.size();
}

}  // namespace thig
