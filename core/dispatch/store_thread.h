// A thread that does one kind of job, such as asking a database, one after the other, for somebody
// who must not wait.
#pragma once

#include "core/base/error.h"
#include "core/base/thread.h"
#include "core/base/waker.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace thig {

template <class Job, class Answer>
class StoreThread {
 public:
  // `work` is called by the thread alone. `waker` is woken when there is an answer; it must outlive
  // this. Errors as of start_thread.
  static Result<std::unique_ptr<StoreThread>> open(std::function<Answer(Job)> work, Waker& waker) {
    std::unique_ptr<StoreThread> made(new StoreThread(std::move(work), waker));
    THIG_TRY_ASSIGN(thread, start_thread([self = made.get()] { self->run(); }));
    made->thread_ = std::move(thread);
    return made;
  }
  // Does what was started, then ends.
  ~StoreThread() {
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  // Never waits.
  void start(Job job) {
    {
      const std::scoped_lock lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
  }
  // The answers come in the order of the jobs; nothing while the next one is not there.
  std::optional<Answer> take() {
    const std::scoped_lock lock(mutex_);
    if (answers_.empty()) return std::nullopt;
    std::optional<Answer> answer(std::move(answers_.front()));
    answers_.pop_front();
    return answer;
  }

 private:
  StoreThread(std::function<Answer(Job)> work, Waker& waker)
      : work_(std::move(work)), waker_(waker) {}

  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      Answer answer = work_(std::move(job));
      lock.lock();
      answers_.push_back(std::move(answer));
      lock.unlock();
      waker_.wake();
      lock.lock();
    }
  }

  const std::function<Answer(Job)> work_;
  Waker& waker_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::deque<Answer> answers_;
  bool ending_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace thig
