// How many attempts may be under way at the same time. What this machine cannot bear (no file
// descriptor, no memory) lowers it, and it grows again while all goes well.
#pragma once

#include "core/base/time.h"

#include <cstddef>

namespace thig {

class Capacity {
 public:
  explicit Capacity(std::size_t most) { allow(most); }

  // Another limit: a new setting.
  void allow(std::size_t most);
  std::size_t now() const { return now_; }
  // The share of those that are slow, so that the quick ones can start at any time; at least one.
  std::size_t slow_share() const { return now_ > 1 ? now_ / 2 : 1; }

  // An attempt could not be made while `others` were under way: nothing is to be started for a
  // while, and fewer then. True if that is news.
  bool lacked(std::size_t others, Millis steady);
  // An attempt was made.
  void came_back(Millis steady);

  bool pausing(Millis steady) const { return steady < paused_until_; }
  Millis paused_until() const { return paused_until_; }
  // How many pauses there were since the last attempt that was made.
  int pauses_in_a_row() const { return pauses_; }

 private:
  std::size_t most_ = 1;
  std::size_t now_ = 0;
  Millis paused_until_{0};
  Millis pause_{0};
  Millis grows_at_{0};
  int pauses_ = 0;
  bool lowered_ = false;
};

}  // namespace thig
