// Commands that a server has left running because it was killed. Their requests are pending and are
// to be run again, but never beside what is left of the first time.
#pragma once

#include "core/base/error.h"
#include "core/store/incoming_request_store.h"

namespace thig {

// Kills the commands of pending requests, with their process groups, and waits a moment for their
// end. To be called by whoever owns the actions (IncomingRequestStore::own_actions) and has not
// started a command yet. False if some are still there: another user's, which cannot be killed.
// They are known by the HOOK_REQUEST_ID in their environment; without /proc there is nothing to be
// found.
Result<bool> end_orphans(IncomingRequestStore& requests);

}  // namespace thig
