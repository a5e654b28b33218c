// What would be attempted now.
#pragma once

#include "core/api/webhook_hold.h"
#include "core/base/error.h"
#include "core/store/store.h"

#include <cstdint>
#include <functional>
#include <span>

namespace thig {

struct DueVisitor {
  // A webhook with deliveries that are due, but held.
  std::function<void(const EndpointSummary&, const WebhookHold&)> held;
  // The next deliveries that are due, of one webhook, in their order, without their bodies. False
  // passes over these and the rest of that webhook's.
  std::function<Result<bool>(const EndpointSummary&, std::span<const QueuedDelivery>)> due;
};

// How many are due now, webhook by webhook, without those that were passed over. Deliveries that
// are held are left alone, as a sweep leaves them.
Result<std::int64_t> visit_due(Store& store, Time now, const DueVisitor& visitor);

}  // namespace thig
