// StatisticsStore on SQLite: figures, read from the counters.
#pragma once

#include "core/store/sqlite/connection.h"
#include "core/store/statistics_store.h"

#include <optional>
#include <vector>

namespace thig::sqlite {

class Statistics final : public StatisticsStore {
 public:
  explicit Statistics(Connection& connection) : connection_(connection) {}

  Result<WebhookTotals> totals() override;
  Result<std::vector<EndpointStats>> stats(std::optional<Time> since) override;
  Result<EndpointStats> stats_of(EndpointId endpoint, std::optional<Time> since) override;
  Result<Activity> activity(std::optional<EndpointId> endpoint, Time since) override;
  Result<std::vector<EndpointFailures>> failures(Time since) override;

 private:
  Status read_attempts(EndpointId endpoint, std::int64_t first_hour, Activity& activity);
  Status read_failures(EndpointId endpoint, std::int64_t first_hour,
                       std::vector<FailureCount>& failures);

  Connection& connection_;
};

}  // namespace thig::sqlite
