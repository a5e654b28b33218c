#include "core/model/stats.h"

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

TEST_CASE("every duration falls into the bucket whose top is the next at or above it") {
  for (int ms = 0; ms <= 65'536; ++ms) {
    const int bucket = latency_bucket(Millis(ms));
    REQUIRE(latency_bucket_top(bucket) >= Millis(ms));
    if (bucket > 0) REQUIRE(latency_bucket_top(bucket - 1) < Millis(ms));
    // Within 19 %.
    if (ms > 0) REQUIRE(static_cast<double>(latency_bucket_top(bucket).count()) <= ms * 1.19);
  }
}

TEST_CASE("durations outside the buckets fall into the first and the last") {
  CHECK(latency_bucket(-5ms) == 0);
  CHECK(latency_bucket(0ms) == 0);
  CHECK(latency_bucket(1ms) == 0);
  CHECK(latency_bucket(65'536ms) == latency_bucket_count - 1);
  CHECK(latency_bucket(24h) == latency_bucket_count - 1);
  CHECK(latency_bucket_top(latency_bucket_count - 1) == 65'536ms);
  CHECK(latency_bucket_top(-1) == 1ms);
  CHECK(latency_bucket_top(1000) == 65'536ms);
}

TEST_CASE("percentiles are read from the counts") {
  CHECK(latency_percentile({}, 0.5) == std::nullopt);
  LatencyBuckets buckets(latency_bucket_count);
  CHECK(latency_percentile(buckets, 0.5) == std::nullopt);
  const auto count = [&](Millis duration, std::int64_t times) {
    buckets[static_cast<std::size_t>(latency_bucket(duration))] += times;
  };
  count(8ms, 95);
  count(1024ms, 5);
  CHECK(latency_percentile(buckets, 0) == 8ms);
  CHECK(latency_percentile(buckets, 0.5) == 8ms);
  CHECK(latency_percentile(buckets, 0.95) == 8ms);
  CHECK(latency_percentile(buckets, 0.96) == 1024ms);
  CHECK(latency_percentile(buckets, 1) == 1024ms);
  CHECK(latency_percentile(buckets, 7) == 1024ms);
}

TEST_CASE("counts are added bucket by bucket, also to none") {
  LatencyBuckets sum;
  add_latencies(sum, {});
  CHECK(sum.empty());
  LatencyBuckets counts(latency_bucket_count);
  counts[3] = 2;
  add_latencies(sum, counts);
  counts[5] = 1;
  add_latencies(sum, counts);
  add_latencies(sum, {});
  CHECK(sum.size() == latency_bucket_count);
  CHECK(sum[3] == 4);
  CHECK(sum[5] == 1);
}

TEST_CASE("success rate is 2xx attempts by all attempts") {
  EndpointStats stats;
  CHECK(stats.success_rate() == std::nullopt);
  stats.attempts_ok = 3;
  stats.attempts_failed = 1;
  CHECK(stats.attempts() == 4);
  CHECK(stats.success_rate() == 0.75);
}

TEST_CASE("hours without attempts are filled in, the newest of too many are kept") {
  const Time noon = *parse_rfc3339("2026-01-15T12:00:00Z");
  const std::vector<HourCount> hours = {{.begins = noon - 9h, .ok = 5},
                                        {.begins = noon - 2h, .ok = 1, .failed = 2},
                                        {.begins = noon, .ok = 3}};
  const auto all = every_hour(hours, noon - 3h + 59min, noon + 59min, 100);
  REQUIRE(all.size() == 4);
  CHECK(all[0] == HourCount{.begins = noon - 3h});
  CHECK(all[1] == hours[1]);
  CHECK(all[2] == HourCount{.begins = noon - 1h});
  CHECK(all[3] == hours[2]);
  CHECK(every_hour(hours, noon - 3h, noon, 2).size() == 2);
  CHECK(every_hour(hours, noon - 3h, noon, 2)[1] == hours[2]);
  CHECK(every_hour({}, noon, noon, 9) == std::vector<HourCount>{{.begins = noon}});
  CHECK(every_hour(hours, noon + 1h, noon, 9).empty());
}

TEST_CASE("a backlog is as old as the delivery that has been due longest") {
  const Time noon = *parse_rfc3339("2026-01-15T12:00:00Z");
  EndpointStats stats;
  CHECK_FALSE(stats.backlog_age(noon).has_value());
  stats.next_due = noon + 1ms;
  CHECK_FALSE(stats.backlog_age(noon).has_value());
  stats.next_due = noon - 90s;
  CHECK(stats.backlog_age(noon) == 90s);
}
