// A command that runs beside others in one process, on a thread of its own, as if it had been
// called by itself: with its own configuration, its own database connections, and its own way to be
// told to stop. Only its streams are shared, and who supervises them.
#pragma once

#include "cli/app/context.h"
#include "cli/app/exit_code.h"
#include "cli/app/stop.h"
#include "cli/terminal/shared_output.h"
#include "core/base/error.h"
#include "core/base/waker.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace thig {

class Part {
 public:
  // `words`: of the command, "serve-admin"; it gets the global flags of `whole`, and all else from
  // the configuration. `label` stands before what its lines say, unless that is JSON data. `whole`,
  // `waker` and `supervisor` outlive it; `streams` is what all parts have in common.
  Part(Context& whole, std::vector<std::string> words, std::string label,
       const std::shared_ptr<std::mutex>& streams, Waker& waker, Supervisor& supervisor);
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  // It must have been joined, or never started.
  ~Part() = default;

  // `internal` if there can be no thread.
  Status start();
  // From any thread, and from signal handlers.
  void stop(int signal) noexcept { stop_.request(signal); }
  // It is over; whoever waits at the waker is woken for that.
  bool ended() const { return ended_; }
  // Waits until it is over; what it exits with.
  ExitCode join();

 private:
  SharedOutput out_;
  SharedOutput err_;
  Stop stop_;
  Surroundings surroundings_;
  std::vector<std::string> arguments_;
  Waker& waker_;
  std::atomic<bool> ended_{false};
  ExitCode code_ = ExitCode::done;
  std::thread thread_;
};

}  // namespace thig
