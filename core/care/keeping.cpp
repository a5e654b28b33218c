#include "core/care/keeping.h"

#include "core/rules/access.h"

#include <utility>

namespace thig {

Result<Pruner> prune_by_hand(MaintenanceStore& store, const Member& actor, Retention retention) {
  THIG_TRY(check_access(actor, Action::keep));
  return Pruner(store, retention, {});
}

Result<Eraser> erase_by_hand(MaintenanceStore& store, const Member& actor,
                             std::vector<JsonCondition> conditions, bool dry_run) {
  THIG_TRY(check_access(actor, Action::keep));
  return Eraser(store, std::move(conditions), dry_run);
}

Result<BackupReport> back_up_by_hand(MaintenanceStore& store, const Member& actor,
                                     const BackupOptions& options) {
  THIG_TRY(check_access(actor, Action::keep));
  return store.back_up(options);
}

Result<std::int64_t> repair_clock_by_hand(MaintenanceStore& store, const Member& actor, Time now) {
  THIG_TRY(check_access(actor, Action::keep));
  return store.repair_clock(now);
}

}  // namespace thig
