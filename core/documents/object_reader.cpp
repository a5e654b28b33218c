#include "core/documents/object_reader.h"

#include "core/base/codec.h"
#include "core/rules/suggest.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

constexpr std::string_view describe(JsonKind kind) {
  switch (kind) {
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return "true or false";
    case JsonKind::number:
      return "a number";
    case JsonKind::string:
      return "a string";
    case JsonKind::array:
      return "an array";
    case JsonKind::object:
      return "an object";
  }
  return "";
}

// "headers[0].value": of a member, and of what is wrong within it.
std::string field_of(std::string_view member, std::string_view within) {
  if (within.empty()) return std::string(member);
  return fmt::format("{}{}{}", member, within.starts_with('[') ? "" : ".", within);
}

std::string all_names(std::vector<std::string> names) {
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return fmt::format("its members are {}", fmt::join(names, ", "));
}

Error wrong_member(std::string text, Remark hint = {}) {
  return {ErrorCode::invalid, std::move(text), std::move(hint)};
}

}  // namespace

int json_line(std::string_view document, std::string_view slice) {
  const auto begin = document.begin();
  return 1 + static_cast<int>(std::count(begin, begin + (slice.data() - document.data()), '\n'));
}

ObjectReader::ObjectReader(std::string_view document, std::string_view object, std::string place)
    : document_(document), object_(object), place_(std::move(place)) {
  if (json_kind(object) == JsonKind::object) {
    members_ = json_members(object);
  } else {
    fault_ = at({}, object, wrong_member("must be an object"));
  }
}

// "outgoing[3] crm, timeout in line 12: …"
Error ObjectReader::at(std::string_view name, std::string_view slice, Error error) const {
  std::string where = place_;
  if (!name.empty()) where += (where.empty() ? "" : ", ") + std::string(name);
  error.text = fmt::format("{}{}line {}: {}", where, where.empty() ? "" : " in ",
                           json_line(document_, slice), error.text);
  if (!name.empty()) error.field = field_of(name, error.field);
  return error;
}

void ObjectReader::blame(std::string_view name, Error error) {
  if (fault_) return;
  const auto found = std::ranges::find(members_, name, &JsonMember::name);
  fault_ = at(name, found == members_.end() ? object_ : found->value, std::move(error));
}

bool ObjectReader::has(std::string_view name) {
  known_.emplace_back(name);
  const auto found = std::ranges::find(members_, name, &JsonMember::name);
  return found != members_.end() && json_kind(found->value) != JsonKind::null;
}

std::optional<JsonKind> ObjectReader::kind(std::string_view name) {
  if (!has(name)) return std::nullopt;
  return json_kind(std::ranges::find(members_, name, &JsonMember::name)->value);
}

bool ObjectReader::is_null(std::string_view name) {
  known_.emplace_back(name);
  const auto found = std::ranges::find(members_, name, &JsonMember::name);
  return found != members_.end() && json_kind(found->value) == JsonKind::null;
}

std::optional<std::string_view> ObjectReader::find(std::string_view name, JsonKind kind) {
  if (!has(name) || fault_) return std::nullopt;
  const std::string_view value = std::ranges::find(members_, name, &JsonMember::name)->value;
  if (json_kind(value) == kind) return value;
  blame(name, wrong_member(
                  fmt::format("must be {}, not {}", describe(kind), describe(json_kind(value)))));
  return std::nullopt;
}

std::optional<std::string_view> ObjectReader::raw(std::string_view name, JsonKind kind) {
  return find(name, kind);
}

void ObjectReader::read(std::string_view name, std::string& into) {
  if (const auto value = find(name, JsonKind::string)) into = json_text(*value).value_or("");
}

void ObjectReader::read(std::string_view name, std::optional<std::string>& into) {
  if (const auto value = find(name, JsonKind::string)) into = json_text(*value);
}

void ObjectReader::read(std::string_view name, bool& into) {
  if (const auto value = find(name, JsonKind::boolean)) into = *value == "true";
}

void ObjectReader::read(std::string_view name, std::optional<bool>& into) {
  if (const auto value = find(name, JsonKind::boolean)) into = *value == "true";
}

void ObjectReader::read(std::string_view name, std::vector<std::string>& into) {
  const auto value = find(name, JsonKind::array);
  if (!value) return;
  into.clear();
  for (const std::string_view element : json_elements(*value)) {
    auto text = json_text(element);
    if (!text) return blame(name, wrong_member("must be an array of strings"));
    into.push_back(std::move(*text));
  }
}

void ObjectReader::read(std::string_view name, std::int64_t least, std::int64_t most, int& into) {
  const auto value = find(name, JsonKind::number);
  if (!value) return;
  const auto number = json_integer(*value);
  if (!number || *number < least || *number > most) {
    return blame(name, wrong_member(fmt::format("must be an integer from {} to {}, not {}", least,
                                                most, *value)));
  }
  into = static_cast<int>(*number);
}

void ObjectReader::read(std::string_view name, double& into) {
  const auto value = find(name, JsonKind::number);
  if (!value) return;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), into);
  if (error != std::errc() || end != value->data() + value->size()) {
    blame(name, wrong_member(fmt::format("{} is out of range", *value)));
  }
}

void ObjectReader::parse(std::string_view name,
                         const std::function<Status(const std::string&)>& parse) {
  const auto value = find(name, JsonKind::string);
  if (!value) return;
  auto parsed = parse(json_text(*value).value_or(""));
  if (parsed) return;
  parsed.error().field.clear();  // the member is what it is called here
  blame(name, std::move(parsed).error());
}

Status ObjectReader::finish() {
  for (std::size_t i = 0; i < members_.size() && !fault_; ++i) {
    const JsonMember& member = members_[i];
    if (std::ranges::find(known_, member.name) == known_.end()) {
      const std::string near = nearest(member.name, known_);
      fault_ = at({}, member.value,
                  wrong_member(fmt::format("unknown member \"{}\"", printable(member.name)),
                               near.empty() ? all_names(known_)
                                            : fmt::format("did you mean \"{}\"?", near)));
      fault_->field = printable(member.name);
    } else if (std::ranges::find(members_.begin(), members_.begin() + static_cast<long>(i),
                                 member.name,
                                 &JsonMember::name) != members_.begin() + static_cast<long>(i)) {
      fault_ =
          at({}, member.value, wrong_member(fmt::format("duplicate member \"{}\"", member.name)));
      fault_->field = printable(member.name);
    }
  }
  if (fault_) return std::unexpected(*fault_);
  return {};
}

}  // namespace thig
