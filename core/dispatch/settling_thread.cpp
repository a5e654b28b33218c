#include "core/dispatch/settling_thread.h"

#include <algorithm>
#include <utility>

namespace thig {
namespace {

// Between two tries to reach the database.
constexpr Millis first_pause{10};
constexpr Millis longest_pause{5'000};

}  // namespace

Result<std::unique_ptr<SettlingThread>> SettlingThread::open(std::unique_ptr<Store> store,
                                                             Waker& waker) {
  std::unique_ptr<SettlingThread> settling(new SettlingThread(std::move(store)));
  auto record = [self = settling.get()](Job job) { return self->record(std::move(job)); };
  THIG_TRY_ASSIGN(thread, (StoreThread<Job, Status>::open(std::move(record), waker)));
  settling->thread_ = std::move(thread);
  return settling;
}

SettlingThread::~SettlingThread() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  ends_.notify_all();
}

void SettlingThread::start(SettleBatch batch, Time wall) {
  thread_->start({.batch = std::move(batch), .wall = wall, .first = given_++ == 0});
}

std::optional<Status> SettlingThread::take() {
  std::optional<Status> status = thread_->take();
  if (status) --given_;
  return status;
}

Status SettlingThread::record(Job job) {
  if (job.first) failed_ = {};
  if (failed_) failed_ = settle(job);
  return failed_;
}

Status SettlingThread::settle(Job& job) {
  for (Millis length = first_pause;; length = std::min(2 * length, longest_pause)) {
    Status settled = store_->queue().settle(job.batch, job.wall);
    const bool unknown = !settled && settled.error().code == ErrorCode::unavailable;
    if (!unknown || !pause(length)) return settled;
    job.batch.given = Given::again;
  }
}

// False if it is to end.
bool SettlingThread::pause(Millis length) {
  std::unique_lock lock(mutex_);
  return !ends_.wait_for(lock, length, [this] { return ending_; });
}

}  // namespace thig
