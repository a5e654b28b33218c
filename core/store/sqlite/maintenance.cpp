#include "core/store/sqlite/maintenance.h"

#include "core/store/sqlite/backup.h"
#include "core/store/sqlite/dispatcher_time.h"
#include "core/store/sqlite/erasure.h"
#include "core/store/sqlite/pruning.h"

#include <utility>

namespace thig::sqlite {

Maintenance::Maintenance(Connection& connection, Ballast ballast, std::string key_file)
    : connection_(connection), ballast_(std::move(ballast)), key_file_(std::move(key_file)) {}

// On a full disk deleting needs space as well, and is what frees space.
template <class Work>
auto Maintenance::with_room(Work work) -> decltype(work()) {
  auto done = work();
  if (done || done.error().code != ErrorCode::full || !ballast_.release()) return done;
  return work();
}

Result<DatabaseSize> Maintenance::database_size() {
  return measure(connection_);
}

Result<HistoryStep> Maintenance::prune_history(EventId from, EventId before, std::size_t most) {
  return with_room([&] { return sqlite::prune_history(connection_, from, before, most); });
}

Result<HistoryStep> Maintenance::count_history(EventId from, EventId before, std::size_t most) {
  return sqlite::count_history(connection_, from, before, most);
}

Result<PruneCounts> Maintenance::prune_figures(Time before, Time now, std::size_t most) {
  return with_room([&] { return sqlite::prune_figures(connection_, before, now, most); });
}

Result<bool> Maintenance::shrink(Millis longest) {
  return with_room([&] { return sqlite::shrink(connection_, longest); });
}

Result<RecordedPage> Maintenance::recorded(EventId from) {
  return sqlite::recorded(connection_, from);
}

Result<ErasedPart> Maintenance::erase(std::span<const EventId> events,
                                      std::span<const RequestId> requests) {
  return with_room([&] { return sqlite::erase(connection_, events, requests); });
}

Result<bool> Maintenance::clear_journal() {
  return connection_.clear_wal();
}

Result<std::int64_t> Maintenance::repair_clock(Time now) {
  return with_room([&] { return sqlite::repair_clock(connection_, now); });
}

Result<BackupReport> Maintenance::back_up(const BackupOptions& options) {
  return sqlite::back_up(connection_.file(), key_file_, options);
}

}  // namespace thig::sqlite
