#include "core/store/kept_delivery.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {

namespace {

constexpr std::size_t most_named = 3;

// "dlv_… , dlv_… and 5 more"
std::string some_of(const std::vector<std::string>& all) {
  std::string text;
  for (std::size_t i = 0; i < std::min(all.size(), most_named); ++i) {
    text += (i == 0 ? "" : ", ") + all[i];
  }
  if (all.size() > most_named) text += fmt::format(" and {} more", all.size() - most_named);
  return text;
}

}  // namespace

Status check_all_found(std::span<const DeliveryId> not_found) {
  if (not_found.empty()) return {};
  std::vector<std::string> unknown;
  for (const DeliveryId& id : not_found) unknown.push_back(to_text(id));
  return fail(ErrorCode::not_found, fmt::format("there is no delivery {}", some_of(unknown)),
              {"nothing was changed; `", Operation{"deliveries"}, "` lists them"});
}

Status check_no_test(std::span<const KeptDelivery> named) {
  const auto test = std::ranges::find(named, DeliveryState::test, &KeptDelivery::state);
  if (test == named.end()) return {};
  return fail(ErrorCode::conflict,
              fmt::format("the delivery {} was a test, which is sent once; nothing was changed",
                          to_text(test->id)),
              {"send another with: ", Operation{"test", {"WEBHOOK"}}});
}

Status check_all_pending(std::span<const KeptDelivery> named) {
  std::vector<std::string> ended;
  for (const KeptDelivery& one : named) {
    if (one.state == DeliveryState::pending) continue;
    ended.push_back(fmt::format("{} is {}", to_text(one.id), to_text(one.state)));
  }
  if (ended.empty()) return {};
  return fail(ErrorCode::conflict,
              fmt::format("only pending deliveries can be cancelled: {}", some_of(ended)),
              "nothing was changed; leave those out");
}

bool is_within(const EventRange& range, EventId event) {
  return event >= range.first && event < range.end;
}

void count_kept(std::vector<DeliveryCount>& counts, const KeptDelivery& one) {
  const auto same = std::ranges::find_if(counts, [&](const DeliveryCount& other) {
    return other.state == one.state && other.event_type == one.event_type;
  });
  if (same != counts.end()) {
    ++same->count;
  } else {
    counts.push_back({.state = one.state, .event_type = one.event_type, .count = 1});
  }
}

EndedPart ended_part_of(std::span<const KeptDelivery> rows, std::size_t limit) {
  EndedPart part;
  for (const KeptDelivery& row : rows) count_kept(part.counts[row.id.endpoint], row);
  if (!rows.empty() && rows.size() == limit) part.rest = rows.back().id;
  return part;
}

PendingPart pending_part_of(std::span<const KeptDelivery> rows, std::size_t limit) {
  PendingPart part;
  if (rows.empty() || rows.size() < limit) return part;
  part.rest = LaneCursor{.due_at = rows.back().due_at, .event = rows.back().id.event};
  return part;
}

}  // namespace thig
