// Results that have come back and are not recorded yet: collected, then committed together, then
// told.
#pragma once

#include "core/engine/lane.h"
#include "core/engine/observer.h"
#include "core/store/store.h"

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
  // An event that tells of the lane, to be raised with its results.
  void raise(Lane& lane, NewEvent event) { raised_.push_back({&lane, std::move(event)}); }
  // What is told of a lane once it is recorded.
  enum class LaneNews { failing, parked, disabled };
  void tell(Lane& lane, LaneNews news) { news_.push_back({&lane, news}); }

  // The lane's webhook has another epoch now: what it came to before decides nothing. Successes
  // stay; failures wait uncounted, and nothing is raised or told of the lane. Answers when the
  // first of those failures is made again; nothing if there is none.
  std::optional<Time> judge_stale(const Lane& lane);

  std::size_t size() const { return results_.size(); }
  // When the oldest came; nothing if there is none.
  std::optional<Millis> oldest() const { return oldest_; }

  // One transaction. True if the database is to be looked at again: events were raised, webhooks
  // disabled, or rows have moved meanwhile. After an error everything is kept as it was; `conflict`
  // if a lane's webhook has another epoch by now (QueueStore::settle).
  thig::Result<bool> commit(QueueStore& store, Time wall, Time dispatcher_time,
                            DispatchObserver& observer);

 private:
  struct OfLane {
    Lane* lane;
    Result result;
  };
  struct Raised {
    Lane* lane;
    NewEvent event;
  };
  struct News {
    Lane* lane;
    LaneNews news;
  };
  SettleBatch batch(Time dispatcher_time) const;
  void tell_all(DispatchObserver& observer);

  std::vector<Lane*> lanes_;  // touched, each once
  std::vector<OfLane> results_;
  std::vector<Raised> raised_;
  std::vector<News> news_;
  std::optional<Millis> oldest_;
};

}  // namespace thig
