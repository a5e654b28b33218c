// A settler with a thread and a connection of its own.
#pragma once

#include "core/base/waker.h"
#include "core/dispatch/settler.h"
#include "core/store/store.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace thig {

class SettlingThread final : public Settler {
 public:
  // `waker` is woken when a batch has ended; it must outlive this. Errors as of start_thread.
  static Result<std::unique_ptr<SettlingThread>> open(std::unique_ptr<Store> store, Waker& waker);
  // Records what was started, then ends.
  ~SettlingThread() override;

  void start(SettleBatch batch, Time wall) override;
  std::optional<Status> take() override;

 private:
  SettlingThread(std::unique_ptr<Store> store, Waker& waker)
      : store_(std::move(store)), waker_(waker) {}

  struct Job {
    SettleBatch batch;
    Time wall{};
  };
  void work();
  // The next one to be recorded; nothing at the end.
  std::optional<Job> next();
  void ended(Status status);

  const std::unique_ptr<Store> store_;  // of the thread
  Waker& waker_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::deque<Status> ended_;
  std::size_t given_ = 0;        // and not taken yet
  std::optional<Error> failed_;  // since all were taken the last time
  bool ending_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace thig
