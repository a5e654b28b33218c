// A row of figures as a line of bars, one character each.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace thig {

// "▁▂▅█": the highest bar is the greatest figure, a blank is 0. If there are more figures than
// `width`, neighbours are added up, the last of them ending a bar; 0 is no limit.
std::string spark_line(std::span<const std::int64_t> figures, int width);

}  // namespace thig
