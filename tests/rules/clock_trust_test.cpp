#include "core/rules/clock_trust.h"

#include "tests/support/fake_clock.h"

#include <doctest/doctest.h>

namespace thig {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Millis day = hours(24);

// A machine that looks at its clock now and then.
struct Machine {
  FakeClock clock;
  ClockMemory memory;
  bool looks_plausible() {
    const ClockWitness witness = clock.witness();
    const ClockVerdict verdict =
        assess_clock(memory, clock_note(clock.now().wall, witness), witness.synchronised);
    memory = verdict.memory;
    return verdict.plausible;
  }
};

}  // namespace

TEST_CASE("a clock that the kernel calls synchronised is plausible, whatever it said before") {
  Machine machine;
  CHECK(machine.looks_plausible());
  machine.clock.jump(365 * day);
  CHECK(machine.looks_plausible());
}

TEST_CASE("a clock that went as the machine's own time is plausible; one that jumped is not") {
  Machine machine;
  REQUIRE(machine.looks_plausible());
  machine.clock.lose_synchronisation();
  machine.clock.advance(7 * day);
  CHECK(machine.looks_plausible());
  machine.clock.jump(minutes(-4));
  CHECK(machine.looks_plausible());
  machine.clock.jump(365 * day);
  CHECK_FALSE(machine.looks_plausible());
  machine.clock.advance(minutes(1));
  CHECK_FALSE(machine.looks_plausible());
  machine.clock.jump(-365 * day);
  CHECK(machine.looks_plausible());
}

TEST_CASE("a clock that says the same for an hour is believed") {
  Machine machine;
  machine.clock.lose_synchronisation();
  CHECK_FALSE(machine.looks_plausible());
  machine.clock.advance(minutes(59));
  CHECK_FALSE(machine.looks_plausible());
  machine.clock.advance(minutes(1));
  CHECK(machine.looks_plausible());
  machine.clock.advance(7 * day);
  CHECK(machine.looks_plausible());
}

TEST_CASE("a jump begins the hour again") {
  Machine machine;
  machine.clock.lose_synchronisation();
  CHECK_FALSE(machine.looks_plausible());
  machine.clock.advance(minutes(50));
  machine.clock.jump(day);
  CHECK_FALSE(machine.looks_plausible());
  machine.clock.advance(minutes(50));
  CHECK_FALSE(machine.looks_plausible());
}

TEST_CASE("a machine that was off is believed when it is synchronised, or after an hour") {
  Machine machine;
  REQUIRE(machine.looks_plausible());
  machine.clock.reboot(30 * day);
  Machine other = machine;
  CHECK(machine.looks_plausible());
  other.clock.lose_synchronisation();
  CHECK_FALSE(other.looks_plausible());
  other.clock.advance(hours(1));
  CHECK(other.looks_plausible());
}

TEST_CASE("notes are written rarely, and read back") {
  Machine machine;
  machine.looks_plausible();
  const ClockMemory before = machine.memory;
  machine.clock.lose_synchronisation();
  machine.clock.advance(minutes(59));
  machine.looks_plausible();
  CHECK(machine.memory == before);
  REQUIRE(before.trusted);
  CHECK(parse_clock_note(to_text(*before.trusted)) == before.trusted);
  for (const char* text : {"", "x", "1", "1 ", "1 x", "1 2"}) CHECK_FALSE(parse_clock_note(text));
}

TEST_CASE("where boots cannot be told apart, nothing goes on") {
  const ClockNote unknown{.boot = "", .wall = Time{hours(1)}, .since_boot = hours(1)};
  CHECK_FALSE(assess_clock({.trusted = unknown, .suspected = unknown}, unknown, false).plausible);
}

}  // namespace thig
