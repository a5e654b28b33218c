// Deleting what a removed webhook leaves behind, bit by bit, so that no transaction holds the lock
// for long however much there is: queue, history and activity of an outgoing one, requests and what
// was seen of an incoming one.
#pragma once

#include "core/model/ids.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

// Notes that there is something to delete. Belongs into the transaction that removes the webhook.
Status note_leftovers(Connection& connection, EndpointId endpoint);
Status note_leftovers(Connection& connection, IncomingHookId hook);

// Deletes rows of some removed webhook, as many as one transaction takes. False if there was
// nothing left to do.
Result<bool> delete_leftovers(Connection& connection);

// The same until nothing is left, for the end of a removal: does nothing if none was noted on this
// connection. The webhook is gone by then and the
// rest of it invisible, and whoever opens the database next goes on: so a failure is none of the
// removal, and is not told. Does nothing within a transaction, which it would make a long one.
void delete_all_leftovers(Connection& connection);

}  // namespace thig::sqlite
