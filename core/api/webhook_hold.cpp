#include "core/api/webhook_hold.h"

namespace thig {

Result<std::optional<WebhookHold>> hold_of(Store& store, const EndpointSummary& endpoint,
                                           Time now) {
  if (endpoint.state == EndpointState::disabled) return WebhookHold{WebhookHold::Why::disabled};
  THIG_TRY_ASSIGN(health, store.queue().health(endpoint.id));
  if (!health.paused_until || *health.paused_until <= now) return std::nullopt;
  return WebhookHold{.why = WebhookHold::Why::paused, .until = *health.paused_until};
}

Result<std::vector<HeldWebhook>> held_webhooks(Store& store,
                                               std::span<const EndpointSummary* const> webhooks,
                                               Time now) {
  std::vector<HeldWebhook> held;
  for (const EndpointSummary* webhook : webhooks) {
    THIG_TRY_ASSIGN(hold, hold_of(store, *webhook, now));
    if (hold) held.push_back({.webhook = webhook, .hold = *hold});
  }
  return held;
}

}  // namespace thig
