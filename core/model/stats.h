// Figures of a webhook, kept as counters so that reading them never walks the history.
#pragma once

#include "core/base/time.h"
#include "core/model/ids.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thig {

// Durations fall into 64 buckets, four to each doubling from 1 ms up: within 19 % of the truth,
// from 1 ms to over a minute.
inline constexpr int latency_bucket_count = 64;
int latency_bucket(Millis duration);
// The longest duration that falls into the bucket.
Millis latency_bucket_top(int bucket);
// A count for each bucket; empty if nothing was counted.
using LatencyBuckets = std::vector<std::int64_t>;
void add_latencies(LatencyBuckets& sum, const LatencyBuckets& more);
// The duration that `fraction` (0 to 1) of the counted attempts did not exceed; nothing if none was
// counted.
std::optional<Millis> latency_percentile(const LatencyBuckets& buckets, double fraction);

struct EndpointStats {
  EndpointId id;
  std::int64_t attempts_ok = 0;
  std::int64_t attempts_failed = 0;
  std::int64_t pending = 0;
  std::int64_t delivered = 0;
  std::int64_t dead = 0;
  std::int64_t missed = 0;
  std::int64_t cancelled = 0;
  std::optional<Time> last_attempt_at;
  std::string last_outcome;      // "200", "503", "timeout"; empty before the first attempt
  std::optional<Time> next_due;  // the earliest pending row
  std::optional<Time> failing_since;
  LatencyBuckets latency;  // of all attempts in the asked span

  // Total deliveries in the product's sense: all attempts.
  std::int64_t attempts() const { return attempts_ok + attempts_failed; }
  // 2xx attempts ÷ all attempts, 0 to 1; nothing before the first attempt.
  std::optional<double> success_rate() const;
  // How long the delivery that waits longest has been due; nothing if none is.
  std::optional<Millis> backlog_age(Time now) const;
};

// All webhooks together, as they are now.
struct WebhookTotals {
  std::int64_t webhooks = 0;
  std::int64_t disabled_by_failures = 0;  // or by a 410; not by a member
  std::int64_t pending = 0;
  std::int64_t delivered = 0;
  std::int64_t dead = 0;
  std::int64_t missed = 0;
  std::int64_t cancelled = 0;
  bool operator==(const WebhookTotals&) const = default;
};

// Finds the figures of a webhook among those of all, which are in the order of their ids.
class FiguresById {
 public:
  // `all` stays where it is meanwhile.
  explicit FiguresById(std::span<EndpointStats> all);
  // Null if there are none.
  EndpointStats* find(EndpointId id) const;

 private:
  std::span<EndpointStats> all_;
  std::vector<EndpointId> ids_;  // alone they are so few bytes that searching them is quick
};

// Attempts that were begun within one hour.
struct HourCount {
  Time begins{};
  std::int64_t ok = 0;
  std::int64_t failed = 0;
  bool operator==(const HourCount&) const = default;
};

// Failed attempts that came to the same: "503", "timeout".
struct FailureCount {
  std::string outcome;
  std::int64_t attempts = 0;
  bool operator==(const FailureCount&) const = default;
};

struct EndpointFailures {
  EndpointId id;
  std::vector<FailureCount> failures;  // the most frequent first
};

// What was attempted within a span.
struct Activity {
  std::vector<HourCount> hours;        // those with attempts, the oldest first
  std::vector<FailureCount> failures;  // the most frequent first
  LatencyBuckets latency;
};

// Since 1970.
std::int64_t hour_of(Time time);
Time begin_of_hour(std::int64_t hour);
// Every hour from that of `since` to that of `now`, those without attempts included; not more than
// `most` of them, the newest.
std::vector<HourCount> every_hour(const std::vector<HourCount>& hours, Time since, Time now,
                                  std::size_t most);

}  // namespace thig
