// Who writes again and again lets others write in between. SQLite has no queue for its write lock:
// a waiter tries every few milliseconds (Connection::wait_for_lock), and a writer that takes the
// lock again within microseconds would be met in the act nearly every time.
#pragma once

#include <chrono>
#include <optional>

namespace thig::sqlite {

using SteadyTime = std::chrono::steady_clock::time_point;
using SteadySpan = std::chrono::steady_clock::duration;

// The longest a waiter sleeps between two tries.
inline constexpr std::chrono::microseconds longest_retry{500};

class WriteTurns {
 public:
  // How long to leave the lock to others before taking it again: nothing before 25 ms of holding
  // it, with no gap in between in which a waiter had to get it; then the rest of such a gap.
  SteadySpan wait_before(SteadyTime now) const;

  // How long to sleep after the lock was found taken, for the `tries`th time (from 0): short at
  // first, since most transactions are; always long for who has held it for long, so that all who
  // wait come before it, not only the first.
  std::chrono::microseconds pause(int tries) const;

  void taken(SteadyTime now);
  void released(SteadyTime now);

  // Others have written since this one last did.
  void others_wrote(SteadyTime now) { others_wrote_at_ = now; }
  // Within the last second.
  bool beside_others(SteadyTime now) const;

  bool held() const { return held_; }
  // How long the lock has been held by now.
  SteadySpan held_for(SteadyTime now) const { return now - taken_at_; }

 private:
  bool held_ = false;
  SteadyTime taken_at_{};
  SteadyTime released_at_{};
  std::optional<SteadyTime> others_wrote_at_;
  SteadySpan holding_{0};  // since others last had their turn
};

}  // namespace thig::sqlite
