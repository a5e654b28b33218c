// What keys and sessions have been used for, until somebody writes it down: a commit for each
// request would cost more than the requests.
#pragma once

#include "core/store/api_key_store.h"
#include "core/store/session_store.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace thig {

inline void add_use(ApiKeyUse& sum, const ApiKeyUse& more) {
  sum.requests += more.requests;
  sum.last = std::max(sum.last, more.last);
}
inline void add_use(SessionUse& sum, const SessionUse& more) {
  sum.last = std::max(sum.last, more.last);
}

// Thread: any.
template <class Use>
class Uses {
 public:
  // `urgent`: it has to be written down at once.
  void note(const Use& use, bool urgent = false) {
    give_back({&use, 1});
    if (urgent) urgent_ = true;
  }
  // Whether one of them is urgent.
  bool urgent() const { return urgent_; }
  // What is not taken yet of this key or session.
  std::optional<Use> find(decltype(Use::id) id) {
    const std::scoped_lock lock(mutex_);
    const auto found = uses_.find(id);
    return found == uses_.end() ? std::nullopt : std::optional(found->second);
  }

  // All since the last time.
  std::vector<Use> take() {
    const std::scoped_lock lock(mutex_);
    urgent_ = false;
    std::vector<Use> all;
    for (const auto& [id, use] : uses_) all.push_back(use);
    uses_.clear();
    return all;
  }

  // They could not be written down.
  void give_back(std::span<const Use> uses) {
    const std::scoped_lock lock(mutex_);
    for (const Use& use : uses) {
      const auto [entry, fresh] = uses_.try_emplace(use.id, use);
      if (!fresh) add_use(entry->second, use);
    }
  }

 private:
  std::mutex mutex_;
  std::atomic<bool> urgent_{false};
  std::unordered_map<decltype(Use::id), Use> uses_;
};

using KeyUses = Uses<ApiKeyUse>;
using SessionUses = Uses<SessionUse>;

}  // namespace thig
