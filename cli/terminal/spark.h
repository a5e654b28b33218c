// A row of figures as a line of bars, one character each.
#pragma once

#include "core/base/time.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace thig {

// "▁▂▅█": the highest bar is the greatest figure, a blank is 0. If there are more figures than
// `width`, neighbours are added up, the last of them ending a bar; 0 is no limit.
std::string spark_line(std::span<const std::int64_t> figures, int width);

// Figures hour by hour as such a line, with the times at its ends.
struct HourBars {
  std::size_t hours_per_bar = 1;
  std::string from;  // "09:00", with the day if it is another; UTC. Empty if there is no room
  std::string bars;
  std::string until;

  // The times with the blanks that set them off.
  std::string before() const { return from.empty() ? "" : from + " "; }
  std::string after() const { return until.empty() ? "" : " " + until; }
};
// The first of them counts the hour that begins at `first`, the last one ends at `now`. No wider
// than `width`, with a blank between the parts; 0 is no limit.
HourBars hour_bars(std::span<const std::int64_t> figures, Time first, Time now, int width);

}  // namespace thig
