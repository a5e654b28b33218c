// A rate limit: so many a second on average, and no more at once than a burst.
#pragma once

#include "core/base/time.h"

namespace thig {

class TokenBucket {
 public:
  // `per_second` of 0: no limit. At most one second's worth at once, one at least.
  explicit TokenBucket(double per_second = 0)
      : TokenBucket(per_second, per_second > 1 ? per_second : 1) {}
  TokenBucket(double per_second, double burst) : rate_(per_second), burst_(burst), tokens_(burst) {}

  double rate() const { return rate_; }
  // How long until one can be taken; zero if now. Times must not go back.
  Millis wait(Millis steady);
  // Takes one that wait() said was there.
  void take() {
    if (rate_ > 0) tokens_ -= 1;
  }

 private:
  double rate_;
  double burst_;
  double tokens_;
  Millis filled_{-1};
};

}  // namespace thig
