#include "core/dispatch/capacity.h"

#include <algorithm>

namespace thig {
namespace {

constexpr Millis first_pause{1'000};
constexpr Millis longest_pause{30'000};
constexpr Millis between_growths{10'000};

}  // namespace

void Capacity::allow(std::size_t most) {
  most_ = std::max<std::size_t>(most, 1);
  now_ = lowered_ ? std::min(now_, most_) : most_;
}

bool Capacity::lacked(std::size_t others, Millis steady) {
  // Those that were started together fail together.
  if (pausing(steady)) return false;
  const bool news = !lowered_;
  lowered_ = true;
  now_ = std::clamp<std::size_t>(others - others / 4, 1, now_);
  pause_ = std::clamp(pause_ * 2, first_pause, longest_pause);
  paused_until_ = steady + pause_;
  grows_at_ = paused_until_ + between_growths;
  ++pauses_;
  return news;
}

void Capacity::came_back(Millis steady) {
  pauses_ = 0;
  pause_ = Millis{0};
  if (!lowered_ || steady < grows_at_) return;
  grows_at_ = steady + between_growths;
  now_ = std::min(most_, now_ + std::max<std::size_t>(now_ / 4, 1));
  lowered_ = now_ < most_;
}

}  // namespace thig
