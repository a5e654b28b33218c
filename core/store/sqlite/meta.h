// The one row that holds the database's own state.
#pragma once

#include "core/store/dispatcher_clock.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

Result<std::int64_t> read_config_version(Connection& connection);
// Belongs into the transaction that makes the change.
Status raise_config_version(Connection& connection);

// What the next ids follow from.
struct Numbering {
  EventId last;
  RequestId last_request;
  int origin = 0;
};
Result<Numbering> read_numbering(Connection& connection);
Status write_last_event_id(Connection& connection, EventId last);
Status write_last_request_id(Connection& connection, RequestId last);

Result<DispatcherClock> read_dispatcher_clock(Connection& connection);
Status write_dispatcher_clock(Connection& connection, const DispatcherClock& clock);

}  // namespace thig::sqlite
