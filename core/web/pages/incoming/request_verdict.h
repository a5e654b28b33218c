// What is said of a request to an incoming webhook above its details: the verdict, why, and what to
// do.
#pragma once

#include "core/model/incoming_hook.h"
#include "core/web/pages/html/html.h"

#include <optional>

namespace thig::pages {

// `hook`: that it came for; nothing if it is gone.
Html request_verdict(const IncomingRequest& request, const std::optional<IncomingHook>& hook);

// Whether its action can be run again: as IncomingRequestStore::requeue has it.
bool can_replay(const IncomingRequest& request);

}  // namespace thig::pages
