// The one thread that writes what comes in: requests as they arrive, and what their actions come
// to. One writer has nobody to wait for, and actions take the moments when nothing is arriving.
#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/incoming/intake.h"
#include "core/incoming/worker.h"
#include "core/store/store.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace thig {

class Recording {
 public:
  Recording(std::unique_ptr<Store> store, const Clock& clock, Random& random,
            ActionObserver& observer, std::function<void()> on_events);
  // Records and answers what is waiting, then ends; commands are killed and stay pending.
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  // From now on it records and acts; what was handed in before has waited. Once. `internal` if
  // there can be no thread.
  Status start();
  // Where requests are handed in.
  IncomingIntake& intake() { return intake_; }

 private:
  void run();
  void sleep(Millis longest);
  void wake();
  bool act();

  std::unique_ptr<Store> store_;
  const Clock& clock_;
  ActionObserver& observer_;
  IncomingIntake intake_;
  ActionWorker worker_;
  Millis back_off_{0};
  Millis act_again_at_{0};  // on the steady clock

  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = true;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace thig
