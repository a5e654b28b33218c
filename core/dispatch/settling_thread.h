// A settler with a thread and a connection of its own.
#pragma once

#include "core/dispatch/settler.h"
#include "core/dispatch/store_thread.h"
#include "core/store/store.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

namespace thig {

class SettlingThread final : public Settler {
 public:
  // `waker` is woken when a batch has ended; it must outlive this. Errors as of start_thread.
  static Result<std::unique_ptr<SettlingThread>> open(std::unique_ptr<Store> store, Waker& waker);

  // What was started is recorded, unless the database cannot be reached.
  ~SettlingThread() override;

  // A batch of which it is not known whether it was recorded, as the database cannot be reached, is
  // given again until it is.
  void start(SettleBatch batch, Time wall) override;
  std::optional<Status> take() override;

 private:
  struct Job {
    SettleBatch batch;
    Time wall{};
    bool first = false;  // all that were given before have been taken
  };
  explicit SettlingThread(std::unique_ptr<Store> store) : store_(std::move(store)) {}
  Status record(Job job);
  Status settle(Job& job);
  bool pause(Millis length);

  const std::unique_ptr<Store> store_;  // of the thread, as is
  Status failed_;                       // since the last one that was the first
  std::size_t given_ = 0;               // and not taken yet
  std::mutex mutex_;
  std::condition_variable ends_;
  bool ending_ = false;
  std::unique_ptr<StoreThread<Job, Status>> thread_;
};

}  // namespace thig
