// When something is to be done about a webhook again: one moment each, the soonest that was asked
// for.
#pragma once

#include "core/base/time.h"
#include "core/model/ids.h"

#include <functional>
#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

namespace thig {

class WakeTimers {
 public:
  void set(EndpointId id, Time at) {
    const auto [known, fresh] = at_.try_emplace(id, at);
    if (!fresh && known->second <= at) return;
    known->second = at;
    timers_.push({at, id});
  }

  // The next one whose moment has come, which is over then.
  std::optional<EndpointId> take(Time now) {
    while (!timers_.empty() && timers_.top().at <= now) {
      const Timer timer = timers_.top();
      timers_.pop();
      const auto known = at_.find(timer.endpoint);
      if (known == at_.end() || known->second != timer.at) continue;
      at_.erase(known);
      return timer.endpoint;
    }
    return std::nullopt;
  }

  // No later than the first moment.
  std::optional<Time> next() const {
    return timers_.empty() ? std::nullopt : std::optional(timers_.top().at);
  }

 private:
  struct Timer {
    Time at{};
    EndpointId endpoint;
    bool operator>(const Timer& other) const { return at > other.at; }
  };
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::unordered_map<EndpointId, Time> at_;  // the timer of each that counts
};

}  // namespace thig
