// What was attempted hour by hour, from counters: the cost grows with the hours and the webhooks
// that are asked for, never with the deliveries.
#pragma once

#include "core/base/error.h"
#include "core/model/stats.h"

#include <optional>
#include <vector>

namespace thig {

class ActivityStore {
 public:
  virtual ~ActivityStore() = default;

  // Of one webhook, or of all together, those that have been removed since included; from the hour
  // of `since` on.
  virtual Result<Activity> activity(std::optional<EndpointId> endpoint, Time since) = 0;
  // The failures of each webhook that had some, by id; from the hour of `since` on.
  virtual Result<std::vector<EndpointFailures>> failures(Time since) = 0;
  // The figures of one webhook, with latencies; `not_found` if it is gone.
  virtual Result<EndpointStats> stats_of(EndpointId endpoint, std::optional<Time> since) = 0;
};

}  // namespace thig
