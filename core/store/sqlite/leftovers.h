// Deleting what a removed webhook leaves behind: queue, history and activity, bit by bit, so that
// no transaction holds the lock for long however much is pending.
#pragma once

#include "core/model/ids.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

// Notes that there is something to delete. Belongs into the transaction that removes the webhook.
Status note_leftovers(Connection& connection, EndpointId endpoint);

// Deletes some thousand rows of some removed webhook in one transaction. False if there was nothing
// left to do.
Result<bool> delete_leftovers(Connection& connection);

}  // namespace thig::sqlite
