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
using Work = std::function<void(WorkPlace&)>;

// Threads that take their work from one queue.
class WorkQueue {
 public:
  struct Options {
    const char* name = "";                     // of its threads
    std::size_t most_waiting = 0;              // beyond: refused
    std::optional<std::uint64_t> most_keys{};  // as of Emitters
  };
  WorkQueue(Options options, const Clock& clock) : options_(options), clock_(clock) {}
  // Does what was taken, then ends.
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // One more thread, on this connection. Errors as of start_thread.
  Status add_thread(std::unique_ptr<Store> store);
  // False if too much is waiting: it is not done then. `work` must not throw. From any thread.
  bool take(Work work);

 private:
  void run(Store& store);

  const Options options_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;
  bool ending_ = false;
  std::vector<std::unique_ptr<Store>> stores_;
  std::vector<std::thread> threads_;
};

}  // namespace thig
