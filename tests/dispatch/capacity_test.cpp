#include "core/dispatch/capacity.h"

#include <doctest/doctest.h>

namespace thig {

using namespace std::chrono_literals;

TEST_CASE("what cannot be borne is lowered, once for all that fail together") {
  Capacity capacity(100);
  CHECK(capacity.lacked(40, 1s));
  CHECK(capacity.now() == 30);
  CHECK_FALSE(capacity.lacked(20, 1s));
  CHECK_FALSE(capacity.lacked(1, 1500ms));
  CHECK(capacity.now() == 30);
  CHECK(capacity.pauses_in_a_row() == 1);
  CHECK(capacity.pausing(1999ms));
  CHECK_FALSE(capacity.pausing(2s));
}

TEST_CASE("pauses grow to half a minute while nothing comes back, and begin again") {
  Capacity capacity(100);
  Millis now{0};
  Millis longest{0};
  for (int i = 0; i < 10; ++i) {
    const Millis before = now;
    capacity.lacked(0, now);
    now = capacity.paused_until();
    CHECK(now - before >= longest);
    longest = now - before;
  }
  CHECK(longest == 30s);
  CHECK(capacity.now() == 1);
  CHECK(capacity.pauses_in_a_row() == 10);
  capacity.came_back(now);
  CHECK(capacity.pauses_in_a_row() == 0);
  CHECK_FALSE(capacity.lacked(0, now));
  CHECK(capacity.paused_until() == now + 1s);
}

TEST_CASE("it grows again while all goes well, and says so again when it must shrink") {
  Capacity capacity(8);
  REQUIRE(capacity.lacked(2, 0s));
  CHECK(capacity.now() == 2);
  capacity.came_back(5s);
  CHECK(capacity.now() == 2);
  Millis now{11s};
  for (; capacity.now() < 8; now += 10s) capacity.came_back(now);
  CHECK(now <= 80s);
  CHECK(capacity.lacked(8, now));
}

TEST_CASE("another limit holds at once, and does not undo what was lowered") {
  Capacity capacity(100);
  capacity.allow(10);
  CHECK(capacity.now() == 10);
  capacity.lacked(4, 0s);
  capacity.allow(100);
  CHECK(capacity.now() == 3);
  capacity.allow(2);
  CHECK(capacity.now() == 2);
}

TEST_CASE("there is room for one that is slow, however little there is") {
  CHECK(Capacity(0).now() == 1);
  CHECK(Capacity(1).slow_share() == 1);
  CHECK(Capacity(9).slow_share() == 4);
}

}  // namespace thig
