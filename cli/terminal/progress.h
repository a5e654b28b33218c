// How far long work has come: one line on standard error while it is a terminal, and nothing
// otherwise.
#pragma once

#include "cli/app/context.h"

#include <cstdint>
#include <string>

namespace thig {

class Progress {
 public:
  // `total` 0: not known. `wanted`: nothing else writes to the terminal meanwhile.
  Progress(Context& context, bool wanted, std::string what, std::uint64_t total);
  ~Progress() { end(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Cheap: draws ten times a second at most.
  void update(std::uint64_t done);
  // Wipes the line, for what is written next.
  void end();

 private:
  void draw(std::uint64_t done);

  Context& context_;
  bool shown_;
  std::string what_;
  std::uint64_t total_;
  Millis next_draw_;
  bool drawn_ = false;
};

// "[#####.....]  50% recording events", at most `columns` wide; without a total "123 recording
// events".
std::string progress_line(std::string_view what, std::uint64_t done, std::uint64_t total,
                          int columns);

}  // namespace thig
