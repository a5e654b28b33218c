#include "core/store/sqlite/pruning.h"

#include "core/model/delivery.h"
#include "core/store/sqlite/history_range.h"
#include "core/store/sqlite/idempotency.h"
#include "core/store/sqlite/transaction.h"

#include <chrono>
#include <map>

namespace thig::sqlite {

namespace {

constexpr const char* kPages = R"(
  SELECT (SELECT page_size FROM pragma_page_size), (SELECT page_count FROM pragma_page_count),
         (SELECT freelist_count FROM pragma_freelist_count))";

// What is pending keeps its event, and the event all that has come of it.
constexpr const char* kAny = R"(
  SELECT EXISTS (SELECT 1 FROM event e WHERE e.id >= ?1 AND e.id < ?2
                    AND NOT EXISTS (SELECT 1 FROM queue q WHERE q.event_id = e.id))
      OR EXISTS (SELECT 1 FROM incoming_request WHERE id >= ?1 AND id < ?2 AND state <> 0))";

constexpr const char* kPruneAttempts = R"(
  DELETE FROM attempt
   WHERE event_id >= ?1 AND event_id < ?2
     AND NOT EXISTS (SELECT 1 FROM queue q WHERE q.event_id = attempt.event_id))";

constexpr const char* kCountRecoverable = R"(
  SELECT d.endpoint_id, d.state, count(*)
    FROM delivery d
   WHERE d.event_id >= ?1 AND d.event_id < ?2 AND d.state IN (2, 3, 4)
     AND NOT EXISTS (SELECT 1 FROM queue q WHERE q.event_id = d.event_id)
   GROUP BY d.endpoint_id, d.state)";

constexpr const char* kPruneDeliveries = R"(
  DELETE FROM delivery
   WHERE event_id >= ?1 AND event_id < ?2
     AND NOT EXISTS (SELECT 1 FROM queue q WHERE q.event_id = delivery.event_id))";

constexpr const char* kDeleteEvents = R"(
  DELETE FROM event
   WHERE id >= ?1 AND id < ?2 AND NOT EXISTS (SELECT 1 FROM queue q WHERE q.event_id = event.id))";

constexpr const char* kPruneRequests =
    "DELETE FROM incoming_request WHERE id >= ?1 AND id < ?2 AND state <> 0";

constexpr const char* kLowerCounters = R"(
  UPDATE endpoint_counter
     SET pending   = max(0, pending - ?2),
         dead      = max(0, dead - ?3),
         missed    = max(0, missed - ?4),
         cancelled = max(0, cancelled - ?5)
   WHERE endpoint_id = ?1)";

// The same rows, counted.
constexpr const char* kCountRows = R"(
  SELECT events.n, events.bytes,
         (SELECT count(*) FROM delivery d WHERE d.event_id >= ?1 AND d.event_id < ?2
             AND NOT EXISTS (SELECT 1 FROM queue q WHERE q.event_id = d.event_id)),
         (SELECT count(*) FROM attempt a WHERE a.event_id >= ?1 AND a.event_id < ?2
             AND NOT EXISTS (SELECT 1 FROM queue q WHERE q.event_id = a.event_id)),
         requests.n, requests.bytes
    FROM (SELECT count(*) AS n, coalesce(sum(length(e.body)), 0) AS bytes
            FROM event e
           WHERE e.id >= ?1 AND e.id < ?2
             AND NOT EXISTS (SELECT 1 FROM queue q WHERE q.event_id = e.id)) events,
         (SELECT count(*) AS n, coalesce(sum(length(body)), 0) AS bytes
            FROM incoming_request
           WHERE id >= ?1 AND id < ?2 AND state <> 0) requests)";

// Endpoint by endpoint, so that each is a seek to its oldest hour; 0 stands for all together.
#define THIG_OWNERS "(SELECT 0 AS endpoint_id UNION ALL SELECT endpoint_id FROM endpoint_counter)"
#define THIG_OLD_HOURS(table, columns)                          \
  "SELECT " columns " FROM " THIG_OWNERS " c CROSS JOIN " table \
  " t ON t.endpoint_id = c.endpoint_id AND t.hour < ?1 LIMIT ?2"

constexpr const char* kAnyFigures =
    "SELECT EXISTS (SELECT 1 FROM " THIG_OWNERS
    " c CROSS JOIN activity t"
    "                 ON t.endpoint_id = c.endpoint_id AND t.hour < ?1)"
    "    OR EXISTS (SELECT 1 FROM " THIG_OWNERS
    " c CROSS JOIN failure t"
    "                 ON t.endpoint_id = c.endpoint_id AND t.hour < ?1)"
    "    OR EXISTS (SELECT 1 FROM incoming_seen WHERE expires_at <= ?2)"
    "    OR EXISTS (SELECT 1 FROM idempotency WHERE at <= ?3)";

constexpr const char* kPruneActivity =
    "DELETE FROM activity WHERE (endpoint_id, hour, bucket) IN (" THIG_OLD_HOURS(
        "activity", "t.endpoint_id, t.hour, t.bucket") ")";

constexpr const char* kPruneFailures =
    "DELETE FROM failure WHERE (endpoint_id, hour, outcome) IN (" THIG_OLD_HOURS(
        "failure", "t.endpoint_id, t.hour, t.outcome") ")";

#undef THIG_OLD_HOURS
#undef THIG_OWNERS

constexpr const char* kPruneSeen = R"(
  DELETE FROM incoming_seen
   WHERE (hook_id, key) IN (SELECT hook_id, key FROM incoming_seen
                             WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2))";

constexpr const char* kFreePages = "PRAGMA freelist_count";
constexpr const char* kVacuumSome = "PRAGMA incremental_vacuum(16)";

// Rows beside their texts, with their places in the indexes; for estimates alone.
constexpr std::int64_t kRowBytes = 60;

// Of a webhook's deliveries, what the state's counter counts.
std::int64_t* counter_of(GoneDeliveries& gone, DeliveryState state) {
  if (state == DeliveryState::dead) return &gone.dead;
  if (state == DeliveryState::missed) return &gone.missed;
  return &gone.cancelled;
}
static_assert(static_cast<int>(DeliveryState::dead) == 2);
static_assert(static_cast<int>(DeliveryState::missed) == 3);
static_assert(static_cast<int>(DeliveryState::cancelled) == 4);

Status lower_counters_of(Connection& connection, const HistoryRange& range) {
  std::map<EndpointId, GoneDeliveries> gone;
  Query row = connection.query(kCountRecoverable);
  row.with(range.from, range.to);
  while (row.next()) {
    const EndpointId endpoint = row.endpoint_id(0);
    *counter_of(gone[endpoint], row.one_of(1, DeliveryState::test)) += row.count(2);
  }
  THIG_TRY(row.finish());
  for (const auto& [endpoint, counts] : gone) {
    THIG_TRY(lower_counters(connection, endpoint, counts));
  }
  return {};
}

template <class... Values>
Result<bool> any(Connection& connection, const char* sql, Values... values) {
  Query query = connection.query(sql);
  const bool found = query.with(values...).next() && query.flag(0);
  THIG_TRY(query.finish());
  return found;
}

Result<std::int64_t> delete_range(Connection& connection, const char* sql,
                                  const HistoryRange& range) {
  THIG_TRY(connection.query(sql).run(range.from, range.to));
  return connection.changes();
}

std::int64_t hour_of(Time time) {
  return std::chrono::floor<std::chrono::hours>(time.time_since_epoch()).count();
}

Result<std::int64_t> free_pages(Connection& connection) {
  Query query = connection.query(kFreePages);
  const std::int64_t pages = query.next() ? query.count(0) : 0;
  THIG_TRY(query.finish());
  return pages;
}

}  // namespace

Result<DatabaseSize> measure(Connection& connection) {
  Query row = connection.query(kPages);
  DatabaseSize size;
  if (row.next()) {
    const auto page = static_cast<std::uint64_t>(row.integer(0, 512, 65'536));
    const auto pages = static_cast<std::uint64_t>(row.count(1));
    const auto free = static_cast<std::uint64_t>(row.count(2));
    size = {.used = page * (pages - std::min(free, pages)), .free = page * free};
  }
  THIG_TRY(row.finish());
  return size;
}

Status lower_counters(Connection& connection, EndpointId endpoint, const GoneDeliveries& gone) {
  return connection.query(kLowerCounters)
      .run(endpoint, gone.pending, gone.dead, gone.missed, gone.cancelled);
}

Result<HistoryStep> prune_history(Connection& connection, EventId from, EventId before,
                                  std::size_t most) {
  THIG_TRY_ASSIGN(range, choose_range(connection, from.value, before.value, most));
  HistoryStep step{.reached = {range.to}, .more = range.more, .counts = {}};
  THIG_TRY_ASSIGN(found, any(connection, kAny, range.from, range.to));
  if (!found) return step;

  THIG_TRY_ASSIGN(transaction, Transaction::write(connection, Durability::crash));
  THIG_TRY(lower_counters_of(connection, range));
  THIG_TRY_ASSIGN(attempts, delete_range(connection, kPruneAttempts, range));
  THIG_TRY_ASSIGN(deliveries, delete_range(connection, kPruneDeliveries, range));
  THIG_TRY_ASSIGN(events, delete_range(connection, kDeleteEvents, range));
  THIG_TRY_ASSIGN(requests, delete_range(connection, kPruneRequests, range));
  THIG_TRY(transaction.commit());
  step.counts = {.events = events,
                 .deliveries = deliveries,
                 .attempts = attempts,
                 .requests = requests,
                 .bytes = range.bytes};
  return step;
}

Result<HistoryStep> count_history(Connection& connection, EventId from, EventId before,
                                  std::size_t most) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection));
  THIG_TRY_ASSIGN(range, choose_range(connection, from.value, before.value, most));
  HistoryStep step{.reached = {range.to}, .more = range.more, .counts = {}};
  Query row = connection.query(kCountRows);
  if (row.with(range.from, range.to).next()) {
    PruneCounts& counts = step.counts;
    counts.events = row.count(0);
    counts.deliveries = row.count(2);
    counts.attempts = row.count(3);
    counts.requests = row.count(4);
    const std::int64_t rows =
        counts.events + 2 * counts.deliveries + 2 * counts.attempts + 3 * counts.requests;
    counts.bytes = static_cast<std::uint64_t>(row.count(1) + row.count(5) + rows * kRowBytes);
  }
  THIG_TRY(row.finish());
  return step;
}

Result<PruneCounts> prune_figures(Connection& connection, Time before, Time now, std::size_t most) {
  PruneCounts gone;
  THIG_TRY_ASSIGN(found,
                  any(connection, kAnyFigures, hour_of(before), now, now - idempotency_period));
  if (!found) return gone;
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection, Durability::crash));
  THIG_TRY(connection.query(kPruneActivity).run(hour_of(before), most));
  gone.figures = connection.changes();
  THIG_TRY(connection.query(kPruneFailures).run(hour_of(before), most));
  gone.figures += connection.changes();
  THIG_TRY(connection.query(kPruneSeen).run(now, most));
  gone.keys = connection.changes();
  THIG_TRY_ASSIGN(keys, prune_keys(connection, now, most));
  gone.keys += keys;
  THIG_TRY(transaction.commit());
  return gone;
}

// How long a page takes depends on how scattered the free ones are, so it is the time that bounds.
Result<bool> shrink(Connection& connection, Millis longest) {
  THIG_TRY_ASSIGN(before, free_pages(connection));
  if (before == 0) return false;
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection, Durability::crash));
  const auto end = std::chrono::steady_clock::now() + longest;
  std::int64_t left = before;
  do {
    const std::int64_t last = left;
    THIG_TRY(connection.execute(kVacuumSome));
    THIG_TRY_ASSIGN(now_free, free_pages(connection));
    left = now_free;
    if (left >= last) break;  // the file was not made to give pages back
  } while (left > 0 && std::chrono::steady_clock::now() < end);
  THIG_TRY(transaction.commit());
  return left > 0 && left < before;
}

}  // namespace thig::sqlite
