#include "core/incoming/acting.h"

#include "core/base/thread.h"

#include <algorithm>

namespace thig {
namespace {

constexpr Millis longest_sleep{1000};
// Requests that come within such a span are acted upon together: their actions share transactions.
constexpr Millis gather{20};
constexpr Millis first_back_off{100};
constexpr Millis longest_back_off{5000};

}  // namespace

Acting::Acting(std::unique_ptr<Store> store, const Clock& clock, Random& random, Turns& turns,
               ServiceHealth& health, ActionObserver& observer)
    : store_(std::move(store)),
      clock_(clock),
      health_(health),
      observer_(observer),
      worker_(*store_, clock, random, turns, observer, [this] { hurry(); }) {}

Acting::~Acting() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Status Acting::start() {
  THIG_TRY_ASSIGN(started, start_thread([this] { run(); }));
  thread_ = std::move(started);
  return {};
}

void Acting::wake() {
  {
    const std::scoped_lock lock(mutex_);
    if (arrived_) return;
    arrived_ = true;
  }
  changed_.notify_one();
}

void Acting::hurry() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
}

void Acting::run() {
  while (!ending_) {
    sleep();
    if (!ending_ && !health_.broken()) act();
  }
}

void Acting::sleep() {
  const Millis begun = clock_.now().steady;
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const Millis now = clock_.now().steady;
    Millis due = begun + longest_sleep;
    if (arrived_) due = std::min(due, gathered_at_);
    if (ended_) due = now;
    due = std::max(due, not_before_);
    if (due <= now) break;
    changed_.wait_for(lock, due - now);
  }
  arrived_ = false;
  ended_ = false;
}

void Acting::act() {
  bool more = true;
  while (more && !ending_) {
    const auto done = worker_.step();
    health_.note(done ? Status() : std::unexpected(done.error()));
    if (!done) {
      if (back_off_ == Millis{0} && !health_.broken()) observer_.stuck(done.error());
      back_off_ = std::clamp(back_off_ * 2, first_back_off, longest_back_off);
      not_before_ = clock_.now().steady + back_off_;
      const std::scoped_lock lock(mutex_);
      arrived_ = true;  // it is all still there
      return;
    }
    back_off_ = Millis{0};
    more = *done;
  }
  gathered_at_ = clock_.now().steady + gather;
}

}  // namespace thig
