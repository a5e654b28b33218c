// Every webhook's figures, read from the counters.
#pragma once

#include "core/model/stats.h"
#include "core/store/sqlite/connection.h"

#include <vector>

namespace thig::sqlite {

// By id. Latency counts the attempts from the hour of `since` on.
Result<std::vector<EndpointStats>> select_stats(Connection& connection, Time since);

}  // namespace thig::sqlite
