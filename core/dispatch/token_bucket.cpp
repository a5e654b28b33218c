#include "core/dispatch/token_bucket.h"

#include <algorithm>
#include <cmath>

namespace thig {

Millis TokenBucket::wait(Millis steady) {
  if (rate_ <= 0) return Millis{0};
  if (filled_ >= Millis{0}) {
    const double seconds = static_cast<double>((steady - filled_).count()) / 1000.0;
    tokens_ = std::min(burst_, tokens_ + seconds * rate_);
  }
  filled_ = steady;
  if (tokens_ >= 1) return Millis{0};
  return Millis{static_cast<long long>(std::ceil((1 - tokens_) / rate_ * 1000.0))};
}

}  // namespace thig
