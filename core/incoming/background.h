// A thread for what would hold others up: one thing after the other, in the order it came.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace thig {

class Background {
 public:
  Background() = default;
  // What is waiting is done first.
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // From any thread. What throws is dropped. Where there can be no thread, it is done at once.
  void run(std::function<void()> task);

 private:
  void work();
  bool has_thread();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool ending_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace thig
