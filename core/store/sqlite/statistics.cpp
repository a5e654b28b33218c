#include "core/store/sqlite/statistics.h"

#include "core/model/endpoint.h"
#include "core/store/figures.h"
#include "core/store/refusals.h"
#include "core/store/sqlite/transaction.h"

#include <cstring>

namespace thig::sqlite {

namespace {

// ?1 is the first hour whose latencies are asked for; NULL for none. Who waits for nothing is not
// sought in the queue, nor who has not been tried since then in the activity.
#define THIG_SELECT_FIGURES                                                                       \
  "SELECT c.endpoint_id, c.attempts_ok, c.attempts_failed, c.pending, c.delivered, c.dead, "      \
  "       c.missed, c.last_attempt_at, c.last_outcome, "                                          \
  "       CASE WHEN c.pending > 0 THEN "                                                          \
  "         (SELECT due_at FROM queue WHERE endpoint_id = c.endpoint_id ORDER BY due_at LIMIT 1)" \
  "       END, "                                                                                  \
  "       h.failing_since, c.cancelled, "                                                         \
  "       CASE WHEN c.last_attempt_at >= ?1 * 3600000 THEN "                                      \
  "         (SELECT latencies(bucket, ok, failed) "                                               \
  "            FROM activity "                                                                    \
  "           WHERE endpoint_id = c.endpoint_id AND hour >= ?1) "                                 \
  "       END "                                                                                   \
  "  FROM endpoint_counter c CROSS JOIN endpoint_health h ON h.endpoint_id = c.endpoint_id "
constexpr const char* kSelectFigures = THIG_SELECT_FIGURES "ORDER BY c.endpoint_id";
constexpr const char* kSelectFiguresOf = THIG_SELECT_FIGURES "WHERE c.endpoint_id = ?2";
#undef THIG_SELECT_FIGURES

// Summed by SQLite, so that no row is made into anything.
constexpr const char* kSumCounters = R"(
  SELECT count(*), coalesce(sum(pending), 0), coalesce(sum(delivered), 0), coalesce(sum(dead), 0),
         coalesce(sum(missed), 0), coalesce(sum(cancelled), 0)
    FROM endpoint_counter)";
constexpr const char* kCountDisabled =
    "SELECT count(*) FROM endpoint WHERE disabled_by IN (?1, ?2)";

constexpr const char* kSelectAttempts = R"(
  SELECT bucket, ok, failed, hour
    FROM activity
   WHERE endpoint_id = ?1 AND hour >= ?2
   ORDER BY hour)";

constexpr const char* kSelectFailures = R"(
  SELECT outcome, attempts
    FROM failure
   WHERE endpoint_id = ?1 AND hour >= ?2)";

// In the order of the webhooks, each sought by its key.
constexpr const char* kSelectAllFailures = R"(
  SELECT f.outcome, f.attempts, f.endpoint_id
    FROM endpoint_counter c CROSS JOIN failure f
   WHERE f.endpoint_id = c.endpoint_id AND f.hour >= ?1
   ORDER BY c.endpoint_id)";

constexpr std::int64_t kLastHour = std::int64_t{10'000} * 366 * 24;  // past the year 9999

// What latencies() gives (functions.h).
LatencyBuckets read_latencies(Query& row, int column) {
  if (row.is_null(column)) return {};
  const std::string bytes = row.blob(column);
  LatencyBuckets counts(bytes.size() / sizeof(std::int64_t));
  std::memcpy(counts.data(), bytes.data(), counts.size() * sizeof(std::int64_t));
  return counts;
}

void read_stats(Query& row, EndpointStats& stats) {
  stats.id = row.endpoint_id(0);
  stats.attempts_ok = row.count(1);
  stats.attempts_failed = row.count(2);
  stats.pending = row.count(3);
  stats.delivered = row.count(4);
  stats.dead = row.count(5);
  stats.missed = row.count(6);
  stats.last_attempt_at = row.optional_time(7);
  stats.last_outcome = row.text(8);
  stats.next_due = row.optional_time(9);
  stats.failing_since = row.optional_time(10);
  stats.cancelled = row.count(11);
  stats.latency = read_latencies(row, 12);
}

std::optional<std::int64_t> first_hour_of(std::optional<Time> since) {
  return since ? std::optional(hour_of(*since)) : std::nullopt;
}

std::size_t read_bucket(Query& row) {
  return static_cast<std::size_t>(row.small(0, 0, latency_bucket_count - 1));
}

}  // namespace

Result<WebhookTotals> Statistics::totals() {
  THIG_TRY_ASSIGN(view, Transaction::read(connection_));
  WebhookTotals totals;
  Query sums = connection_.query(kSumCounters);
  if (sums.next()) {
    totals.webhooks = sums.count(0);
    totals.pending = sums.integer(1, 0);
    totals.delivered = sums.integer(2, 0);
    totals.dead = sums.integer(3, 0);
    totals.missed = sums.integer(4, 0);
    totals.cancelled = sums.integer(5, 0);
  }
  THIG_TRY(sums.finish());
  THIG_TRY_ASSIGN(disabled, connection_.query(kCountDisabled)
                                .with(DisabledBy::failures, DisabledBy::gone)
                                .first([](Query& row) { return row.count(0); }));
  totals.disabled_by_failures = disabled.value_or(0);
  return totals;
}

Result<std::vector<EndpointStats>> Statistics::stats(std::optional<Time> since) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  std::vector<EndpointStats> all;
  Query row = connection_.query(kSelectFigures);
  row.with(first_hour_of(since));
  while (row.next()) {
    read_stats(row, all.emplace_back());
    // In a damaged file they may stand in another order than the one that is relied upon.
    if (all.size() > 1 && all.back().id <= all[all.size() - 2].id) row.reject(0);
  }
  THIG_TRY(row.finish());
  return all;
}

Result<EndpointStats> Statistics::stats_of(EndpointId endpoint, std::optional<Time> since) {
  Query row = connection_.query(kSelectFiguresOf);
  const bool found = row.with(first_hour_of(since), endpoint).next();
  EndpointStats stats;
  if (found) read_stats(row, stats);
  THIG_TRY(row.finish());
  if (!found) return no_webhook(to_text(endpoint));
  return stats;
}

Result<Activity> Statistics::activity(std::optional<EndpointId> endpoint, Time since) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  const EndpointId of = endpoint.value_or(all_endpoints);
  Activity activity;
  THIG_TRY(read_attempts(of, hour_of(since), activity));
  THIG_TRY(read_failures(of, hour_of(since), activity.failures));
  return activity;
}

Status Statistics::read_attempts(EndpointId endpoint, std::int64_t first_hour, Activity& activity) {
  Query row = connection_.query(kSelectAttempts);
  row.with(endpoint, first_hour);
  while (row.next()) {
    const Time begins = begin_of_hour(row.integer(3, -kLastHour, kLastHour));
    add_attempts(activity, begins, read_bucket(row), {.ok = row.count(1), .failed = row.count(2)});
  }
  return row.finish();
}

Status Statistics::read_failures(EndpointId endpoint, std::int64_t first_hour,
                                 std::vector<FailureCount>& failures) {
  Query row = connection_.query(kSelectFailures);
  row.with(endpoint, first_hour);
  while (row.next()) add_failures(failures, row.text(0), row.count(1));
  THIG_TRY(row.finish());
  put_most_frequent_first(failures);
  return {};
}

Result<std::vector<EndpointFailures>> Statistics::failures(Time since) {
  std::vector<EndpointFailures> all;
  Query row = connection_.query(kSelectAllFailures);
  row.with(hour_of(since));
  while (row.next()) {
    const EndpointId id = row.endpoint_id(2);
    if (all.empty() || all.back().id != id) all.push_back({.id = id, .failures = {}});
    add_failures(all.back().failures, row.text(0), row.count(1));
  }
  THIG_TRY(row.finish());
  for (EndpointFailures& each : all) put_most_frequent_first(each.failures);
  return all;
}

}  // namespace thig::sqlite
