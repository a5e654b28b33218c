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
  // Takes what an attempt changed. The lane must live until the commit.
  void add(Lane& lane, Settled settled, SettledReport report, Millis steady);
  // An event to be raised with them.
  void raise(NewEvent event) { batch_.raised.push_back(std::move(event)); }
  // What is told of a lane once it is recorded.
  enum class LaneNews { failing, parked, disabled };
  void tell(Lane& lane, LaneNews news) { news_.push_back({&lane, news}); }

  std::size_t size() const { return batch_.deliveries.size(); }
  // When the oldest came; nothing if there is none.
  std::optional<Millis> oldest() const { return oldest_; }

  // One transaction. True if the database is to be looked at again: events were raised, webhooks
  // disabled, or rows have moved meanwhile. After an error everything is kept as it was.
  Result<bool> commit(QueueStore& store, Time wall, Time dispatcher_time,
                      DispatchObserver& observer);

 private:
  void tell_all(DispatchObserver& observer);

  SettleBatch batch_;
  std::vector<Lane*> lanes_;            // touched, each once
  std::vector<Lane*> lane_of_;          // of each delivery
  std::vector<SettledReport> reports_;  // of each delivery
  struct News {
    Lane* lane;
    LaneNews news;
  };
  std::vector<News> news_;
  std::optional<Millis> oldest_;
};

}  // namespace thig
