#include "cli/terminal/progress.h"

#include "cli/terminal/width.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr Millis first_draw{300};  // short work shows nothing at all
constexpr Millis between_draws{100};
constexpr int longest_bar = 30;
constexpr int shortest_bar = 10;
constexpr std::string_view wipe_line = "\r\x1b[K";

// "4 s", "12 min", "3 h": it is no more exact than that.
std::string span_text(double seconds) {
  if (seconds < 60) return fmt::format("{:.0f} s", std::ceil(seconds));
  if (seconds < 3600) return fmt::format("{:.0f} min", std::ceil(seconds / 60));
  return fmt::format("{:.0f} h", std::ceil(seconds / 3600));
}

}  // namespace

std::string progress_line(std::string_view what, std::uint64_t done, std::uint64_t total,
                          int columns) {
  std::string line;
  if (total == 0) {
    line = fmt::format("{} {}", done, what);
  } else {
    const double part = static_cast<double>(std::min(done, total)) / static_cast<double>(total);
    const std::string text = fmt::format("] {:3.0f}% {}", part * 100, what);
    const int room = columns > 0 ? columns - 2 - display_width(text) : longest_bar;
    const int length = std::clamp(room, shortest_bar, longest_bar);
    const int filled = static_cast<int>(part * length);
    line = fmt::format("[{:#<{}}{:.<{}}{}", "", filled, "", length - filled, text);
  }
  return columns > 0 ? fit(line, columns - 1) : line;
}

std::string describe_pace(std::uint64_t done, std::uint64_t total, Millis elapsed) {
  std::string text = total > 0 ? fmt::format("{}/{}", done, total) : std::to_string(done);
  const double seconds = static_cast<double>(elapsed.count()) / 1000;
  if (done == 0 || seconds <= 0) return text;
  const double rate = static_cast<double>(done) / seconds;
  text += rate < 10 ? fmt::format(", {:.1f}/s", rate) : fmt::format(", {:.0f}/s", rate);
  if (total <= done) return text;
  return text + fmt::format(", {} left", span_text(static_cast<double>(total - done) / rate));
}

Progress::Progress(Context& context, bool wanted, std::string what, std::uint64_t total,
                   Beside beside)
    : context_(context),
      screen_(beside == Beside::lines && context.out().terminal() ? context.out() : context.err()),
      shown_(wanted && context.err().terminal() && !context.quiet()),
      what_(std::move(what)),
      total_(total),
      next_draw_(context.clock().now().steady + first_draw) {}

void Progress::end() {
  if (!drawn_) return;
  drawn_ = false;
  shown_ = false;
  screen_.write(wipe_line);
  static_cast<void>(screen_.flush());
}

void Progress::make_room(Output& stream) {
  if (drawn_ && stream.terminal()) stream.write(wipe_line);
}

void Progress::update(std::uint64_t done, const std::function<std::string()>& detail) {
  if (!shown_) return;
  const Millis now = context_.clock().now().steady;
  if (now < next_draw_) return;
  next_draw_ = now + between_draws;
  draw(done, detail ? detail() : std::string());
}

void Progress::draw(std::uint64_t done, const std::string& detail) {
  drawn_ = true;
  screen_.write(wipe_line);
  screen_.write(progress_line(what_ + detail, done, total_, screen_.columns()));
  static_cast<void>(screen_.flush());
}

}  // namespace thig
