// Where "now" comes from. Rules take it as an argument; only the engine and the front ends hold a
// Clock, so that tests can move time by hand.
#pragma once

#include "core/base/time.h"

#include <string>

namespace thig {

// What else the machine knows about time, to tell whether the wall clock is right.
struct ClockWitness {
  std::string boot;           // which boot of the machine this is; empty if unknown
  Millis since_boot{0};       // goes on while the machine sleeps, and is never set
  bool synchronised = false;  // the kernel says so of the wall clock
};

class Clock {
 public:
  virtual ~Clock() = default;
  // Thread-safe.
  virtual Instant now() const = 0;
  // Thread-safe.
  virtual ClockWitness witness() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Instant now() const override;
  ClockWitness witness() const override;
};

}  // namespace thig
