// Recording events with the queue and missed rows they lead to: the one place where events get
// their ids, for intake and for what the configuration and the dispatcher raise.
#pragma once

#include "core/model/event.h"
#include "core/store/sqlite/transaction.h"

#include <span>
#include <vector>

namespace thig::sqlite {

// Belongs into a write transaction. Rows for webhooks that do not exist (any more) are left out.
// The ids are in the order of the events. With `bound`, the transaction around it, only the first
// of them are recorded, as many as that takes.
Result<std::vector<EventId>> record_events(Connection& connection, std::span<const NewEvent> events,
                                           Time now, const Transaction* bound = nullptr);

}  // namespace thig::sqlite
