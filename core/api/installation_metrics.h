// Metrics of what is not an outgoing webhook: incoming requests, the database and its upkeep,
// certificates.
#pragma once

#include "core/api/metrics_query.h"
#include "core/api/prometheus.h"

namespace thig {

void write_installation_metrics(const MetricsReport& report, Exposition& metrics);

}  // namespace thig
