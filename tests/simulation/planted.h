// What is done wrong on purpose, to show that a life notices.
#pragma once

#include "core/store/intake_store.h"
#include "tests/support/passing_queue.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace thig {

enum class Planted {
  nothing,
  unrecorded_receipts,  // an event is acknowledged, and not recorded
  results_thrown_away,  // a result is said to be recorded
  early_attempts,       // a delivery is given out before it is due
  other_bytes,          // a body is not the one that was recorded
};

// Answers as if it had recorded what it is given.
class ForgettingIntake final : public IntakeStore {
 public:
  Result<std::vector<Acceptance>> accept(std::span<const NewEvent> events, Time, std::int64_t,
                                         Portion, Given) override {
    return std::vector<Acceptance>(events.size(), {.id = EventId{1'000'000}});
  }
};

// Does wrong with every third that it is asked.
class FaultyQueue final : public PassingQueue {
 public:
  FaultyQueue(QueueStore& inner, Planted planted) : PassingQueue(inner), planted_(planted) {}

  Result<std::vector<DuePage>> due_pages(std::span<const DueRead> reads, Time now,
                                         std::size_t most_bytes) override {
    const bool early = planted_ == Planted::early_attempts && is_turn();
    auto pages =
        PassingQueue::due_pages(reads, early ? now + std::chrono::hours(2) : now, most_bytes);
    if (!pages || planted_ != Planted::other_bytes || !is_turn()) return pages;
    for (DuePage& page : *pages) {
      for (QueuedDelivery& row : page.rows) row.body += ' ';
    }
    return pages;
  }
  Status settle(const SettleBatch& batch, Time now) override {
    if (planted_ == Planted::results_thrown_away && is_turn()) return {};
    return PassingQueue::settle(batch, now);
  }

 private:
  bool is_turn() { return ++asked_ % 3 == 0; }

  Planted planted_;
  int asked_ = 0;
};

}  // namespace thig
