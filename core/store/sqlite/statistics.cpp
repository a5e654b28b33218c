#include "core/store/sqlite/statistics.h"

#include "core/store/sqlite/transaction.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace thig::sqlite {

namespace {

constexpr const char* kSelectFigures = R"(
  SELECT c.endpoint_id, c.attempts_ok, c.attempts_failed, c.pending, c.delivered, c.dead, c.missed,
         c.last_attempt_at, c.last_outcome,
         (SELECT due_at FROM queue WHERE endpoint_id = c.endpoint_id ORDER BY due_at LIMIT 1),
         h.failing_since, c.cancelled
    FROM endpoint_counter c CROSS JOIN endpoint_health h ON h.endpoint_id = c.endpoint_id )";

constexpr const char* kSelectLatency = R"(
  SELECT bucket, ok, failed
    FROM activity
   WHERE endpoint_id = ?1 AND hour >= ?2)";

// In the order of the webhooks, each sought by its key.
constexpr const char* kSelectLatencies = R"(
  SELECT a.bucket, a.ok, a.failed, a.endpoint_id
    FROM endpoint_counter c CROSS JOIN activity a
   WHERE a.endpoint_id = c.endpoint_id AND a.hour >= ?1
   ORDER BY c.endpoint_id)";

constexpr const char* kSelectAttempts = R"(
  SELECT bucket, ok, failed, hour
    FROM activity
   WHERE endpoint_id = ?1 AND hour >= ?2
   ORDER BY hour)";

constexpr const char* kSelectFailures = R"(
  SELECT outcome, attempts
    FROM failure
   WHERE endpoint_id = ?1 AND hour >= ?2)";

constexpr const char* kSelectIds = "SELECT endpoint_id FROM endpoint_counter ORDER BY endpoint_id";
constexpr const char* kCountIds = "SELECT count(*) FROM endpoint_counter";

constexpr std::int64_t kLastHour = std::int64_t{10'000} * 366 * 24;  // past the year 9999

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

std::size_t read_bucket(Query& row) {
  return static_cast<std::size_t>(row.small(0, 0, latency_bucket_count - 1));
}

}  // namespace

Result<std::vector<EndpointStats>> Statistics::stats(std::optional<Time> since) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  std::vector<EndpointStats> all;
  Query size = connection_.query(kCountIds);
  if (size.next()) all.reserve(static_cast<std::size_t>(size.count(0)));
  THIG_TRY(size.finish());
  Query row = connection_.query_once(std::string(kSelectFigures) + "ORDER BY c.endpoint_id");
  while (row.next()) all.push_back(read_stats(row));
  THIG_TRY(row.finish());
  if (since) THIG_TRY(add_latencies(all, hour_of(*since)));
  return all;
}

Status Statistics::add_latencies(std::vector<EndpointStats>& all, std::int64_t first_hour) {
  Query row = connection_.query(kSelectLatencies);
  row.with(first_hour);
  auto stats = all.begin();
  while (row.next()) {
    const EndpointId id = row.endpoint_id(3);
    while (stats != all.end() && stats->id < id) ++stats;
    if (stats == all.end() || stats->id != id) continue;
    stats->latency[read_bucket(row)] += row.count(1) + row.count(2);
  }
  return row.finish();
}

Result<EndpointStats> Statistics::stats_of(EndpointId endpoint, std::optional<Time> since) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  Query row = connection_.query_once(std::string(kSelectFigures) + "WHERE c.endpoint_id = ?1");
  const bool found = row.with(endpoint).next();
  EndpointStats stats;
  if (found) stats = read_stats(row);
  THIG_TRY(row.finish());
  if (!found) {
    return fail(ErrorCode::not_found, fmt::format("there is no webhook {}", to_text(endpoint)));
  }
  if (since) THIG_TRY(add_latency(stats, hour_of(*since)));
  return stats;
}

Status Statistics::add_latency(EndpointStats& stats, std::int64_t first_hour) {
  Query row = connection_.query(kSelectLatency);
  row.with(stats.id, first_hour);
  while (row.next()) stats.latency[read_bucket(row)] += row.count(1) + row.count(2);
  return row.finish();
}

Result<Activity> Statistics::activity(std::optional<EndpointId> endpoint, Time since) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  const EndpointId of = endpoint.value_or(kAllEndpoints);
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
    auto& hours = activity.hours;
    if (hours.empty() || hours.back().begins != begins) hours.push_back({.begins = begins});
    hours.back().ok += row.count(1);
    hours.back().failed += row.count(2);
    activity.latency[read_bucket(row)] += row.count(1) + row.count(2);
  }
  return row.finish();
}

Status Statistics::read_failures(EndpointId endpoint, std::int64_t first_hour,
                                 std::vector<FailureCount>& failures) {
  Query row = connection_.query(kSelectFailures);
  row.with(endpoint, first_hour);
  while (row.next()) {
    std::string outcome = row.text(0);
    const auto found = std::ranges::find(failures, outcome, &FailureCount::outcome);
    if (found == failures.end()) {
      failures.push_back({.outcome = std::move(outcome), .attempts = row.count(1)});
    } else {
      found->attempts += row.count(1);
    }
  }
  THIG_TRY(row.finish());
  std::ranges::sort(failures, [](const FailureCount& a, const FailureCount& b) {
    return std::tie(b.attempts, a.outcome) < std::tie(a.attempts, b.outcome);
  });
  return {};
}

Result<std::vector<EndpointFailures>> Statistics::failures(Time since) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  std::vector<EndpointId> ids;
  Query row = connection_.query(kSelectIds);
  while (row.next()) ids.push_back(row.endpoint_id(0));
  THIG_TRY(row.finish());
  std::vector<EndpointFailures> all;
  for (const EndpointId id : ids) {
    EndpointFailures each{.id = id, .failures = {}};
    THIG_TRY(read_failures(id, hour_of(since), each.failures));
    if (!each.failures.empty()) all.push_back(std::move(each));
  }
  return all;
}

}  // namespace thig::sqlite
