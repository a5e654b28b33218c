// The figures of webhooks as Prometheus metrics.
#pragma once

#include "cli/views/webhook_view.h"

#include <span>

namespace thig {

// Counters are of all time. Latencies and `failures` are of the span that ends at `now`.
void write_metrics(Output& out, std::span<const SummaryView> views,
                   std::span<const EndpointFailures> failures, Millis span, Time now);

}  // namespace thig
