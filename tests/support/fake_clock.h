// Time moved by hand.
#pragma once

#include "core/base/clock.h"

namespace thig {

class FakeClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  void advance(Millis by) {
    now_.wall += by;
    now_.steady += by;
  }
  // The wall clock is set; the steady one knows nothing of it.
  void jump(Millis by) { now_.wall += by; }
  ClockWitness witness() const override {
    return {.boot = boot_, .since_boot = now_.steady, .synchronised = synchronised_};
  }
  void lose_synchronisation() { synchronised_ = false; }
  // Starts the machine again; it has been off for so long.
  void reboot(Millis off) {
    boot_ += "+";
    now_ = {.wall = now_.wall + off, .steady = Millis{0}};
  }

 private:
  std::string boot_ = "first";
  bool synchronised_ = true;
  Instant now_{.wall = *parse_rfc3339("2026-01-15T10:00:00Z"), .steady = Millis{5000}};
};

}  // namespace thig
