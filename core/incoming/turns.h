// Two threads with a connection each to one database would wait for each other in SQLite's busy
// handler, milliseconds at a time and in no order. They take turns here instead.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace thig {

// A lock that is given in the order in which it was asked for.
class Turns {
 public:
  class Turn {
   public:
    explicit Turn(Turns& turns) : turns_(turns) { turns_.begin(); }
    ~Turn() { turns_.end(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Turns& turns_;
  };

 private:
  void begin() {
    std::unique_lock lock(mutex_);
    const std::uint64_t mine = next_++;
    changed_.wait(lock, [&] { return now_ == mine; });
  }
  void end() {
    {
      const std::scoped_lock lock(mutex_);
      ++now_;
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_ = 0;
  std::uint64_t now_ = 0;
};

}  // namespace thig
