// Applying what a batch of attempts changes: queue, history, counters, health, raised events.
#pragma once

#include "core/store/queue_store.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

// One transaction (QueueStore::settle).
Status apply_settlements(Connection& connection, const SettleBatch& batch, Time now);

}  // namespace thig::sqlite
