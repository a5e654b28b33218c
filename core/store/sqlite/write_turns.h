// Who writes again and again lets others write in between. SQLite has no queue for its write lock:
// a waiter tries every few milliseconds (Connection::wait_for_lock), and a writer that takes the
// lock again within microseconds would be met in the act nearly every time.
#pragma once

#include <chrono>

namespace thig::sqlite {

using SteadyTime = std::chrono::steady_clock::time_point;
using SteadySpan = std::chrono::steady_clock::duration;

// The longest a waiter sleeps between two tries.
inline constexpr std::chrono::milliseconds longest_retry{1};

class WriteTurns {
 public:
  // How long to leave the lock to others before taking it again: nothing before 25 ms of holding
  // it, with no gap in between in which a waiter had to get it; then the rest of such a gap.
  SteadySpan wait_before(SteadyTime now) const;

  void taken(SteadyTime now);
  void released(SteadyTime now);

  bool held() const { return held_; }
  // How long the lock has been held by now.
  SteadySpan held_for(SteadyTime now) const { return now - taken_at_; }

 private:
  bool held_ = false;
  SteadyTime taken_at_{};
  SteadyTime released_at_{};
  SteadySpan holding_{0};  // since others last had their turn
};

}  // namespace thig::sqlite
