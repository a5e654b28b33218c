// HistoryStore on SQLite.
#pragma once

#include "core/store/history_store.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

class History final : public HistoryStore {
 public:
  explicit History(Connection& connection) : connection_(connection) {}

  Result<DeliveryPage> search(const DeliveryFilter& filter) override;
  Result<Timeline> timeline(DeliveryId id) override;
  Result<Event> event(EventId id) override;
  Result<RecentEvents> recent_events(Time since, std::size_t most_events) override;

 private:
  Connection& connection_;
};

}  // namespace thig::sqlite
