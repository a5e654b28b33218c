// What the trail of changes says of single members, as JSON.
#pragma once

#include "core/model/audit.h"
#include "core/model/endpoint.h"

#include <string>
#include <string_view>

namespace thig {

// An action that has several causes.
inline constexpr std::string_view webhook_disable = "webhook.disable";

// {"state":"disabled","reason":"…"}: what of a webhook changes when it is enabled or disabled.
std::string state_json(EndpointState state, std::string_view reason);
// That deliveries have disabled a webhook; without `at` and `subject`, which the settlement knows.
AuditEntry disabled_by_deliveries(std::string_view reason);

// {"name":"value"}: one member of a difference.
std::string one_member(std::string_view name, std::string_view value);

}  // namespace thig
