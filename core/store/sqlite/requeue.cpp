#include "core/store/sqlite/requeue.h"

#include "core/store/sqlite/endpoint_row.h"

namespace thig::sqlite {

namespace {

// Left to itself the planner prefers the primary key, and so all pending rows of the webhook.
constexpr const char* kSelectQueued = R"(
  SELECT due_at, attempt
    FROM queue INDEXED BY queue_by_event
   WHERE event_id = ?1 AND endpoint_id = ?2)";

constexpr const char* kSelectEndedOne = R"(
  SELECT d.state, d.attempts
    FROM delivery d CROSS JOIN event e ON e.id = d.event_id
   WHERE d.event_id = ?1 AND d.endpoint_id = ?2)";

constexpr const char* kKeepLastAttempt = R"(
  INSERT OR REPLACE INTO attempt
         (event_id, endpoint_id, number, started_at, duration, status, error, answer,
          answer_headers)
  SELECT event_id, endpoint_id, attempts, started_at, coalesce(duration, 0), status,
         coalesce(error, ''), coalesce(answer, ''), coalesce(answer_headers, '')
    FROM delivery
   WHERE event_id = ?1 AND endpoint_id = ?2 AND started_at IS NOT NULL)";

constexpr const char* kDeleteEndedOne =
    "DELETE FROM delivery WHERE event_id = ?1 AND endpoint_id = ?2";

constexpr const char* kInsertRequeued = R"(
  INSERT INTO queue (endpoint_id, due_at, event_id, attempt, earlier)
  VALUES (?1, ?2, ?3, ?4, ?4))";

constexpr const char* kMoveToNow = R"(
  UPDATE queue
     SET due_at = ?4
   WHERE endpoint_id = ?1 AND due_at = ?2 AND event_id = ?3)";

constexpr const char* kInsertCancelled = R"(
  INSERT OR REPLACE INTO delivery
         (event_id, endpoint_id, state, finished_at, attempts,
          started_at, duration, status, error, answer, answer_headers)
  SELECT ?1, ?2, ?3, ?4, ?5, a.started_at, a.duration, a.status, a.error, a.answer,
         a.answer_headers
    FROM (SELECT 1) LEFT JOIN attempt a ON a.event_id = ?1 AND a.endpoint_id = ?2
                                       AND a.number = ?5)";

constexpr const char* kDeleteLastAttempt =
    "DELETE FROM attempt WHERE event_id = ?1 AND endpoint_id = ?2 AND number = ?3";

constexpr const char* kDeleteQueuedRow =
    "DELETE FROM queue WHERE endpoint_id = ?1 AND due_at = ?2 AND event_id = ?3";

constexpr const char* kCountRequeued = R"(
  UPDATE endpoint_counter
     SET pending   = pending + ?2,
         delivered = delivered + ?3,
         dead      = dead + ?4,
         missed    = missed + ?5,
         cancelled = cancelled + ?6,
         recalls   = recalls + 1
   WHERE endpoint_id = ?1)";

}  // namespace

Result<std::optional<KeptDelivery>> find_delivery(Connection& connection, DeliveryId id) {
  KeptDelivery found{.id = id};
  THIG_TRY_ASSIGN(exists, endpoint_exists(connection, id.endpoint));
  if (!exists) return std::nullopt;

  Query queued = connection.query(kSelectQueued);
  const bool pending = queued.with(id.event, id.endpoint).next();
  if (pending) {
    found.due_at = queued.time(0);
    found.attempts = queued.attempts(1);
  }
  THIG_TRY(queued.finish());
  if (pending) return found;

  Query history = connection.query(kSelectEndedOne);
  const bool ended = history.with(id.event, id.endpoint).next();
  if (ended) {
    found.state = history.one_of(0, DeliveryState::test);
    found.attempts = history.attempts(1);
  }
  THIG_TRY(history.finish());
  if (!ended) return std::nullopt;
  return found;
}

Status Requeue::queue_again(const KeptDelivery& ended, Time due_at) {
  const auto& [event, endpoint] = ended.id;
  THIG_TRY(connection_.query(kKeepLastAttempt).run(event, endpoint));
  THIG_TRY(connection_.query(kDeleteEndedOne).run(event, endpoint));
  THIG_TRY(connection_.query(kInsertRequeued).run(endpoint, due_at, event, ended.attempts));
  Moved& moved = moved_[endpoint];
  --moved[ended.state];
  ++moved[DeliveryState::pending];
  return {};
}

Status Requeue::bring_forward(const KeptDelivery& pending, Time due_at) {
  moved_.try_emplace(pending.id.endpoint);
  return connection_.query(kMoveToNow)
      .run(pending.id.endpoint, pending.due_at, pending.id.event, due_at);
}

Status Requeue::take_out(const KeptDelivery& pending, Time now) {
  const auto& [event, endpoint] = pending.id;
  THIG_TRY(connection_.query(kInsertCancelled)
               .run(event, endpoint, DeliveryState::cancelled, now, pending.attempts));
  THIG_TRY(connection_.query(kDeleteLastAttempt).run(event, endpoint, pending.attempts));
  THIG_TRY(connection_.query(kDeleteQueuedRow).run(endpoint, pending.due_at, event));
  Moved& moved = moved_[endpoint];
  --moved[DeliveryState::pending];
  ++moved[DeliveryState::cancelled];
  return {};
}

Status Requeue::count() {
  if (!moved_.empty()) connection_.change_is_news();
  Query update = connection_.query(kCountRequeued);
  for (auto& [endpoint, moved] : moved_) {
    THIG_TRY(update.run(endpoint, moved[DeliveryState::pending], moved[DeliveryState::delivered],
                        moved[DeliveryState::dead], moved[DeliveryState::missed],
                        moved[DeliveryState::cancelled]));
  }
  moved_.clear();
  return {};
}

}  // namespace thig::sqlite
