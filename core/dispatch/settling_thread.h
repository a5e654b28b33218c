// A settler with a thread and a connection of its own.
#pragma once

#include "core/dispatch/settler.h"
#include "core/dispatch/store_thread.h"
#include "core/store/store.h"

#include <memory>
#include <optional>

namespace thig {

class SettlingThread final : public Settler {
 public:
  // `waker` is woken when a batch has ended; it must outlive this. Errors as of start_thread.
  static Result<std::unique_ptr<SettlingThread>> open(std::unique_ptr<Store> store, Waker& waker);

  // At its end what was started is recorded.
  void start(SettleBatch batch, Time wall) override;
  std::optional<Status> take() override;

 private:
  struct Job {
    SettleBatch batch;
    Time wall{};
    bool first = false;  // all that were given before have been taken
  };
  explicit SettlingThread(std::unique_ptr<Store> store) : store_(std::move(store)) {}
  Status record(const Job& job);

  const std::unique_ptr<Store> store_;  // of the thread, as is
  Status failed_;                       // since the last one that was the first
  std::size_t given_ = 0;               // and not taken yet
  std::unique_ptr<StoreThread<Job, Status>> thread_;
};

}  // namespace thig
