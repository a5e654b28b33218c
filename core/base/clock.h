// Where "now" comes from. Rules take it as an argument; only the engine and the front ends hold a
// Clock, so that tests can move time by hand.
#pragma once

#include "core/base/time.h"

namespace thig {

class Clock {
 public:
  virtual ~Clock() = default;
  // Thread-safe.
  virtual Instant now() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Instant now() const override;
};

}  // namespace thig
