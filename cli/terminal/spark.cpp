#include "cli/terminal/spark.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace thig {
namespace {

constexpr std::array<std::string_view, 8> bars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

// From the end, so that the newest figures are together.
std::vector<std::int64_t> added_up(std::span<const std::int64_t> figures, std::size_t width) {
  const std::size_t together =
      width == 0 ? 1 : std::max<std::size_t>(1, (figures.size() + width - 1) / width);
  const std::size_t count = (figures.size() + together - 1) / together;
  std::vector<std::int64_t> sums(count);
  for (std::size_t i = 0; i < figures.size(); ++i) {
    sums[count - 1 - (figures.size() - 1 - i) / together] += figures[i];
  }
  return sums;
}

}  // namespace

std::string spark_line(std::span<const std::int64_t> figures, int width) {
  const auto sums = added_up(figures, static_cast<std::size_t>(std::max(width, 0)));
  const std::int64_t most = sums.empty() ? 0 : std::ranges::max(sums);
  std::string line;
  for (const std::int64_t sum : sums) {
    if (sum <= 0) {
      line += ' ';
      continue;
    }
    const double share = static_cast<double>(sum) / static_cast<double>(most);
    const auto bar = static_cast<std::size_t>(share * static_cast<double>(bars.size()));
    line += bars[std::min(bar, bars.size() - 1)];
  }
  return line;
}

}  // namespace thig
