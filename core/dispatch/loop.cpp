#include "core/dispatch/loop.h"

#include <algorithm>

namespace thig {
namespace {

// After cutting off what is in flight: how long the sender may take to hand it back, and the
// database to take the last results.
constexpr Millis last_words{3000};

class Loop {
 public:
  Loop(Dispatcher& dispatcher, Sender& sender, Doorbell& bell, const Clock& clock,
       const std::atomic<bool>& stop, const Millis& grace, Sideline* beside)
      : dispatcher_(dispatcher),
        sender_(sender),
        bell_(bell),
        clock_(clock),
        stop_(stop),
        grace_(grace),
        beside_(beside) {}

  LoopEnd run(bool until_idle) {
    for (;;) {
      const Instant now = clock_.now();
      const Dispatcher::Turn turn = dispatcher_.step(now);
      if (turn.fatal) return broken(*turn.fatal);
      if (stop_ && !stopping_at_) begin_stop(now.steady);
      if (stopping_at_ ? stopped(now.steady) : until_idle && dispatcher_.nothing_left())
        return end();
      if (bell_.wait(stopping_at_ ? std::min(turn.next, Millis{50}) : beside(turn.next)))
        dispatcher_.poke();
    }
  }

 private:
  // How long to sleep, after a bit of the work beside.
  Millis beside(Millis next) {
    if (beside_ == nullptr) return next;
    const bool idle = dispatcher_.in_flight() == 0 && dispatcher_.unsettled() == 0;
    return std::min(next, beside_->turn(clock_.now(), idle && next > Millis{0}));
  }

  void begin_stop(Millis steady) {
    stopping_at_ = steady;
    dispatcher_.stop();
  }

  bool stopped(Millis steady) {
    if (dispatcher_.in_flight() == 0 && dispatcher_.unsettled() == 0) return true;
    const Millis since = steady - *stopping_at_;
    if (since >= grace_ && !cut_off_) {
      cut_off_ = true;
      sender_.interrupt();
    }
    return since >= grace_ + last_words;
  }

  LoopEnd end() const {
    LoopEnd ended;
    ended.stopped = stopping_at_.has_value();
    ended.unsettled = dispatcher_.unsettled();
    return ended;
  }

  LoopEnd broken(const Error& fatal) const {
    LoopEnd ended = end();
    ended.fatal = fatal;
    return ended;
  }

  Dispatcher& dispatcher_;
  Sender& sender_;
  Doorbell& bell_;
  const Clock& clock_;
  const std::atomic<bool>& stop_;
  const Millis& grace_;
  Sideline* beside_;
  std::optional<Millis> stopping_at_;
  bool cut_off_ = false;
};

}  // namespace

LoopEnd run_until_stopped(Dispatcher& dispatcher, Sender& sender, Doorbell& bell,
                          const Clock& clock, const std::atomic<bool>& stop, const Millis& grace,
                          Sideline* beside) {
  return Loop(dispatcher, sender, bell, clock, stop, grace, beside).run(false);
}

LoopEnd sweep(Dispatcher& dispatcher, Sender& sender, Doorbell& bell, const Clock& clock,
              const std::atomic<bool>& stop, Millis grace) {
  return Loop(dispatcher, sender, bell, clock, stop, grace, nullptr).run(true);
}

}  // namespace thig
