// Being told to stop, by SIGINT, SIGTERM or SIGHUP or by a test.
#pragma once

#include "core/base/waker.h"

#include <atomic>

namespace thig {

class Stop {
 public:
  // What a signal handler does: remembers the first signal and calls whoever sleeps.
  void request(int signal) noexcept;

  bool requested() const noexcept { return flag_; }
  // 0 if not requested.
  int signal() const noexcept { return signal_; }
  const std::atomic<bool>& flag() const noexcept { return flag_; }

  // While it lives, `call(argument)` is called by a request, on whatever thread that comes; at once
  // if it was requested already. `call` must be fit for signal handlers. One at a time.
  class Listener {
   public:
    Listener(Stop& stop, void (*call)(void*) noexcept, void* argument) noexcept;
    // Wakes this one.
    Listener(Stop& stop, Waker& waker) noexcept;
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

   private:
    Stop& stop_;
  };

 private:
  std::atomic<bool> flag_{false};
  std::atomic<int> signal_{0};
  std::atomic<void*> argument_{nullptr};
  std::atomic<void (*)(void*) noexcept> call_{nullptr};
  std::atomic<int> calling_{0};
};

// From now on SIGINT, SIGTERM and SIGHUP request `stop` (a second one ends the process at once) and
// SIGPIPE and SIGXFSZ are ignored: a reader that goes away, and a limit of the size of files, are
// seen by the write. Who has started us with SIGHUP
// ignored, as nohup does, keeps that. For the life of the process.
void stop_on_signals(Stop& stop);

}  // namespace thig
