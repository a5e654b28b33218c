#include "core/web/workers.h"

#include "core/base/thread.h"
#include "core/net/thread_setup.h"

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

bool WorkQueue::take(Work work) {
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= options_.most_waiting) return false;
    waiting_.push_back(std::move(work));
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
    const Work work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work(place);
    lock.lock();
  }
}

}  // namespace thig
