// A queue that passes everything on: for those that are to do one thing otherwise.
#pragma once

#include "core/store/queue_store.h"

namespace thig {

class PassingQueue : public QueueStore {
 public:
  explicit PassingQueue(QueueStore& inner) : inner_(inner) {}

  Result<std::int64_t> data_version() override { return inner_.data_version(); }
  Result<std::vector<LaneHead>> lanes() override { return inner_.lanes(); }
  Result<std::vector<DuePage>> due_pages(std::span<const DueRead> reads, Time now,
                                         std::size_t most_bytes) override {
    return inner_.due_pages(reads, now, most_bytes);
  }
  Result<std::vector<EndpointHealth>> healths(std::span<const EndpointId> endpoints) override {
    return inner_.healths(endpoints);
  }
  Result<std::vector<FailingEndpoint>> failing() override { return inner_.failing(); }
  Result<Time> time_floor(Time wall) override { return inner_.time_floor(wall); }
  Status settle(const SettleBatch& batch, Time now) override { return inner_.settle(batch, now); }

 private:
  QueueStore& inner_;
};

}  // namespace thig
