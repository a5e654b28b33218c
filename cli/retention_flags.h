// The settings of retention, for `prune` and for what prunes by the way.
#pragma once

#include "cli/flags.h"
#include "core/engine/pruner.h"

#include <string>

namespace thig {

struct RetentionFlags {
  Retention retention;

  void declare(Flags& flags);
};

// "older than 30d, and the oldest while it holds more than 1GiB".
std::string describe(const Retention& retention);
// "12 events, 30 deliveries, 3 requests".
std::string describe(const PruneCounts& counts);

}  // namespace thig
