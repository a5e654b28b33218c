#include "core/rules/event_conditions.h"

#include "core/base/codec.h"
#include "core/base/json_pointer.h"
#include "core/model/event.h"
#include "core/rules/pointed_values.h"
#include "core/rules/request_values.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace thig {
namespace {

// Whoever emits has them all in memory.
constexpr std::size_t longest_condition = 4096;

Status check_event_condition(const Condition& condition) {
  const auto wrong = [&](std::string_view why, std::string hint) {
    return fail(ErrorCode::invalid,
                fmt::format("the condition \"{}\" {}", printable(to_text(condition)), why),
                std::move(hint));
  };
  if (condition.value.text.size() + condition.expected.size() > longest_condition) {
    return fail(ErrorCode::invalid,
                fmt::format("a condition is longer than {} bytes", longest_condition));
  }
  if (condition.value.source != ValueSource::pointer) {
    return wrong("is on a request, and an event has only a body",
                 "write it like /data/status=FINAL");
  }
  const auto parts = json_pointer_parts(condition.value.text);
  const std::string first = parts.empty() ? std::string() : parts.front();
  if (first == "data" || (first == "event" && parts.size() == 1)) return {};
  if (first == "id" || first == "timestamp") {
    return wrong("is on what an event gets only when it is recorded",
                 "conditions can be on /event, on /data and on what is in it");
  }
  return wrong("points to nothing in the body of a delivery",
               parts.empty() ? "write it like /data/status=FINAL"
                             : fmt::format("the event's data is in /data: did you mean /data{}?",
                                           printable(to_text(condition))));
}

}  // namespace

Result<Condition> parse_event_condition(std::string_view text) {
  auto parsed = parse_condition(text);
  if (!parsed && !text.starts_with('/')) parsed.error().hint = "write it like /data/status=FINAL";
  THIG_TRY_ASSIGN(condition, std::move(parsed));
  THIG_TRY(check_event_condition(condition));
  return condition;
}

Status check_event_conditions(std::span<const Condition> conditions) {
  THIG_TRY(check_conditions(conditions));
  for (const Condition& condition : conditions) THIG_TRY(check_event_condition(condition));
  return {};
}

void add_pointers(std::span<const Condition> conditions, std::vector<std::string>& pointers) {
  for (const Condition& condition : conditions) {
    const std::string& pointer = condition.value.text;
    if (std::ranges::find(pointers, pointer) == pointers.end()) pointers.push_back(pointer);
  }
}

std::string body_for_conditions(std::string_view type, std::string_view data) {
  return event_body(EventId{}, type, Time{}, data);
}

const Condition* first_unmet(std::span<const Condition> conditions, std::string_view body,
                             const PointedValues* pointed) {
  if (conditions.empty()) return nullptr;
  std::optional<PointedValues> own;
  if (pointed == nullptr) {
    std::vector<std::string> pointers;
    add_pointers(conditions, pointers);
    pointed = &own.emplace(body, pointers);
  }
  return first_unmet(conditions,
                     RequestView{.body = body, .headers = {}, .query = {}, .pointed = pointed});
}

}  // namespace thig
