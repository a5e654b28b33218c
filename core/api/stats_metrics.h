// The figures of an installation as Prometheus metrics, in Prometheus' text format.
#pragma once

#include "core/api/document_sink.h"
#include "core/api/metrics_query.h"

#include <cstddef>

namespace thig {

// So many webhooks of either kind, those that were added first, have series of their own. The
// others are counted together, without a label `webhook`.
inline constexpr std::size_t most_labelled_webhooks = 1'000;

// Counters are of all time; latencies and recent failures of the report's span.
void write_metrics(const MetricsReport& report, const DocumentSink& sink);

}  // namespace thig
