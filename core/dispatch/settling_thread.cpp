#include "core/dispatch/settling_thread.h"

#include <utility>

namespace thig {

Result<std::unique_ptr<SettlingThread>> SettlingThread::open(std::unique_ptr<Store> store,
                                                             Waker& waker) {
  std::unique_ptr<SettlingThread> settling(new SettlingThread(std::move(store)));
  auto record = [self = settling.get()](const Job& job) { return self->record(job); };
  THIG_TRY_ASSIGN(thread, (StoreThread<Job, Status>::open(std::move(record), waker)));
  settling->thread_ = std::move(thread);
  return settling;
}

void SettlingThread::start(SettleBatch batch, Time wall) {
  thread_->start({.batch = std::move(batch), .wall = wall, .first = given_++ == 0});
}

std::optional<Status> SettlingThread::take() {
  std::optional<Status> status = thread_->take();
  if (status) --given_;
  return status;
}

Status SettlingThread::record(const Job& job) {
  if (job.first) failed_ = {};
  if (failed_) failed_ = store_->queue().settle(job.batch, job.wall);
  return failed_;
}

}  // namespace thig
