#include "core/documents/json_difference.h"

#include "core/base/json.h"

#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view absent_value = "null";
constexpr std::string_view none = "none";  // for people

std::string for_people(std::optional<std::string_view> value) {
  if (!value || *value == absent_value) return std::string(none);
  if (auto text = json_text(*value)) return text->empty() ? std::string(none) : std::move(*text);
  std::string listed;
  const auto elements = json_elements(*value);
  for (const std::string_view element : elements) {
    const auto text = json_text(element);
    if (!text) return std::string(*value);
    listed += (listed.empty() ? "" : ", ") + *text;
  }
  if (json_kind(*value) != JsonKind::array) return std::string(*value);
  return listed.empty() ? std::string(none) : listed;
}

}  // namespace

JsonDifference json_difference(std::string_view before, std::string_view after) {
  if (before.empty() || after.empty()) return {std::string(before), std::string(after)};
  JsonWriter was;
  JsonWriter is;
  was.begin_object();
  is.begin_object();
  bool differs = false;
  const auto note = [&](const std::string& name, std::string_view old, std::string_view fresh) {
    if (old == fresh) return;
    differs = true;
    was.key(name).raw(old);
    is.key(name).raw(fresh);
  };
  for (const JsonMember& member : json_members(before)) {
    note(member.name, member.value, json_find(after, member.name).value_or(absent_value));
  }
  for (const JsonMember& member : json_members(after)) {
    if (!json_find(before, member.name)) note(member.name, absent_value, member.value);
  }
  if (!differs) return {};
  return {was.end_object().take(), is.end_object().take()};
}

void add_member(JsonDifference& difference, std::string_view name, std::string_view before,
                std::string_view after) {
  for (auto [side, value] : {std::pair{&difference.before, before}, {&difference.after, after}}) {
    JsonWriter json;
    json.begin_object();
    for (const JsonMember& member : json_members(*side)) json.key(member.name).raw(member.value);
    *side = json.key(name).text(value).end_object().take();
  }
}

std::vector<ChangedMember> changed_members(const JsonDifference& difference) {
  std::vector<ChangedMember> changed;
  std::set<std::string> seen;
  for (const std::string_view side :
       {std::string_view(difference.before), std::string_view(difference.after)}) {
    for (const JsonMember& member : json_members(side)) {
      if (!seen.insert(member.name).second) continue;
      changed.push_back({.name = member.name,
                         .before = for_people(json_find(difference.before, member.name)),
                         .after = for_people(json_find(difference.after, member.name))});
    }
  }
  return changed;
}

std::string describe(const JsonDifference& difference) {
  std::string text;
  for (const ChangedMember& member : changed_members(difference)) {
    const bool both = !difference.before.empty() && !difference.after.empty();
    const std::string& only = difference.before.empty() ? member.after : member.before;
    if (!both && only == none) continue;
    if (!text.empty()) text += ", ";
    text += both ? fmt::format("{}: {} → {}", member.name, member.before, member.after)
                 : fmt::format("{}: {}", member.name, only);
  }
  return text;
}

}  // namespace thig
