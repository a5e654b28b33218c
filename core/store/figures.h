// Figures of webhooks: what settlements add to them, and how they are put together when they are
// read. A store keeps the totals of each webhook, and by hour the attempts of each latency bucket
// and the failures of each outcome.
#pragma once

#include "core/model/delivery.h"
#include "core/model/stats.h"
#include "core/store/queue_store.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace thig {

// What figures by hour keep all webhooks together under, those that have been removed included.
inline constexpr EndpointId all_endpoints{0};

struct AttemptCount {
  std::int64_t ok = 0;
  std::int64_t failed = 0;
  void add(bool good) { ++(good ? ok : failed); }
};

// What a batch of settlements adds to the figures by hour.
struct HourTallies {
  std::map<std::pair<std::int64_t, int>, AttemptCount> attempts;  // by hour and latency bucket
  std::map<std::pair<std::int64_t, std::string>, std::int64_t> failures;  // by hour and outcome

  void add(const Attempt& attempt);
};

// … and to one webhook's.
struct ResultTally {
  AttemptCount attempts;
  std::int64_t delivered = 0;
  std::int64_t dead = 0;
  Time last_at{};  // of the attempt that was begun last
  std::string last_outcome;
  HourTallies hours;

  void add(const AttemptResult& settled);
};

// Adds what was attempted within an hour; these come in the order of their hours.
void add_attempts(Activity& activity, Time hour_begins, std::size_t latency_bucket,
                  const AttemptCount& count);
void add_failures(std::vector<FailureCount>& failures, std::string outcome, std::int64_t attempts);
void put_most_frequent_first(std::vector<FailureCount>& failures);

}  // namespace thig
