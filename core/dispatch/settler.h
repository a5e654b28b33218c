// Who records the results of attempts, so that the dispatcher need not wait for it.
#pragma once

#include "core/base/error.h"
#include "core/store/queue_store.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace thig {

// Batches are recorded one after the other, in the order in which they were given. After one that
// failed nothing more is recorded, and the others fail with the same error, until all that were
// given have been taken: so nothing is recorded of a webhook before what came earlier.
//
// Thread: all calls by one.
class Settler {
 public:
  virtual ~Settler() = default;
  // How many batches may be under way.
  static constexpr std::size_t most_batches = 2;

  // Never waits.
  virtual void start(SettleBatch batch, Time wall) = 0;
  // The result of the oldest batch that has not been taken yet, as QueueStore::settle; nothing
  // while it is under way.
  virtual std::optional<Status> take() = 0;
};

// Records at once, on the caller's thread.
class DirectSettler final : public Settler {
 public:
  explicit DirectSettler(QueueStore& queue) : queue_(queue) {}

  void start(SettleBatch batch, Time wall) override {
    const bool others_failed = !ended_.empty() && !ended_.front();
    ended_.push_back(others_failed ? ended_.front() : queue_.settle(batch, wall));
  }
  std::optional<Status> take() override {
    if (ended_.empty()) return std::nullopt;
    Status status = std::move(ended_.front());
    ended_.pop_front();
    return status;
  }

 private:
  QueueStore& queue_;
  std::deque<Status> ended_;
};

}  // namespace thig
