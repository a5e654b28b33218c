#include "core/incoming/recording.h"

#include "core/base/thread.h"

#include <algorithm>

namespace thig {
namespace {

constexpr Millis longest_sleep{1000};
// Requests that come within such a span are acted upon together: their actions share transactions.
constexpr Millis gather{20};
// How long requests that come wait for actions, at most.
constexpr Millis longest_turn{10};
constexpr Millis first_back_off{100};
constexpr Millis longest_back_off{5000};

}  // namespace

Recording::Recording(std::unique_ptr<Store> store, const Clock& clock, Random& random,
                     ActionObserver& observer, std::function<void()> on_events)
    : store_(std::move(store)),
      clock_(clock),
      observer_(observer),
      intake_(*store_, clock, [this] { wake(); }),
      worker_(*store_, clock, random, observer, std::move(on_events), [this] { wake(); }) {}

Status Recording::start() {
  THIG_TRY_ASSIGN(started, start_thread([this] { run(); }));
  thread_ = std::move(started);
  return {};
}

Recording::~Recording() {
  ending_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
}

void Recording::wake() {
  {
    const std::scoped_lock lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void Recording::sleep(Millis longest) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, longest, [this] { return woken_; });
  woken_ = false;
}

void Recording::run() {
  bool wanted = true;  // something may have to be acted upon
  while (!ending_) {
    if (!intake_.has_waiting()) {
      const Millis until_act = act_again_at_ - clock_.now().steady;
      sleep(wanted ? std::clamp(until_act, Millis{0}, longest_sleep) : longest_sleep);
    }
    intake_.record();
    wanted = clock_.now().steady < act_again_at_ || act();
  }
  while (intake_.has_waiting()) intake_.record();
}

// True if it is to be called again.
bool Recording::act() {
  const Millis turn_ends = clock_.now().steady + longest_turn;
  bool more = true;
  while (more && !ending_) {
    const auto done = worker_.step();
    if (!done) {
      if (back_off_ == Millis{0}) observer_.stuck(done.error());
      back_off_ = std::clamp(back_off_ * 2, first_back_off, longest_back_off);
      act_again_at_ = clock_.now().steady + back_off_;
      return true;
    }
    back_off_ = Millis{0};
    more = *done;
    if (intake_.has_waiting() && clock_.now().steady >= turn_ends) break;
  }
  act_again_at_ = clock_.now().steady + gather;
  return more;
}

}  // namespace thig
