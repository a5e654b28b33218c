// The thread that records requests as they arrive. What their actions come to is written with them
// or, where that takes its time, by another one (acting.h), by turns.
#pragma once

#include "core/base/clock.h"
#include "core/incoming/intake.h"
#include "core/store/store.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace thig {

class Recording {
 public:
  // `neighbours` but for `wake`, which is its own.
  Recording(std::unique_ptr<Store> store, const Clock& clock, Random& random, Turns& turns,
            ServiceHealth& health, ActionObserver& observer, IntakeNeighbours neighbours);
  // Records and answers what is waiting, then ends.
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  // From now on it records; what was handed in before has waited. Once. `internal` if there can be
  // no thread.
  Status start();
  // Where requests are handed in.
  IncomingIntake& intake() { return intake_; }

 private:
  void run();
  void wake();
  IntakeNeighbours woken_here(IntakeNeighbours neighbours);

  std::unique_ptr<Store> store_;
  IncomingIntake intake_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace thig
