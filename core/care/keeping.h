// What members do by hand to keep a database well. Each needs Owner or Admin (`not_permitted`),
// which is checked here and nowhere else; what `run` and `deliver` do in passing needs nobody's
// right.
#pragma once

#include "core/base/error.h"
#include "core/care/eraser.h"
#include "core/care/pruner.h"
#include "core/model/member.h"
#include "core/store/maintenance_store.h"

#include <cstdint>
#include <vector>

namespace thig {

// Deletes history. Counting what would go (count_prunable) needs no right.
Result<Pruner> prune_by_hand(MaintenanceStore& store, const Member& actor, Retention retention);
// Erases what is recorded, or shows it with `dry_run`.
Result<Eraser> erase_by_hand(MaintenanceStore& store, const Member& actor,
                             std::vector<JsonCondition> conditions, bool dry_run);
// Copies the database. Errors as of MaintenanceStore::back_up.
Result<BackupReport> back_up_by_hand(MaintenanceStore& store, const Member& actor,
                                     const BackupOptions& options);
// Moves what is due by a clock that was wrong. Answers as MaintenanceStore::repair_clock.
Result<std::int64_t> repair_clock_by_hand(MaintenanceStore& store, const Member& actor, Time now);

}  // namespace thig
