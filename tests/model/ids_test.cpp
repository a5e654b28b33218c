#include "core/model/ids.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

namespace {

const Time start = *parse_rfc3339("2026-01-15T10:30:00.123Z");

}  // namespace

TEST_CASE("ids have text forms that read back") {
  const EventId event{(std::int64_t{1} << 62) + 12345};
  const EndpointId endpoint{(std::int64_t{1} << 40) - 1};
  CHECK(to_text(event) == "evt_4000000000c1s");
  CHECK(to_text(endpoint) == "wh_zzzzzzzz");
  CHECK(to_text(DeliveryId{event, endpoint}) == "dlv_4000000000c1szzzzzzzz");
  CHECK(to_text(EventId{0}) == "evt_0000000000000");
  CHECK(to_text(EndpointId{0}) == "wh_00000000");

  CHECK(parse_event_id(to_text(event)) == event);
  CHECK(parse_endpoint_id(to_text(endpoint)) == endpoint);
  CHECK(parse_delivery_id(to_text(DeliveryId{event, endpoint})) == DeliveryId{event, endpoint});
  CHECK(parse_event_id("evt_7ZZZZZZZZZZZZ") == EventId{INT64_MAX});
}

TEST_CASE("other texts are no ids") {
  for (const std::string text :
       {"", "evt_", "evt_000000000000", "evt_00000000000000", "EVT_0000000000000",
        "evt_8000000000000", "evt_fzzzzzzzzzzzz", "evt_000000000000u", "evt_00000000000 0",
        "wh_0000000000000", "0000000000000"}) {
    CHECK_MESSAGE(!parse_event_id(text), text);
  }
  for (const std::string text :
       {"", "wh_", "wh_0000000", "wh_000000000", "wh_0000000i", "evt_00000000"}) {
    CHECK_MESSAGE(!parse_endpoint_id(text), text);
  }
  for (const std::string text :
       {"", "dlv_", "dlv_0000000000000", "dlv_00000000000000000000", "dlv_0000000000000000000000",
        "dlv_800000000000000000000", "dlv_0000000000000000000.0"}) {
    CHECK_MESSAGE(!parse_delivery_id(text), text);
  }
}

TEST_CASE("an event id carries its time, its origin and a sequence") {
  const EventId first = next_event_id({}, start, 5);
  CHECK(time_of(first) == start);
  CHECK((first.value >> 12 & 1023) == 5);
  CHECK((first.value & 4095) == 0);
  CHECK(next_event_id(first, start, 5).value == first.value + 1);
  CHECK(time_of(next_event_id(first, start + 1ms, 5)) == start + 1ms);
}

TEST_CASE("ids always grow") {
  SUBCASE("when a millisecond's numbers are used up") {
    EventId id = next_event_id({}, start, 1023);
    for (int i = 0; i < 10'000; ++i) {
      const EventId next = next_event_id(id, start, 1023);
      REQUIRE(next > id);
      REQUIRE((next.value >> 12 & 1023) == 1023);
      id = next;
    }
    CHECK(time_of(id) == start + 2ms);  // 10,000 of 4096 a millisecond
  }
  SUBCASE("when the clock goes back") {
    const EventId id = next_event_id({}, start, 3);
    for (const Time wrong : {start - 24h, Time{}, *parse_rfc3339("2020-01-01T00:00:00Z")}) {
      CHECK(next_event_id(id, wrong, 3) > id);
      CHECK(time_of(next_event_id(id, wrong, 3)) == start);
    }
  }
  SUBCASE("when another origin goes on") {
    for (const int origin : {0, 2, 4, 1023}) {
      const EventId last = next_event_id({}, start, 3);
      const EventId next = next_event_id(last, start, origin);
      CHECK(next > last);
      CHECK((next.value >> 12 & 1023) == origin);
    }
  }
  SUBCASE("when the clock is past what an id can hold") {
    EventId id = next_event_id({}, *parse_rfc3339("9999-01-01T00:00:00Z"), 1);
    for (int i = 0; i < 5'000; ++i) {
      const EventId next = next_event_id(id, *parse_rfc3339("9999-01-01T00:00:00Z"), 1);
      REQUIRE(next > id);
      id = next;
    }
  }
}

TEST_CASE("the first id of a time lies between those before and those from then on") {
  const EventId bound = first_event_id_at(start);
  CHECK(next_event_id({}, start - 1ms, 1023) < bound);
  CHECK(next_event_id({}, start, 0) >= bound);
  CHECK(first_event_id_at(Time{}) == EventId{0});
}

TEST_CASE("the text order of ids is their order in time") {
  const EventId earlier = next_event_id({}, start, 9);
  const EventId later = next_event_id(earlier, start + 1h, 0);
  CHECK(to_text(earlier) < to_text(later));
}
