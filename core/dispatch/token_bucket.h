// A rate limit: so many a second on average, at most one second's worth at once.
#pragma once

#include "core/base/time.h"

namespace thig {

class TokenBucket {
 public:
  // `per_second` of 0: no limit.
  explicit TokenBucket(double per_second = 0) : rate_(per_second), tokens_(burst()) {}

  double rate() const { return rate_; }
  // How long until one can be taken; zero if now. Times must not go back.
  Millis wait(Millis steady);
  // Takes one that wait() said was there.
  void take() {
    if (rate_ > 0) tokens_ -= 1;
  }

 private:
  double burst() const { return rate_ > 1 ? rate_ : 1; }

  double rate_;
  double tokens_;
  Millis filled_{-1};
};

}  // namespace thig
