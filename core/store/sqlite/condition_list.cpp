#include "core/store/sqlite/condition_list.h"

#include "core/store/sqlite/text_list.h"

#include <cstdint>
#include <utility>

namespace thig::sqlite {

void write_ref(JsonWriter& json, const ValueRef& ref) {
  json.number(static_cast<std::int64_t>(ref.source)).text(ref.text);
}

std::optional<ValueRef> read_ref(std::string_view source, std::string_view text) {
  const auto kind = json_integer(source);
  auto value = json_text(text);
  if (!kind || *kind < 0 || *kind > static_cast<std::int64_t>(ValueSource::literal) || !value) {
    return std::nullopt;
  }
  return ValueRef{.source = static_cast<ValueSource>(*kind), .text = std::move(*value)};
}

std::string write_conditions(const std::vector<Condition>& conditions) {
  JsonWriter json;
  json.begin_array();
  for (const Condition& condition : conditions) {
    json.begin_array();
    write_ref(json, condition.value);
    json.boolean(condition.is_regex).text(condition.expected);
    if (condition.negated) json.boolean(true);
    json.end_array();
  }
  return json.end_array().take();
}

std::vector<Condition> read_conditions(Query& row, int column) {
  std::vector<Condition> conditions;
  const std::string json = row.text(column);
  for (const std::string_view element : json_elements(json)) {
    const auto parts = json_elements(element);
    const bool negated = parts.size() == 5 && json_boolean(parts[4]) == true;
    const bool whole = parts.size() == 4 || negated;
    auto ref = whole ? read_ref(parts[0], parts[1]) : std::nullopt;
    const auto regex = whole ? json_boolean(parts[2]) : std::nullopt;
    auto expected = whole ? json_text(parts[3]) : std::nullopt;
    if (!ref || !regex || !expected) {
      row.reject(column);
      return {};
    }
    conditions.push_back({.value = std::move(*ref),
                          .is_regex = *regex,
                          .expected = std::move(*expected),
                          .negated = negated});
  }
  accept_list(row, column, json, write_conditions(conditions));
  return conditions;
}

}  // namespace thig::sqlite
