// The thread that acts upon recorded requests, those that were not ended as they came: with a
// connection of its own, so that large bodies and expensive conditions hold no answer up. Several
// requests that come within a short span share a transaction; a command that has ended is recorded
// at once.
#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/incoming/health.h"
#include "core/incoming/turns.h"
#include "core/incoming/worker.h"
#include "core/store/store.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace thig {

class Acting {
 public:
  Acting(std::unique_ptr<Store> store, const Clock& clock, Random& random, Turns& turns,
         ServiceHealth& health, ActionObserver& observer);
  // Commands are killed, and their requests stay pending.
  ~Acting();
  Acting(const Acting&) = delete;
  Acting& operator=(const Acting&) = delete;

  // Once. `internal` if there can be no thread.
  Status start();
  // From any thread: something was recorded that is to be acted upon.
  void wake();
  // From any thread (ActionWorker::owns_actions).
  bool owns_actions() const { return worker_.owns_actions(); }

 private:
  void run();
  void sleep();
  void act();
  void hurry();

  std::unique_ptr<Store> store_;
  const Clock& clock_;
  ServiceHealth& health_;
  ActionObserver& observer_;
  Millis back_off_{0};
  Millis gathered_at_{0};  // on the steady clock, as the next: when arrivals are looked at again
  Millis not_before_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  bool arrived_ = true;
  bool ended_ = false;  // a command
  std::atomic<bool> ending_{false};
  ActionWorker worker_;  // after these: its commands' threads call hurry to their end
  std::thread thread_;
};

}  // namespace thig
