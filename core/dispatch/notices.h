// The `data` of the events that this system raises about its own webhooks (webhook.created, …).
// URLs are told without path and query, which often hold a token of their receiver's.
#pragma once

#include "core/model/delivery.h"
#include "core/model/endpoint.h"

#include <optional>
#include <string>
#include <string_view>

namespace thig {

// {"webhookId":…,"name":…,"url":…,"events":[…],"state":…}: for created, updated, deleted, enabled,
// recovered.
std::string webhook_notice(const Endpoint& endpoint);
// For webhook.disabled: also by whom and why.
std::string disabled_notice(const Endpoint& endpoint, DisabledBy by, std::string_view reason);
// For webhook.secret_rotated: also when the old secret ends, or null.
std::string rotated_notice(const Endpoint& endpoint, std::optional<Time> old_until);
// For webhook.failing: also how often in a row, since when, and what came last.
std::string failing_notice(const Endpoint& endpoint, const EndpointHealth& health,
                           const Attempt& last);
// For webhook.paused: also until when, and the same.
std::string paused_notice(const Endpoint& endpoint, const EndpointHealth& health,
                          const Attempt& last);
// For webhook.delivery_exhausted.
std::string exhausted_notice(const Endpoint& endpoint, DeliveryId delivery,
                             std::string_view event_type, const Attempt& last);

}  // namespace thig
