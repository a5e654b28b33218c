// The dispatcher's own time as it is kept, and what a clock that was ahead has left behind.
#pragma once

#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

// As QueueStore says.
Result<Time> time_floor(Connection& connection, Time wall);
// It has been `now` by the dispatcher's own time. Belongs into the write transaction that goes by
// it.
Status keep_dispatcher_time(Connection& connection, Time now);
// As MaintenanceStore says.
Result<std::int64_t> repair_clock(Connection& connection, Time now);

}  // namespace thig::sqlite
