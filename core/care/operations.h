// What a process notes of its work beyond deliveries, kept in the database, for whoever watches the
// installation.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/store/config_store.h"
#include "core/store/maintenance_store.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace thig {

// Of all time.
struct OperationTally {
  std::int64_t retries = 0;       // attempts beyond the first of a delivery
  std::optional<Time> pruned_at;  // when the last pass that was noted ended
  PruneCounts pruned;             // without bytes
};

// The setting that it is kept in.
inline constexpr std::string_view operations_setting = "operations";

// What cannot be read counts as nothing.
Result<OperationTally> read_operations(ConfigStore& store);
// Adds to it, in one transaction. A pass that deleted nothing is noted once an hour.
Status note_retries(ConfigStore& store, std::int64_t retries);
Status note_pruning(ConfigStore& store, const PruneCounts& gone, Time now);

}  // namespace thig
