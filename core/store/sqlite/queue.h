// QueueStore on SQLite.
#pragma once

#include "core/store/queue_store.h"
#include "core/store/sqlite/ballast.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

class Queue final : public QueueStore {
 public:
  Queue(Connection& connection, Ballast ballast);

  Result<std::int64_t> data_version() override;
  Result<std::vector<LaneHead>> lanes() override;
  Result<std::vector<DuePage>> due_pages(std::span<const DueRead> reads, Time now,
                                         std::size_t most_bytes) override;
  Result<std::vector<EndpointHealth>> healths(std::span<const EndpointId> endpoints) override;
  Result<std::vector<FailingEndpoint>> failing() override;
  Result<Time> time_floor(Time wall) override;
  Status settle(const SettleBatch& batch, Time now) override;

 private:
  Result<DuePage> due_page(const DueRead& read, Time now);
  void keep_ballast(Time now);

  Connection& connection_;
  Ballast ballast_;
  std::optional<Time> ballast_checked_;
};

}  // namespace thig::sqlite
