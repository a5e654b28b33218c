// Whether the wall clock is right. Nobody can know; but what deletes by time must not go by a clock
// that was wrong for a moment. Pure.
#pragma once

#include "core/base/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace thig {

// What the wall clock said at a moment of a boot.
struct ClockNote {
  std::string boot;
  Time wall{};
  Millis since_boot{0};
  bool operator==(const ClockNote&) const = default;
};
ClockNote clock_note(Time wall, const ClockWitness& witness);
std::string to_text(const ClockNote& note);
// Nothing for what is no note.
std::optional<ClockNote> parse_clock_note(std::string_view text);

// What is remembered of the clock, in the database.
struct ClockMemory {
  std::optional<ClockNote> trusted;    // when it was plausible, the last time
  std::optional<ClockNote> suspected;  // since when it has said what it says now
  bool operator==(const ClockMemory&) const = default;
};

struct ClockVerdict {
  bool plausible = false;
  ClockMemory memory;  // as it is to be kept
};
// The clock is plausible if the kernel calls it synchronised; or if it went as the machine's own
// time since it was plausible in this boot; or if it has done so for an hour, whatever it said
// before.
ClockVerdict assess_clock(const ClockMemory& memory, const ClockNote& now, bool synchronised);

}  // namespace thig
