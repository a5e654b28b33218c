// A reader with a thread and a connection of its own.
#pragma once

#include "core/dispatch/reader.h"
#include "core/dispatch/store_thread.h"
#include "core/store/store.h"

#include <memory>
#include <optional>
#include <utility>

namespace thig {

class ReadingThread final : public StoreReader {
 public:
  // `waker` is woken when there is an answer; it must outlive this. Errors as of start_thread.
  static Result<std::unique_ptr<ReadingThread>> open(std::unique_ptr<Store> store,
                                                     const Clock& clock, Waker& waker) {
    std::unique_ptr<ReadingThread> reading(new ReadingThread(std::move(store)));
    auto work = [&store = *reading->store_, &clock](const Wanted& wanted) {
      return read(store.config(), store.queue(), clock, wanted);
    };
    THIG_TRY_ASSIGN(thread, (Thread::open(std::move(work), waker)));
    reading->thread_ = std::move(thread);
    return reading;
  }

  void start(Wanted wanted) override { thread_->start(std::move(wanted)); }
  std::optional<Result<Seen>> take() override { return thread_->take(); }

 private:
  using Thread = StoreThread<Wanted, Result<Seen>>;
  explicit ReadingThread(std::unique_ptr<Store> store) : store_(std::move(store)) {}

  const std::unique_ptr<Store> store_;  // of the thread
  std::unique_ptr<Thread> thread_;
};

}  // namespace thig
