#include "cli/terminal/progress.h"

#include "cli/terminal/width.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr Millis first_draw{300};  // short work shows nothing at all
constexpr Millis between_draws{100};
constexpr std::uint64_t bar_width = 30;
constexpr std::string_view wipe_line = "\r\x1b[K";

}  // namespace

std::string progress_line(std::string_view what, std::uint64_t done, std::uint64_t total,
                          int columns) {
  std::string line;
  if (total == 0) {
    line = fmt::format("{} {}", done, what);
  } else {
    const double part = static_cast<double>(std::min(done, total)) / static_cast<double>(total);
    const auto filled = static_cast<std::size_t>(part * static_cast<double>(bar_width));
    line = fmt::format("[{:#<{}}{:.<{}}] {:3.0f}% {}", "", filled, "", bar_width - filled,
                       part * 100, what);
  }
  return columns > 0 ? fit(line, columns - 1) : line;
}

Progress::Progress(Context& context, bool wanted, std::string what, std::uint64_t total)
    : context_(context),
      shown_(wanted && context.err().terminal() && !context.quiet()),
      what_(std::move(what)),
      total_(total),
      next_draw_(context.clock().now().steady + first_draw) {}

void Progress::end() {
  if (!drawn_) return;
  drawn_ = false;
  shown_ = false;
  context_.err().write(wipe_line);
  static_cast<void>(context_.err().flush());
}

void Progress::update(std::uint64_t done) {
  if (!shown_) return;
  const Millis now = context_.clock().now().steady;
  if (now < next_draw_) return;
  next_draw_ = now + between_draws;
  draw(done);
}

void Progress::draw(std::uint64_t done) {
  drawn_ = true;
  context_.err().write(wipe_line);
  context_.err().write(progress_line(what_, done, total_, context_.err().columns()));
  static_cast<void>(context_.err().flush());
}

}  // namespace thig
