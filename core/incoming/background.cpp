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

void Background::run(const std::string& owner, std::function<void()> task) {
  {
    const std::scoped_lock lock(mutex_);
    if (has_thread()) tasks_[owner].push_back(std::exchange(task, {}));
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

// The next owner after the last one.
std::function<void()> Background::take() {
  auto next = tasks_.upper_bound(last_);
  if (next == tasks_.end()) next = tasks_.begin();
  last_ = next->first;
  std::function<void()> task = std::move(next->second.front());
  next->second.pop_front();
  if (next->second.empty()) tasks_.erase(next);
  return task;
}

void Background::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    std::function<void()> task = take();
    lock.unlock();
    done_or_dropped(task);
    task = nullptr;  // what it holds goes before the next is waited for
    lock.lock();
  }
}

}  // namespace thig
