#include "core/store/sqlite/write_turns.h"

#include <algorithm>

namespace thig::sqlite {

namespace {
// A waiter that sleeps its longest wakes up within it.
constexpr std::chrono::microseconds kGap = longest_retry + std::chrono::milliseconds(1);
// Short transactions need no gaps: others come in between them soon enough.
constexpr SteadySpan kMostHolding = std::chrono::milliseconds(15);
}  // namespace

SteadySpan WriteTurns::wait_before(SteadyTime now) const {
  if (holding_ < kMostHolding) return SteadySpan{0};
  return std::clamp<SteadySpan>(released_at_ + kGap - now, SteadySpan{0}, kGap);
}

std::chrono::microseconds WriteTurns::pause(int tries) const {
  if (holding_ >= kMostHolding) return kGap;
  return std::min(std::chrono::microseconds(100 << std::min(tries, 4)), longest_retry);
}

bool WriteTurns::beside_others(SteadyTime now) const {
  return others_wrote_at_ && now - *others_wrote_at_ < std::chrono::seconds(1);
}

void WriteTurns::taken(SteadyTime now) {
  if (now - released_at_ >= kGap) holding_ = SteadySpan{0};
  held_ = true;
  taken_at_ = now;
}

void WriteTurns::released(SteadyTime now) {
  if (!held_) return;
  held_ = false;
  holding_ += now - taken_at_;
  released_at_ = now;
}

}  // namespace thig::sqlite
