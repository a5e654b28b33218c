// The figures of webhooks as Prometheus metrics, in Prometheus' text format.
#pragma once

#include "core/api/document_sink.h"
#include "core/api/stats_query.h"

namespace thig {

// Counters are of all time; latencies and failures (StatsParts::failures) of the report's span.
void write_metrics(const StatsReport& report, const DocumentSink& sink);

}  // namespace thig
