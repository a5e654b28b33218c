// How a webhook is doing, in one of four words: those of lists, filters and pages.
#pragma once

#include "core/base/time.h"
#include "core/model/endpoint.h"
#include "core/model/stats.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

enum class WebhookStatus {
  enabled,
  failing,   // its last attempts failed
  paused,    // after failures nothing is sent for a while
  disabled,  // by a member, or after too many failures
};
std::string_view to_text(WebhookStatus status);
std::optional<WebhookStatus> parse_webhook_status(std::string_view text);
// All four words.
const std::vector<std::string>& webhook_states();

// `health`: null for one that does not fail.
WebhookStatus status_of(EndpointState state, const EndpointHealth* health, Time now);

// When its next attempt may start: as the first delivery is due, but not before its pause ends.
// Nothing if none is pending.
std::optional<Time> next_attempt(const EndpointStats& stats, const EndpointHealth* health);

// Whether something other than a member has disabled it.
bool disabled_by_failures(const EndpointSummary& endpoint);

}  // namespace thig
