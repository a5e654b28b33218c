#include "core/store/sqlite/maintenance.h"

#include "core/store/sqlite/backup.h"
#include "core/store/sqlite/dispatcher_time.h"
#include "core/store/sqlite/erasure.h"
#include "core/store/sqlite/pruning.h"

#include <algorithm>
#include <utility>

namespace thig::sqlite {

Maintenance::Maintenance(Connection& connection, Ballast ballast, std::string key_file)
    : connection_(connection), ballast_(std::move(ballast)), key_file_(std::move(key_file)) {}

// On a full disk deleting needs room as well, and is what makes room. It gets the ballast's;
// without one the journal's own, whose file keeps its length when it is begun again: for less at a
// time.
template <class Work>
auto Maintenance::with_room(std::size_t most, Work work) -> decltype(work(most)) {
  auto done = work(most);
  const auto full = [&] { return !done && done.error().code == ErrorCode::full; };
  if (full() && ballast_.release()) done = work(most);
  while (full() && most > 1) {
    most /= 8;
    const auto restarted = connection_.restart_wal();
    if (!restarted || !*restarted) break;
    done = work(std::max<std::size_t>(most, 1));
  }
  return done;
}

Result<DatabaseSize> Maintenance::database_size() {
  return measure(connection_);
}

Result<HistoryStep> Maintenance::prune_history(EventId from, EventId before, std::size_t most) {
  return with_room(most, [&](std::size_t some) {
    return sqlite::prune_history(connection_, from, before, some);
  });
}

Result<HistoryStep> Maintenance::count_history(EventId from, EventId before, std::size_t most) {
  return sqlite::count_history(connection_, from, before, most);
}

Result<PruneCounts> Maintenance::prune_figures(Time before, Time now, std::size_t most) {
  return with_room(most, [&](std::size_t some) {
    return sqlite::prune_figures(connection_, before, now, some);
  });
}

Result<bool> Maintenance::shrink(Millis longest) {
  // Less time, less of the journal.
  return with_room(static_cast<std::size_t>(longest.count()), [&](std::size_t some) {
    return sqlite::shrink(connection_, Millis{static_cast<Millis::rep>(some)});
  });
}

Result<RecordedPage> Maintenance::recorded(EventId from) {
  return sqlite::recorded(connection_, from);
}

Result<ErasedCounts> Maintenance::erase(std::span<const EventId> events,
                                        std::span<const RequestId> requests) {
  return with_room(1, [&](std::size_t) { return sqlite::erase(connection_, events, requests); });
}

Result<bool> Maintenance::clear_journal() {
  return connection_.clear_wal();
}

Result<std::int64_t> Maintenance::repair_clock(Time now) {
  return with_room(1, [&](std::size_t) { return sqlite::repair_clock(connection_, now); });
}

Result<BackupReport> Maintenance::back_up(const BackupOptions& options) {
  return sqlite::back_up(connection_.file(), key_file_, options);
}

}  // namespace thig::sqlite
