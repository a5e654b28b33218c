// The figures of webhooks as a JSON document.
#pragma once

#include "core/api/document_sink.h"
#include "core/api/stats_query.h"

namespace thig {

// A part for each webhook, and one with the totals, hours and failures of all.
void write_stats_document(const StatsReport& report, const DocumentSink& sink);

}  // namespace thig
