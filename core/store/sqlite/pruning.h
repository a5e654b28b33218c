// Retention on SQLite.
#pragma once

#include "core/store/maintenance_store.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

// As MaintenanceStore says.
Result<DatabaseSize> measure(Connection& connection);
Result<HistoryStep> prune_history(Connection& connection, EventId from, EventId before,
                                  std::size_t most);
Result<HistoryStep> count_history(Connection& connection, EventId from, EventId before,
                                  std::size_t most);
Result<PruneCounts> prune_figures(Connection& connection, Time before, Time now, std::size_t most);
Result<bool> shrink(Connection& connection, Millis longest);

// What a webhook's counters are lowered by when these deliveries go.
struct GoneDeliveries {
  std::int64_t pending = 0;
  std::int64_t dead = 0;
  std::int64_t missed = 0;
  std::int64_t cancelled = 0;
};
Status lower_counters(Connection& connection, EndpointId endpoint, const GoneDeliveries& gone);

}  // namespace thig::sqlite
