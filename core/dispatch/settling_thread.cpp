#include "core/dispatch/settling_thread.h"

#include "core/base/thread.h"

#include <utility>

namespace thig {

Result<std::unique_ptr<SettlingThread>> SettlingThread::open(std::unique_ptr<Store> store,
                                                             Waker& waker) {
  std::unique_ptr<SettlingThread> settling(new SettlingThread(std::move(store), waker));
  THIG_TRY_ASSIGN(thread, start_thread([self = settling.get()] { self->work(); }));
  settling->thread_ = std::move(thread);
  return settling;
}

SettlingThread::~SettlingThread() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void SettlingThread::start(SettleBatch batch, Time wall) {
  {
    const std::scoped_lock lock(mutex_);
    if (given_++ == 0) failed_.reset();
    jobs_.push_back({.batch = std::move(batch), .wall = wall});
  }
  changed_.notify_one();
}

std::optional<Status> SettlingThread::take() {
  const std::scoped_lock lock(mutex_);
  if (ended_.empty()) return std::nullopt;
  Status status = std::move(ended_.front());
  ended_.pop_front();
  --given_;
  return status;
}

void SettlingThread::work() {
  while (const auto job = next()) ended(store_->queue().settle(job->batch, job->wall));
}

std::optional<SettlingThread::Job> SettlingThread::next() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return std::nullopt;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    if (!failed_) return job;
    ended_.push_back(std::unexpected(*failed_));
    waker_.wake();
  }
}

void SettlingThread::ended(Status status) {
  {
    const std::scoped_lock lock(mutex_);
    if (!status) failed_ = status.error();
    ended_.push_back(std::move(status));
  }
  waker_.wake();
}

}  // namespace thig
