// How pages call what incoming webhooks do, and what came of requests to them.
#pragma once

#include "core/model/incoming_hook.h"
#include "core/web/pages/html/html.h"

#include <string>
#include <string_view>

namespace thig::pages {

// "Create a project", "Emit billing.payment_failed", "Run /usr/local/bin/deploy".
std::string describe_action(const IncomingAction& action);
// "GitHub"; "not signed" for none.
std::string describe_scheme(std::string_view scheme);

Html request_sign(RequestState state);
// What came of it, in a line: "project proj_…", "no signature matches".
std::string outcome_line(const IncomingRequest& request);

}  // namespace thig::pages
