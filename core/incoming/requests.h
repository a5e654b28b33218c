// What members do with requests that were recorded.
#pragma once

#include "core/base/error.h"
#include "core/model/incoming_hook.h"
#include "core/model/member.h"
#include "core/store/config_store.h"
#include "core/store/incoming_request_store.h"

namespace thig {

// The request as it came, with what is masked for readers. Needs Owner or Admin, and is noted in
// the trail of changes. `not_found`; `key` if it cannot be opened.
Result<IncomingRequest> reveal_request(ConfigStore& config, IncomingRequestStore& requests,
                                       const Member& actor, RequestId id, Time now);

// Makes an ended request pending again, for its action to be run. Needs Owner or Admin. Errors as
// of IncomingRequestStore::requeue.
Status replay_request(IncomingRequestStore& requests, const Member& actor, RequestId id);

}  // namespace thig
