// Whose rows are read next.
#pragma once

#include "core/dispatch/lane.h"

#include <deque>
#include <optional>
#include <unordered_set>

namespace thig {

class ReadQueue {
 public:
  // A lane that may want rows: those that are being sent to.
  void thirst(Lane& lane) {
    if (lane.thirsty) return;
    lane.thirsty = true;
    thirsty_.push_back(&lane);
  }
  // A webhook that has none in memory, and often no lane; after all the others.
  void hunger(EndpointId id) {
    if (in_hungry_.insert(id).second) hungry_.push_back(id);
  }

  bool any_thirsty() const { return !thirsty_.empty(); }
  bool any_hungry() const { return !hungry_.empty(); }
  // The next one of a queue, which must have any.
  Lane& take_thirsty() {
    Lane& lane = *thirsty_.front();
    thirsty_.pop_front();
    lane.thirsty = false;
    return lane;
  }
  EndpointId take_hungry() {
    const EndpointId id = hungry_.front();
    hungry_.pop_front();
    in_hungry_.erase(id);
    return id;
  }

 private:
  std::deque<Lane*> thirsty_;
  std::deque<EndpointId> hungry_;
  std::unordered_set<EndpointId> in_hungry_;
};

}  // namespace thig
