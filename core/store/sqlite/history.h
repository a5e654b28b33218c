// HistoryStore on SQLite.
#pragma once

#include "core/store/sqlite/connection.h"
#include "core/store/store.h"

namespace thig::sqlite {

class History final : public HistoryStore {
 public:
  explicit History(Connection& connection) : connection_(connection) {}

  Result<std::vector<Delivery>> deliveries(const DeliveryFilter& filter) override;
  Result<Timeline> timeline(DeliveryId id) override;
  Result<std::vector<EndpointStats>> stats(Time since) override;
  Result<Event> event(EventId id) override;

 private:
  Result<std::vector<Delivery>> list(const DeliveryFilter& filter);

  Connection& connection_;
};

}  // namespace thig::sqlite
