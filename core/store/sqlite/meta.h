// The one row that holds the database's own state.
#pragma once

#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

Result<std::int64_t> read_config_version(Connection& connection);
// Belongs into the transaction that makes the change.
Status raise_config_version(Connection& connection);

// What the next event id follows from.
struct Numbering {
  EventId last;
  int origin = 0;
};
Result<Numbering> read_numbering(Connection& connection);
Status write_last_event_id(Connection& connection, EventId last);

}  // namespace thig::sqlite
