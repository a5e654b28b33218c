// What `test` found, line by line or as one document.
#pragma once

#include "cli/app/context.h"
#include "core/probe/prober.h"

namespace thig {

enum class Recorded { no, yes };

// The request alone, as it would be sent.
void write_probe_request(Context& context, const Endpoint& endpoint, const Probe& probe);

// The request, what was seen on the way, what came of it, and what to do.
void write_probe_report(Context& context, const Endpoint& endpoint, const Probe& probe,
                        const Finished& finished, Recorded recorded);

}  // namespace thig
