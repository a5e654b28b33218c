#include "core/api/webhook_status.h"

#include "core/base/enum_names.h"

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

WebhookStatus status_of(const EndpointSummary& endpoint, const EndpointHealth* health, Time now) {
  if (endpoint.state == EndpointState::disabled) return WebhookStatus::disabled;
  if (health == nullptr) return WebhookStatus::enabled;
  if (health->parked_until && *health->parked_until > now) return WebhookStatus::paused;
  return health->failing_since ? WebhookStatus::failing : WebhookStatus::enabled;
}

bool disabled_by_failures(const EndpointSummary& endpoint) {
  return endpoint.disabled_by == DisabledBy::failures || endpoint.disabled_by == DisabledBy::gone;
}

}  // namespace thig
