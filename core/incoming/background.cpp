#include "core/incoming/background.h"

#include "core/base/thread.h"

#include <exception>
#include <utility>

namespace thig {
namespace {

void done_or_dropped(const std::function<void()>& task) {
  try {
    task();
  } catch (const std::exception&) {
    // Out of memory: whoever waits for an answer is told that it took too long.
  }
}

}  // namespace

Background::~Background() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Background::run(std::function<void()> task) {
  {
    const std::scoped_lock lock(mutex_);
    if (has_thread()) tasks_.push_back(std::exchange(task, {}));
  }
  changed_.notify_one();
  if (task) done_or_dropped(task);
}

bool Background::has_thread() {
  if (thread_.joinable()) return true;
  auto started = start_thread([this] { work(); });
  if (started) thread_ = std::move(*started);
  return thread_.joinable();
}

void Background::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    done_or_dropped(task);
    lock.lock();
  }
}

}  // namespace thig
