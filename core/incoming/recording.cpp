#include "core/incoming/recording.h"

#include <algorithm>

namespace thig {
namespace {

constexpr Millis tick{1000};
// While there is work for both, requests and actions take turns of about this length.
constexpr Millis turn_of_requests{20};
constexpr Millis turn_of_actions{10};
constexpr Millis first_back_off{100};
constexpr Millis longest_back_off{5000};

}  // namespace

Recording::Recording(std::unique_ptr<Store> store, const Clock& clock, Random& random,
                     ActionObserver& observer, std::function<void()> on_events)
    : store_(std::move(store)),
      clock_(clock),
      observer_(observer),
      intake_(*store_, clock, [this] { wake(); }),
      worker_(*store_, clock, random, observer, std::move(on_events), [this] { wake(); }),
      thread_([this] { run(); }) {}

Recording::~Recording() {
  ending_ = true;
  wake();
  thread_.join();
}

void Recording::wake() {
  {
    const std::scoped_lock lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void Recording::sleep() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, tick, [this] { return woken_; });
  woken_ = false;
}

void Recording::run() {
  bool more = false;
  while (!ending_) {
    if (!more && !intake_.has_waiting()) sleep();
    const Millis turn_ends = clock_.now().steady + turn_of_requests;
    do {
      intake_.record();
    } while (intake_.has_waiting() && clock_.now().steady < turn_ends);
    more = act();
  }
  while (intake_.has_waiting()) intake_.record();
}

bool Recording::act() {
  const Millis begun = clock_.now().steady;
  if (begun < act_again_at_) return false;
  bool more = false;
  do {
    const auto done = worker_.step();
    if (!done) {
      if (back_off_ == Millis{0}) observer_.stuck(done.error());
      back_off_ = std::clamp(back_off_ * 2, first_back_off, longest_back_off);
      act_again_at_ = clock_.now().steady + back_off_;
      return false;
    }
    back_off_ = Millis{0};
    more = *done;
  } while (more && !ending_ && clock_.now().steady < begun + turn_of_actions);
  return more;
}

}  // namespace thig
