#include "core/care/operations.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace thig {
namespace {

// "retries=5 prunedAt=1768471200000 events=2 …": a field that is not known is passed over.
struct TallyField {
  std::string_view name;
  std::int64_t& (*of)(OperationTally& tally);
};
constexpr Millis between_empty_passes = std::chrono::hours(1);

constexpr std::string_view pruned_at_name = "prunedAt";
constexpr TallyField tally_fields[] = {
    {"retries", [](OperationTally& tally) -> std::int64_t& { return tally.retries; }},
    {"events", [](OperationTally& tally) -> std::int64_t& { return tally.pruned.events; }},
    {"deliveries", [](OperationTally& tally) -> std::int64_t& { return tally.pruned.deliveries; }},
    {"attempts", [](OperationTally& tally) -> std::int64_t& { return tally.pruned.attempts; }},
    {"requests", [](OperationTally& tally) -> std::int64_t& { return tally.pruned.requests; }},
    {"figures", [](OperationTally& tally) -> std::int64_t& { return tally.pruned.figures; }},
    {"keys", [](OperationTally& tally) -> std::int64_t& { return tally.pruned.keys; }}};

std::string tally_text(OperationTally tally) {
  std::string text;
  for (const TallyField& field : tally_fields)
    text += fmt::format("{}={} ", field.name, field.of(tally));
  if (tally.pruned_at) {
    text += fmt::format("{}={} ", pruned_at_name, tally.pruned_at->time_since_epoch().count());
  }
  text.pop_back();
  return text;
}

void take_number(OperationTally& tally, std::string_view name, std::int64_t number) {
  if (name == pruned_at_name) tally.pruned_at = Time{Millis{number}};
  for (const TallyField& field : tally_fields) {
    if (field.name == name) field.of(tally) = number;
  }
}

OperationTally parse_tally(std::string_view text) {
  OperationTally tally;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const auto sign = word.find('=');
    if (sign == word.npos) continue;
    const std::string_view digits = word.substr(sign + 1);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = error == std::errc() && end == digits.data() + digits.size();
    if (whole && number >= 0) take_number(tally, word.substr(0, sign), number);
  }
  return tally;
}

Status change_tally(ConfigStore& store, const std::function<void(OperationTally&)>& add) {
  return store.in_transaction([&]() -> Status {
    THIG_TRY_ASSIGN(tally, read_operations(store));
    add(tally);
    return store.put_setting(operations_setting, tally_text(tally));
  });
}

}  // namespace

Result<OperationTally> read_operations(ConfigStore& store) {
  THIG_TRY_ASSIGN(text, store.setting(operations_setting));
  return parse_tally(text);
}

Status note_retries(ConfigStore& store, std::int64_t retries) {
  return change_tally(store, [&](OperationTally& tally) { tally.retries += retries; });
}

Status note_pruning(ConfigStore& store, const PruneCounts& gone, Time now) {
  THIG_TRY_ASSIGN(before, read_operations(store));
  const bool recent = before.pruned_at && *before.pruned_at <= now &&
                      now - *before.pruned_at < between_empty_passes;
  if (gone.empty() && recent) return {};
  return change_tally(store, [&](OperationTally& tally) {
    tally.pruned += gone;
    tally.pruned_at = now;
  });
}

}  // namespace thig
