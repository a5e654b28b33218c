#include "core/store/figures.h"

#include <algorithm>
#include <tuple>

namespace thig {

void HourTallies::add(const Attempt& attempt) {
  const std::int64_t hour = hour_of(attempt.started_at);
  attempts[{hour, latency_bucket(attempt.duration)}].add(attempt.ok());
  if (!attempt.ok()) ++failures[{hour, outcome_of(attempt)}];
}

void ResultTally::add(const AttemptResult& settled) {
  const Attempt& attempt = settled.attempt;
  attempts.add(attempt.ok());
  hours.add(attempt);
  if (settled.state == DeliveryState::delivered) ++delivered;
  if (settled.state == DeliveryState::dead) ++dead;
  if (last_outcome.empty() || attempt.started_at >= last_at) {
    last_at = attempt.started_at;
    last_outcome = outcome_of(attempt);
  }
}

void add_attempts(Activity& activity, Time hour_begins, std::size_t latency_bucket,
                  const AttemptCount& count) {
  auto& hours = activity.hours;
  if (hours.empty() || hours.back().begins != hour_begins) hours.push_back({.begins = hour_begins});
  hours.back().ok += count.ok;
  hours.back().failed += count.failed;
  activity.latency.resize(latency_bucket_count);
  activity.latency[latency_bucket] += count.ok + count.failed;
}

void add_failures(std::vector<FailureCount>& failures, std::string outcome, std::int64_t attempts) {
  const auto found = std::ranges::find(failures, outcome, &FailureCount::outcome);
  if (found == failures.end()) {
    failures.push_back({.outcome = std::move(outcome), .attempts = attempts});
  } else {
    found->attempts += attempts;
  }
}

void put_most_frequent_first(std::vector<FailureCount>& failures) {
  std::ranges::sort(failures, [](const FailureCount& a, const FailureCount& b) {
    return std::tie(b.attempts, a.outcome) < std::tie(a.attempts, b.outcome);
  });
}

}  // namespace thig
