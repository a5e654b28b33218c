// What keeps the deliveries of a webhook waiting.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/store/store.h"

#include <optional>
#include <span>
#include <vector>

namespace thig {

struct WebhookHold {
  enum class Why { disabled, paused };
  Why why = Why::disabled;
  Time until{};  // when it is paused
};

// Nothing if its deliveries are sent as they come due.
Result<std::optional<WebhookHold>> hold_of(Store& store, const EndpointSummary& endpoint, Time now);

struct HeldWebhook {
  const EndpointSummary* webhook;  // as it was given
  WebhookHold hold;
};
// Those of these webhooks that are held, in their order.
Result<std::vector<HeldWebhook>> held_webhooks(Store& store,
                                               std::span<const EndpointSummary* const> webhooks,
                                               Time now);

}  // namespace thig
