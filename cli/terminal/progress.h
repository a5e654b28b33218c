// How far long work has come: one line on standard error while it is a terminal, and nothing
// otherwise.
#pragma once

#include "cli/app/context.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace thig {

class Progress {
 public:
  // What else writes to the terminal meanwhile. Lines of standard output: where that is the
  // terminal too, progress goes the same way, so that the two cannot overtake each other.
  enum class Beside { nothing, lines };
  // `total` 0: not known.
  Progress(Context& context, bool wanted, std::string what, std::uint64_t total,
           Beside beside = Beside::nothing);
  ~Progress() { end(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Whether anybody sees it.
  bool shown() const { return shown_; }
  // The total, where it costs something to know it.
  void expect(std::uint64_t total) { total_ = total; }
  // Cheap: draws ten times a second at most. `detail` ends the line.
  void update(std::uint64_t done, const std::function<std::string()>& detail = {});
  // Wipes the line, for another that is written to this stream next; the next update draws it
  // again.
  void make_room(Output& stream);
  // Wipes the line, for what is written next.
  void end();

 private:
  void draw(std::uint64_t done, const std::string& detail);

  Context& context_;
  Output& screen_;
  bool shown_;
  std::string what_;
  std::uint64_t total_;
  Millis next_draw_;
  bool drawn_ = false;  // at least once: how far the screen is, is not known
};

// "[#####.....]  50% recording events", the bar as long as there is room for, at most `columns`
// wide; without a total "123 recording events".
std::string progress_line(std::string_view what, std::uint64_t done, std::uint64_t total,
                          int columns);
// "500/1000, 120/s, 4 s left": how fast it goes, and how long at this rate. Without a total, or
// before anything is done, less.
std::string describe_pace(std::uint64_t done, std::uint64_t total, Millis elapsed);

}  // namespace thig
