// Conditions in one column, as JSON: [[1, "x-github-event", true, "^issues$"], …]; a fifth element,
// true, negates. A value's place is kept as its kind and its text: what is written for people may
// change.
#pragma once

#include "core/base/json.h"
#include "core/model/condition.h"
#include "core/store/sqlite/query.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig::sqlite {

// What write_conditions makes of none.
inline constexpr std::string_view kNoConditions = "[]";

std::string write_conditions(const std::vector<Condition>& conditions);
// What is no such list is rejected as damaged.
std::vector<Condition> read_conditions(Query& row, int column);

// The two elements of a place; nothing for what is none.
void write_ref(JsonWriter& json, const ValueRef& ref);
std::optional<ValueRef> read_ref(std::string_view source, std::string_view text);

}  // namespace thig::sqlite
