#include "core/web/workers.h"

#include "core/base/thread.h"
#include "core/net/thread_setup.h"

#include <exception>

namespace thig {

WorkQueue::~WorkQueue() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Status WorkQueue::add_thread(std::unique_ptr<Store> store) {
  Store& its = *stores_.emplace_back(std::move(store));
  THIG_TRY_ASSIGN(thread, start_thread([this, &its] {
                    prepare_thread(options_.name);
                    run(its);
                  }));
  threads_.push_back(std::move(thread));
  return {};
}

bool WorkQueue::take(Job job) {
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= options_.most_waiting) return false;
    if (job.bytes > options_.most_bytes - std::min(bytes_, options_.most_bytes)) return false;
    bytes_ += job.bytes;
    waiting_.push_back({.job = std::move(job), .since = clock_.now().steady});
  }
  changed_.notify_one();
  return true;
}

void WorkQueue::run(Store& store) {
  Emitters emitters(store, clock_, options_.most_keys);
  WorkPlace place{.store = store, .emitters = emitters};
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= next.job.bytes;
    const bool ending = ending_;
    lock.unlock();
    do_or_drop(next, ending, place);
    lock.lock();
  }
}

// Whoever has waited for too long has been told so by the server, or soon will be, and asks again:
// what is done then would be done twice.
void WorkQueue::do_or_drop(const Waiting& next, bool ending, WorkPlace& place) const {
  const bool late = ending || clock_.now().steady - next.since > options_.longest_wait;
  try {
    if (!next.job.drop || !late) return next.job.work(place);
  } catch (const std::exception&) {
    // Out of memory.
  }
  try {
    if (next.job.drop) next.job.drop();
  } catch (const std::exception&) {
    // Then the server answers when its patience ends.
  }
}

}  // namespace thig
