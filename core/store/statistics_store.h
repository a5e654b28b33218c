// Figures of webhooks, as they are now and hour by hour, from counters: the cost grows with the
// hours and the webhooks that are asked for, never with the deliveries. The rules of store.h hold
// here.
#pragma once

#include "core/base/error.h"
#include "core/model/stats.h"

#include <optional>
#include <vector>

namespace thig {

class StatisticsStore {
 public:
  virtual ~StatisticsStore() = default;

  // The sums over all webhooks. The cost grows with their number, but is a fraction of that of
  // their figures, and takes no memory for each.
  virtual Result<WebhookTotals> totals() = 0;
  // Every webhook's figures, by id; latency of the attempts since `since`, or none.
  virtual Result<std::vector<EndpointStats>> stats(std::optional<Time> since) = 0;
  // The figures of one webhook, with latencies; `not_found` if it is gone.
  virtual Result<EndpointStats> stats_of(EndpointId endpoint, std::optional<Time> since) = 0;

  // What was attempted from the hour of `since` on: of one webhook, or of all together, those that
  // have been removed since included.
  virtual Result<Activity> activity(std::optional<EndpointId> endpoint, Time since) = 0;
  // The failures of each webhook that had some, by id; from the hour of `since` on.
  virtual Result<std::vector<EndpointFailures>> failures(Time since) = 0;
};

}  // namespace thig
