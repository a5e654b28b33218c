#include "core/incoming/recording.h"

#include "core/base/thread.h"

namespace thig {

Recording::Recording(std::unique_ptr<Store> store, const Clock& clock, Random& random, Turns& turns,
                     ServiceHealth& health, ActionObserver& observer, IntakeNeighbours neighbours)
    : store_(std::move(store)),
      intake_(*store_, clock, random, turns, health, observer, woken_here(std::move(neighbours))) {}

IntakeNeighbours Recording::woken_here(IntakeNeighbours neighbours) {
  neighbours.wake = [this] { wake(); };
  return neighbours;
}

Status Recording::start() {
  THIG_TRY_ASSIGN(started, start_thread([this] { run(); }));
  thread_ = std::move(started);
  return {};
}

Recording::~Recording() {
  intake_.hand_over();
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Recording::wake() {
  {
    const std::scoped_lock lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void Recording::run() {
  for (;;) {
    while (intake_.record()) {
    }
    std::unique_lock lock(mutex_);
    if (ending_ && !woken_) return;
    changed_.wait(lock, [this] { return woken_ || ending_; });
    woken_ = false;
  }
}

}  // namespace thig
