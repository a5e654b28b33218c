// Searching what is recorded, and erasing of it, on SQLite.
#pragma once

#include "core/store/maintenance_store.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

// As MaintenanceStore says.
Result<RecordedPage> recorded(Connection& connection, EventId from);
Result<ErasedPart> erase(Connection& connection, std::span<const EventId> events,
                         std::span<const RequestId> requests);

}  // namespace thig::sqlite
