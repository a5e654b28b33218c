// The threads that answer requests: some that read, each on a connection of its own, so that a slow
// look never stops the rest; and one that writes, since there can be one writer at a time.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/store/store.h"
#include "core/web/call.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace thig {

// What a thread works with.
struct WorkPlace {
  Store& store;
  Emitters& emitters;
};

struct Job {
  std::function<void(WorkPlace&)> work;
  // Called instead if it was not begun in time, if there was no memory for it, or at the end: for
  // whoever waits for it. Where nobody does, there is none, and the job is done in any case.
  std::function<void()> drop = {};
  std::size_t bytes = 0;  // that it holds
};

// Threads that take their work from one queue.
class WorkQueue {
 public:
  struct Options {
    const char* name = "";                     // of its threads
    std::size_t most_waiting = 0;              // jobs; beyond: refused
    std::size_t most_bytes = 64u << 20;        // that these hold; likewise
    Millis longest_wait{10'000};               // until a job is begun
    std::optional<std::uint64_t> most_keys{};  // as of Emitters
  };
  WorkQueue(Options options, const Clock& clock) : options_(options), clock_(clock) {}
  // What has been begun is ended; the rest is dropped.
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // One more thread, on this connection. Errors as of start_thread.
  Status add_thread(std::unique_ptr<Store> store);
  // False if too much is waiting: it is neither done nor dropped then. From any thread.
  bool take(Job job);

 private:
  struct Waiting {
    Job job;
    Millis since{0};  // on the steady clock
  };
  void run(Store& store);
  void do_or_drop(const Waiting& next, bool ending, WorkPlace& place) const;

  const Options options_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  std::size_t bytes_ = 0;  // of these
  bool ending_ = false;
  std::vector<std::unique_ptr<Store>> stores_;
  std::vector<std::thread> threads_;
};

}  // namespace thig
