// The dispatcher's side: what is due, and the results. Only the process that owns the queue
// (store/sqlite/ownership.h) settles. The rules of store.h hold here.
#pragma once

#include "core/base/error.h"
#include "core/model/audit.h"
#include "core/model/delivery.h"
#include "core/model/endpoint.h"
#include "core/model/event.h"
#include "core/store/bounds.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace thig {

// Where walking along a webhook's pending rows goes on: after this row.
struct LaneCursor {
  Time due_at{};
  EventId event;
};

// A webhook that has something pending.
struct LaneHead {
  EndpointId endpoint;
  Time first_due{};
  std::int64_t recalls = 0;  // how often members have changed what is pending (recovery_store.h)
  // Where both are as they were, no rows have come. Successes change neither.
  std::int64_t arrivals = 0;
  std::int64_t dead = 0;
};

// What is to be read of a webhook's pending rows: up to `limit` of those that are due, in order of
// (due_at, event), after the cursor if one is given; the last is the one with which their bodies
// come to `most_bytes`.
struct DueRead {
  EndpointId endpoint;
  std::optional<LaneCursor> after;
  std::size_t limit = 0;
  std::size_t most_bytes = std::numeric_limits<std::size_t>::max();
  bool bodies = true;  // without, they stay empty, and are not read
};
struct DuePage {
  std::vector<QueuedDelivery> rows;
  bool all = false;                // there are no more that are due
  std::optional<Time> next_due{};  // then: when the next one is
};

// What one attempt changes. The queue row is named by its full key; if it is not there any more,
// someone else ended the delivery (removed, cancelled) and the settlement is dropped.
struct AttemptResult {
  DeliveryId id;
  Time was_due{};
  Attempt attempt;
  // pending: moves to `due_at`; delivered or dead: ends.
  DeliveryState state = DeliveryState::pending;
  Time due_at{};
  // pending only: whether the attempt uses up one of the schedule.
  bool counted = true;
};

struct EndpointResult {
  EndpointId id;
  EndpointHealth health;
  // Set when the webhook is disabled by what happened; `note` then goes into the trail of changes,
  // under the time of the settlement and the name it has then.
  DisabledBy disable = DisabledBy::nobody;
  std::string reason;
  AuditEntry note{};
};

// A webhook with a streak of failures.
struct FailingEndpoint {
  EndpointId id;
  EndpointHealth health;
};

// The epoch of a webhook (Endpoint::epoch) that its results were evaluated under.
struct EndpointEpoch {
  EndpointId id;
  std::int64_t epoch = 0;
};

struct SettleBatch {
  std::vector<EndpointEpoch> epochs;  // of every webhook that it touches
  std::vector<AttemptResult> deliveries;
  std::vector<EndpointResult> endpoints;  // each once
  Time dispatcher_time{};        // on the dispatcher's own clock (dispatch/logical_clock.h)
  std::vector<NewEvent> raised;  // webhook.failing, webhook.disabled, webhook.delivery_exhausted
  Given given = Given::first;
  bool empty() const { return deliveries.empty() && endpoints.empty() && raised.empty(); }
};

class QueueStore {
 public:
  virtual ~QueueStore() = default;

  // A number that changes when another connection has committed; costs microseconds.
  virtual Result<std::int64_t> data_version() = 0;
  // Every webhook with pending rows, by id, and when the first of them is due; the cost grows with
  // their number, not with that of the rows or of all webhooks.
  virtual Result<std::vector<LaneHead>> lanes() = 0;
  // What is due at `now`, of many webhooks at once and in one view: a page for each read, in their
  // order. Those after the one with which all bodies come to `most_bytes` are left out.
  virtual Result<std::vector<DuePage>> due_pages(std::span<const DueRead> reads, Time now,
                                                 std::size_t most_bytes) = 0;
  // In the order of these webhooks. That of a new one if one is gone: its rows are gone too, so it
  // makes no difference.
  virtual Result<std::vector<EndpointHealth>> healths(std::span<const EndpointId> endpoints) = 0;
  // Every webhook whose last attempts have failed, by id, disabled ones included.
  virtual Result<std::vector<FailingEndpoint>> failing() = 0;
  // The dispatcher's own time is no earlier than this when the wall clock says `wall`: the newest
  // event's time, and `wall` itself; or, if that is before the dispatcher_time of the last
  // settlement, that time with the wall time gone since. Later than `wall` only if the clock has
  // been set back.
  virtual Result<Time> time_floor(Time wall) = 0;
  // Applies a batch in one transaction. `conflict`, and nothing is recorded, if one of the webhooks
  // has another epoch by now: evaluate its results again under the settings it has. Those that are
  // gone make no difference. May be lost by a power failure: then the attempts are made again.
  // Whatever the configuration's version, `raised` is recorded as it is given. `unavailable`: give
  // the same batch once more with Given::again; if it was recorded then, nothing more is.
  virtual Status settle(const SettleBatch& batch, Time now) = 0;

  // The same of one webhook.
  Result<std::vector<QueuedDelivery>> read_due(const DueRead& read, Time now) {
    THIG_TRY_ASSIGN(pages, due_pages({&read, 1}, now, std::numeric_limits<std::size_t>::max()));
    return std::move(pages.front().rows);
  }
  Result<EndpointHealth> health(EndpointId endpoint) {
    THIG_TRY_ASSIGN(all, healths({&endpoint, 1}));
    return all.front();
  }
};

}  // namespace thig
