// What a request brings about: projects, notes and events, to be recorded together with its end.
#pragma once

#include "core/base/random.h"
#include "core/dispatch/router.h"
#include "core/incoming/command.h"
#include "core/model/incoming_hook.h"
#include "core/store/incoming_request_store.h"

#include <string>

namespace thig {

// Whether the conditions hold and, for every action but `run`, what it comes to. A value that is
// not there, a project that does not exist, an event type that is not known any more: the outcome
// says which (`failed`). Errors are the database's only.
Result<ActionOutcome> prepare_action(const IncomingHook& hook, const IncomingRequest& request,
                                     IncomingRequestStore& store, Router& router, Random& random,
                                     Time now);

// For `run`, once the conditions hold. `request` must outlive the call.
CommandCall command_call(const IncomingHook& hook, const IncomingRequest& request);
ActionOutcome outcome_of(const CommandEnd& end);

}  // namespace thig
