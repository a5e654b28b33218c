// Results that have come back and are not recorded yet: collected, then committed together, then
// told.
#pragma once

#include "core/dispatch/lane.h"
#include "core/dispatch/observer.h"
#include "core/store/queue_store.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace thig {

class Results {
 public:
  // What an attempt came to, under the epoch that its lane has now. `stale_due_at`: when it is made
  // again if it failed and the epoch is another before it is recorded (rules/settle.h).
  struct Result {
    Settled settled;
    SettledReport report;
    Time stale_due_at{};
  };
  // The lane must live until the commit.
  void add(Lane& lane, Result result, Millis steady);
  // An event that tells of the lane, which has a result, to be raised with its results.
  void raise(Lane& lane, NewEvent event);
  // What is told of a lane, which has a result, once that is recorded.
  enum class LaneNews { failing, parked, disabled };
  void tell(Lane& lane, LaneNews news);

  // The lane's webhook has another epoch now: what it came to before decides nothing. Successes
  // stay; failures wait uncounted, and nothing is raised or told of the lane. Answers when the
  // first of those failures is made again; nothing if there is none.
  std::optional<Time> judge_stale(const Lane& lane);

  std::size_t size() const { return size_; }
  // When the oldest came; nothing if there is none.
  std::optional<Millis> oldest() const { return oldest_; }

  // One transaction, of as many of them as one takes in (store/bounds.h), the webhooks that came
  // first first; the rest stays. A webhook's health is recorded, and its events are raised, with
  // the last of its results. True if the database is to be looked at again: events were raised,
  // webhooks disabled, or rows have moved meanwhile. After an error everything is kept as it was;
  // `conflict` if a lane's webhook has another epoch by now (QueueStore::settle).
  thig::Result<bool> commit(QueueStore& store, Time wall, Time dispatcher_time,
                            DispatchObserver& observer);

 private:
  struct OfLane {
    Lane* lane;
    std::vector<Result> results;
    std::vector<NewEvent> raised;
    std::vector<LaneNews> news;
  };
  // The first of the lanes whole, and the first results of the next.
  struct Portion {
    std::size_t lanes = 0;
    std::size_t results = 0;
  };
  OfLane& of(const Lane& lane) { return lanes_[*lane.place_in_results]; }
  Portion a_transaction() const;
  SettleBatch batch(const Portion& portion, Time dispatcher_time) const;
  void forget(const Portion& portion);

  std::vector<OfLane> lanes_;  // each once
  std::size_t size_ = 0;
  std::optional<Millis> oldest_;
};

}  // namespace thig
