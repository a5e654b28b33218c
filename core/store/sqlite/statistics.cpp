#include "core/store/sqlite/statistics.h"

namespace thig::sqlite {

namespace {

constexpr const char* kSelectCounters = R"(
  SELECT c.endpoint_id, c.attempts_ok, c.attempts_failed, c.pending, c.delivered, c.dead, c.missed,
         c.last_attempt_at, c.last_outcome,
         (SELECT due_at FROM queue WHERE endpoint_id = c.endpoint_id ORDER BY due_at LIMIT 1),
         h.failing_since, c.cancelled
    FROM endpoint_counter c CROSS JOIN endpoint_health h ON h.endpoint_id = c.endpoint_id
   ORDER BY c.endpoint_id)";

constexpr const char* kSelectActivity = R"(
  SELECT bucket, ok, failed
    FROM activity
   WHERE endpoint_id = ?1 AND hour >= ?2)";

EndpointStats read_stats(Query& row) {
  EndpointStats stats;
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
  return stats;
}

Status add_latency(Connection& connection, EndpointStats& stats, std::int64_t first_hour) {
  Query row = connection.query(kSelectActivity);
  row.with(stats.id, first_hour);
  while (row.next()) {
    const auto bucket = static_cast<std::size_t>(row.small(0, 0, latency_bucket_count - 1));
    stats.latency[bucket] += row.count(1) + row.count(2);
  }
  return row.finish();
}

}  // namespace

Result<std::vector<EndpointStats>> select_stats(Connection& connection, Time since) {
  std::vector<EndpointStats> all;
  Query row = connection.query(kSelectCounters);
  while (row.next()) all.push_back(read_stats(row));
  THIG_TRY(row.finish());

  const std::int64_t first_hour =
      std::chrono::floor<std::chrono::hours>(since.time_since_epoch()).count();
  for (EndpointStats& stats : all) THIG_TRY(add_latency(connection, stats, first_hour));
  return all;
}

}  // namespace thig::sqlite
