#include "core/store/sqlite/settle.h"

#include "core/store/figures.h"
#include "core/store/refusals.h"
#include "core/store/sqlite/audit.h"
#include "core/store/sqlite/endpoint_row.h"
#include "core/store/sqlite/health.h"
#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/record.h"
#include "core/store/sqlite/transaction.h"

#include <map>

namespace thig::sqlite {

namespace {

// By its full key: 0 rows means that someone else has ended the delivery, or moved it.
constexpr const char* kDeleteSettled =
    "DELETE FROM queue WHERE endpoint_id = ?1 AND due_at = ?2 AND event_id = ?3";

constexpr const char* kMoveToRetry = R"(
  UPDATE queue
     SET due_at = ?4, attempt = ?5, earlier = earlier + ?6
   WHERE endpoint_id = ?1 AND due_at = ?2 AND event_id = ?3)";

// A row of an earlier life of the same delivery gives way; it must not stop the queue.
constexpr const char* kInsertAttempt = R"(
  INSERT OR REPLACE INTO attempt
         (event_id, endpoint_id, number, started_at, duration, status, error, answer,
          answer_headers)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9))";

constexpr const char* kInsertEnded = R"(
  INSERT OR REPLACE INTO delivery
         (event_id, endpoint_id, state, finished_at, attempts,
          started_at, duration, status, error, answer, answer_headers)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, nullif(?11, '')))";

constexpr const char* kCountSettled = R"(
  UPDATE endpoint_counter
     SET attempts_ok     = attempts_ok + ?2,
         attempts_failed = attempts_failed + ?3,
         delivered       = delivered + ?4,
         dead            = dead + ?5,
         pending         = pending - ?4 - ?5,
         last_outcome    = iif(?6 >= coalesce(last_attempt_at, ?6), ?7, last_outcome),
         last_attempt_at = max(?6, coalesce(last_attempt_at, ?6))
   WHERE endpoint_id = ?1)";

constexpr const char* kCountHour = R"(
  INSERT INTO activity (endpoint_id, hour, bucket, ok, failed) VALUES (?1, ?2, ?3, ?4, ?5)
      ON CONFLICT DO UPDATE SET ok = ok + excluded.ok, failed = failed + excluded.failed)";

constexpr const char* kCountFailure = R"(
  INSERT INTO failure (endpoint_id, hour, outcome, attempts) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts)";

// A member who has disabled it meanwhile keeps the word.
constexpr const char* kDisable = R"(
  UPDATE endpoint
     SET state = ?2, disabled_by = ?3, state_reason = ?4, state_since = ?5
   WHERE id = ?1 AND state <> ?2
  RETURNING name)";

// What is settled of one webhook; nothing of one that is gone.
struct EndpointTally {
  bool exists = false;
  ResultTally tally;
};

class Settling {
 public:
  Settling(Connection& connection, Time now) : connection_(connection), now_(now) {}

  Status check(const std::vector<EndpointEpoch>& all);
  Status deliveries(const std::vector<AttemptResult>& all);
  Status endpoints(const std::vector<EndpointResult>& all);
  Status counters();

 private:
  Result<EndpointTally*> tally_of(EndpointId endpoint);
  Result<bool> take_row(const AttemptResult& settled);
  Status keep_attempt(const AttemptResult& settled);
  Status end(const AttemptResult& settled);
  Status count_hours(EndpointId endpoint, const HourTallies& hours);
  Status disable(const EndpointResult& settled);

  Connection& connection_;
  Time now_;
  std::map<EndpointId, EndpointTally> tallies_;
  HourTallies all_;
};

Result<EndpointTally*> Settling::tally_of(EndpointId endpoint) {
  const auto [entry, fresh] = tallies_.try_emplace(endpoint);
  if (fresh) {
    THIG_TRY_ASSIGN(exists, endpoint_exists(connection_, endpoint));
    entry->second.exists = exists;
  }
  return &entry->second;
}

// First of all, and under the write lock: what follows is of these epochs alone.
Status Settling::check(const std::vector<EndpointEpoch>& all) {
  for (const EndpointEpoch& one : all) {
    THIG_TRY_ASSIGN(now, select_epoch(connection_, one.id));
    if (now && *now != one.epoch) return epoch_changed(one.id);
  }
  return {};
}

Status Settling::deliveries(const std::vector<AttemptResult>& all) {
  for (const AttemptResult& settled : all) {
    THIG_TRY_ASSIGN(endpoint, tally_of(settled.id.endpoint));
    if (!endpoint->exists) continue;
    THIG_TRY_ASSIGN(taken, take_row(settled));
    if (!taken) continue;
    THIG_TRY(settled.state == DeliveryState::pending ? keep_attempt(settled) : end(settled));
    endpoint->tally.add(settled);
    all_.add(settled.attempt);
  }
  return {};
}

// What stays pending moves to its next moment, what ends goes. False if the row is not there.
Result<bool> Settling::take_row(const AttemptResult& settled) {
  const DeliveryId& id = settled.id;
  if (settled.state == DeliveryState::pending) {
    THIG_TRY(connection_.query(kMoveToRetry)
                 .run(id.endpoint, settled.was_due, id.event, settled.due_at,
                      settled.attempt.number, !settled.counted));
  } else {
    THIG_TRY(connection_.query(kDeleteSettled).run(id.endpoint, settled.was_due, id.event));
  }
  return connection_.changes() > 0;
}

Status Settling::keep_attempt(const AttemptResult& settled) {
  const Attempt& attempt = settled.attempt;
  return connection_.query(kInsertAttempt)
      .run(settled.id.event, settled.id.endpoint, attempt.number, attempt.started_at,
           attempt.duration, attempt.status, attempt.error, attempt.answer, attempt.answer_headers);
}

Status Settling::end(const AttemptResult& settled) {
  const Attempt& attempt = settled.attempt;
  return connection_.query(kInsertEnded)
      .run(settled.id.event, settled.id.endpoint, settled.state, now_, attempt.number,
           attempt.started_at, attempt.duration, attempt.status, attempt.error, attempt.answer,
           attempt.answer_headers);
}

Status Settling::counters() {
  Query count = connection_.query(kCountSettled);
  for (const auto& [endpoint, settled] : tallies_) {
    const ResultTally& tally = settled.tally;
    if (tally.hours.attempts.empty()) continue;
    THIG_TRY(count.run(endpoint, tally.attempts.ok, tally.attempts.failed, tally.delivered,
                       tally.dead, tally.last_at, tally.last_outcome));
    THIG_TRY(count_hours(endpoint, tally.hours));
  }
  return count_hours(all_endpoints, all_);
}

Status Settling::count_hours(EndpointId endpoint, const HourTallies& hours) {
  Query attempts = connection_.query(kCountHour);
  for (const auto& [slot, added] : hours.attempts) {
    THIG_TRY(attempts.run(endpoint, slot.first, slot.second, added.ok, added.failed));
  }
  Query failures = connection_.query(kCountFailure);
  for (const auto& [slot, added] : hours.failures) {
    THIG_TRY(failures.run(endpoint, slot.first, slot.second, added));
  }
  return {};
}

Status Settling::endpoints(const std::vector<EndpointResult>& all) {
  for (const EndpointResult& settled : all) {
    THIG_TRY(update_health(connection_, settled.id, settled.health));
    if (settled.disable != DisabledBy::nobody) THIG_TRY(disable(settled));
  }
  return {};
}

Status Settling::disable(const EndpointResult& settled) {
  AuditEntry note = settled.note;
  note.at = now_;
  bool changed = false;
  Query row = connection_.query(kDisable);
  row.with(settled.id, EndpointState::disabled, settled.disable, settled.reason, now_);
  while (row.next()) {
    note.subject = row.text(0);  // it may have been given another name meanwhile
    changed = true;
  }
  THIG_TRY(row.finish());
  if (!changed) return {};
  THIG_TRY(insert_audit(connection_, note));
  return raise_config_version(connection_);
}

}  // namespace

Status apply_settlements(Connection& connection, const SettleBatch& batch, Time now) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection, Durability::crash));
  Settling settling(connection, now);
  THIG_TRY(settling.check(batch.epochs));
  THIG_TRY(settling.deliveries(batch.deliveries));
  THIG_TRY(settling.counters());
  THIG_TRY(settling.endpoints(batch.endpoints));
  THIG_TRY(record_events(connection, batch.raised, now));
  THIG_TRY(write_dispatcher_clock(connection, {.time = batch.dispatcher_time, .wall = now}));
  return transaction.commit();
}

}  // namespace thig::sqlite
