// Recording events with the queue and missed rows they lead to: the one place where events get
// their ids, for intake and for what the configuration and the dispatcher raise.
#pragma once

#include "core/model/event.h"
#include "core/store/sqlite/connection.h"

#include <span>
#include <vector>

namespace thig::sqlite {

// Belongs into a write transaction. Rows for webhooks that do not exist (any more) are left out.
// The ids are in the order of the events.
Result<std::vector<EventId>> record_events(Connection& connection, std::span<const NewEvent> events,
                                           Time now);

}  // namespace thig::sqlite
