#include "cli/terminal/spark.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace thig {
namespace {

constexpr int least_bars = 12;  // beside their times

// "09:00", "01-15 09:00", "2026-01-15": as exact as needed beside the other end.
std::string axis_time(Time time, Time other) {
  const std::string text = format_rfc3339(time);  // "2026-01-15T09:00:00Z"
  const std::string far = format_rfc3339(other);
  if (text.substr(0, 4) != far.substr(0, 4)) return text.substr(0, 10);
  const std::string clock = text.substr(11, 5);
  return text.substr(0, 10) == far.substr(0, 10) ? clock : text.substr(5, 5) + " " + clock;
}

constexpr std::array<std::string_view, 8> bars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

std::size_t figures_per_bar(std::size_t figures, int width) {
  if (width <= 0) return 1;
  const auto room = static_cast<std::size_t>(width);
  return std::max<std::size_t>(1, (figures + room - 1) / room);
}

// From the end, so that the newest figures are together.
std::vector<std::int64_t> added_up(std::span<const std::int64_t> figures, int width) {
  const std::size_t together = figures_per_bar(figures.size(), width);
  const std::size_t count = (figures.size() + together - 1) / together;
  std::vector<std::int64_t> sums(count);
  for (std::size_t i = 0; i < figures.size(); ++i) {
    sums[count - 1 - (figures.size() - 1 - i) / together] += figures[i];
  }
  return sums;
}

}  // namespace

std::string spark_line(std::span<const std::int64_t> figures, int width) {
  const auto sums = added_up(figures, width);
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

HourBars hour_bars(std::span<const std::int64_t> figures, Time first, Time now, int width) {
  HourBars shown{.from = axis_time(first, now), .bars = {}, .until = axis_time(now, first)};
  int room = width;
  if (width > 0) {
    room = width - static_cast<int>(shown.from.size() + shown.until.size()) - 2;
    if (room < least_bars) {
      shown.from.clear();
      shown.until.clear();
      room = width;
    }
  }
  shown.hours_per_bar = figures_per_bar(figures.size(), room);
  shown.bars = spark_line(figures, room);
  return shown;
}

}  // namespace thig
