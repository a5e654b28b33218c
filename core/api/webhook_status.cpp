#include "core/api/webhook_status.h"

#include "core/base/enum_names.h"

#include <algorithm>

namespace thig {
namespace {

constexpr EnumName<WebhookStatus> statuses[] = {
    {WebhookStatus::enabled, "enabled"},
    {WebhookStatus::failing, "failing"},
    {WebhookStatus::paused, "paused"},
    {WebhookStatus::disabled, "disabled"},
};

}  // namespace

std::string_view to_text(WebhookStatus status) {
  return enum_name(statuses, status);
}

std::optional<WebhookStatus> parse_webhook_status(std::string_view text) {
  return enum_value(statuses, text);
}

const std::vector<std::string>& webhook_states() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> all;
    for (const auto& [status, word] : statuses) all.emplace_back(word);
    return all;
  }();
  return words;
}

WebhookStatus status_of(EndpointState state, const EndpointHealth* health, Time now) {
  if (state == EndpointState::disabled) return WebhookStatus::disabled;
  if (health == nullptr) return WebhookStatus::enabled;
  if (health->paused_until && *health->paused_until > now) return WebhookStatus::paused;
  return health->failing_since ? WebhookStatus::failing : WebhookStatus::enabled;
}

std::optional<Time> next_attempt(const EndpointStats& stats, const EndpointHealth* health) {
  if (!stats.next_due || health == nullptr || !health->paused_until) return stats.next_due;
  return std::max(*stats.next_due, *health->paused_until);
}

bool disabled_by_failures(const EndpointSummary& endpoint) {
  return endpoint.disabled_by == DisabledBy::failures || endpoint.disabled_by == DisabledBy::gone;
}

}  // namespace thig
