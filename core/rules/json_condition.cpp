#include "core/rules/json_condition.h"

#include "core/base/json.h"
#include "core/base/json_pointer.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view condition_form = "write it like /data/userId=u_1";

bool equals(std::string_view value, const std::string& wanted) {
  switch (json_kind(value)) {
    case JsonKind::string:
      return json_text(value) == wanted;
    case JsonKind::null:
    case JsonKind::boolean:
    case JsonKind::number:
      return value == wanted;
    case JsonKind::array:
    case JsonKind::object:
      return false;
  }
  return false;
}

}  // namespace

Result<JsonCondition> parse_json_condition(std::string_view text) {
  const std::size_t equal = text.find('=');
  if (equal == text.npos) {
    return fail(ErrorCode::invalid, fmt::format("\"{}\" has no \"=\"", text),
                std::string(condition_form));
  }
  JsonCondition condition{.pointer = std::string(text.substr(0, equal)),
                          .value = std::string(text.substr(equal + 1))};
  if (condition.pointer.empty()) {
    return fail(ErrorCode::invalid, fmt::format("\"{}\" has nothing before \"=\"", text),
                std::string(condition_form));
  }
  THIG_TRY(check_json_pointer(condition.pointer));
  return condition;
}

bool meets(std::string_view document, std::span<const JsonCondition> conditions) {
  return std::ranges::all_of(conditions, [&](const JsonCondition& condition) {
    const auto value = json_at(document, condition.pointer);
    return value && equals(*value, condition.value) &&
           !json_is_ambiguous(document, condition.pointer);
  });
}

}  // namespace thig
