#include "core/api/due_deliveries.h"

#include <unordered_map>
#include <vector>

namespace thig {
namespace {

constexpr std::size_t due_at_once = 256;

Result<std::int64_t> visit_lane(Store& store, const EndpointSummary& endpoint, Time now,
                                const DueVisitor& visitor) {
  std::int64_t due = 0;
  DueRead read{.endpoint = endpoint.id, .after = {}, .limit = due_at_once, .bodies = false};
  for (;;) {
    THIG_TRY_ASSIGN(rows, store.queue().read_due(read, now));
    if (rows.empty()) return due;
    THIG_TRY_ASSIGN(taken, visitor.due(endpoint, rows));
    if (!taken) return due;
    due += static_cast<std::int64_t>(rows.size());
    read.after = LaneCursor{.due_at = rows.back().due_at, .event = rows.back().id.event};
  }
}

}  // namespace

Result<std::int64_t> visit_due(Store& store, Time now, const DueVisitor& visitor) {
  THIG_TRY_ASSIGN(lanes, store.queue().lanes());
  THIG_TRY_ASSIGN(endpoints, store.config().endpoint_summaries());
  std::unordered_map<EndpointId, const EndpointSummary*> by_id;
  for (const EndpointSummary& endpoint : endpoints) by_id.emplace(endpoint.id, &endpoint);
  std::int64_t due = 0;
  for (const LaneHead& lane : lanes) {
    const auto found = by_id.find(lane.endpoint);
    if (found == by_id.end() || lane.first_due > now) continue;
    const EndpointSummary& endpoint = *found->second;
    THIG_TRY_ASSIGN(hold, hold_of(store, endpoint, now));
    if (hold) {
      visitor.held(endpoint, *hold);
      continue;
    }
    THIG_TRY_ASSIGN(of_lane, visit_lane(store, endpoint, now, visitor));
    due += of_lane;
  }
  return due;
}

}  // namespace thig
