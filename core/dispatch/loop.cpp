#include "core/dispatch/loop.h"

#include <algorithm>

namespace thig {
namespace {

// After cutting off what is in flight: how long the sender may take to hand it back, and the
// database to take the last results.
constexpr Millis last_words{3000};

class Loop {
 public:
  Loop(const LoopParts& parts, const Millis& grace, IdleTask* beside)
      : parts_(parts), grace_(grace), beside_(beside) {}

  LoopEnd run(bool until_idle) {
    for (;;) {
      const Instant now = parts_.clock.now();
      const Dispatcher::Turn turn = parts_.dispatcher.step(now);
      if (turn.fatal) return broken(*turn.fatal);
      if (parts_.stop && !stopping_at_) begin_stop(now.steady);
      if (stopping_at_ ? stopped(now.steady) : until_idle && parts_.dispatcher.nothing_left())
        return end();
      sleep(stopping_at_ ? std::min(turn.next, Millis{50}) : beside(turn.next));
    }
  }

 private:
  // How long to sleep, after a bit of the work beside.
  Millis beside(Millis next) {
    if (beside_ == nullptr) return next;
    const bool idle = parts_.dispatcher.in_flight() == 0 && parts_.dispatcher.unsettled() == 0;
    return std::min(next, beside_->turn(parts_.clock.now(), idle && next > Millis{0}));
  }

  void sleep(Millis longest) {
    parts_.before_sleep();
    parts_.waker.wait(longest, parts_.changes.descriptor());
    if (parts_.changes.changed()) parts_.dispatcher.poke();
  }

  void begin_stop(Millis steady) {
    stopping_at_ = steady;
    parts_.dispatcher.stop();
  }

  bool stopped(Millis steady) {
    if (parts_.dispatcher.in_flight() == 0 && parts_.dispatcher.unsettled() == 0) return true;
    const Millis since = steady - *stopping_at_;
    if (since >= grace_ && !cut_off_) {
      cut_off_ = true;
      parts_.sender.interrupt();
    }
    return since >= grace_ + last_words;
  }

  LoopEnd end() const {
    LoopEnd ended;
    ended.stopped = stopping_at_.has_value();
    ended.unsettled = parts_.dispatcher.unsettled();
    return ended;
  }

  LoopEnd broken(const Error& fatal) const {
    LoopEnd ended = end();
    ended.fatal = fatal;
    return ended;
  }

  const LoopParts& parts_;
  const Millis& grace_;
  IdleTask* beside_;
  std::optional<Millis> stopping_at_;
  bool cut_off_ = false;
};

}  // namespace

LoopEnd run_until_stopped(const LoopParts& parts, const Millis& grace, IdleTask* beside) {
  return Loop(parts, grace, beside).run(false);
}

LoopEnd sweep(const LoopParts& parts, Millis grace) {
  return Loop(parts, grace, nullptr).run(true);
}

}  // namespace thig
