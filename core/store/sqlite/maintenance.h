// MaintenanceStore on SQLite; its parts are in pruning.h, erasure.h and backup.h.
#pragma once

#include "core/store/maintenance_store.h"
#include "core/store/sqlite/ballast.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

class Maintenance final : public MaintenanceStore {
 public:
  Maintenance(Connection& connection, Ballast ballast, std::string key_file);

  Result<DatabaseSize> database_size() override;
  Result<HistoryStep> prune_history(EventId from, EventId before, std::size_t most) override;
  Result<HistoryStep> count_history(EventId from, EventId before, std::size_t most) override;
  Result<PruneCounts> prune_figures(Time before, Time now, std::size_t most) override;
  Result<bool> shrink(Millis longest) override;
  Result<RecordedPage> recorded(EventId from) override;
  Result<ErasedPart> erase(std::span<const EventId> events,
                           std::span<const RequestId> requests) override;
  Result<bool> clear_journal() override;
  Result<std::int64_t> repair_clock(Time now) override;
  Result<BackupReport> back_up(const BackupOptions& options) override;

 private:
  template <class Work>
  auto with_room(Work work) -> decltype(work());

  Connection& connection_;
  Ballast ballast_;
  std::string key_file_;
};

}  // namespace thig::sqlite
