// A thread for what would hold others up: one thing after the other, each owner's in the order they
// came, the owners in turns.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
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
  void run(const std::string& owner, std::function<void()> task);

 private:
  void work();
  bool has_thread();
  std::function<void()> take();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::deque<std::function<void()>>> tasks_;  // none is empty
  std::string last_;                                                // whose turn it was
  bool ending_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace thig
