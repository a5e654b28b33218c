#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

#include <chrono>

namespace thig {

namespace {

constexpr Millis day = 24 * hour;
constexpr Millis year = 365 * day;

// A clock that is earlier than the database itself is not believed.
Time today() {
  return std::chrono::floor<Millis>(std::chrono::system_clock::now()) + minute;
}

// A machine without a battery clock delivers something in 1970 before its clock is set: that must
// not leave the time decades ahead, nor a day where the clock was a day behind.
void time_comes_back_to_a_clock_that_is_right_again(const OpenStore& open) {
  const auto store = open();
  for (const Time wrong : {Time{}, noon - 24 * hour}) {
    SettleBatch batch;
    batch.dispatcher_time = noon;
    batch.endpoints.push_back(
        {.id = {1}, .health = {}, .disable = DisabledBy::nobody, .reason = {}});
    REQUIRE(store->queue().settle(batch, wrong));
    CHECK(get(store->queue().time_floor(noon)) == noon);
    CHECK(get(store->queue().time_floor(noon + hour)) == noon + hour);
  }
}

void numbers_come_back_after_a_clock_that_was_ahead(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const Time now = today();
  const EventId before = emit(*store, sample_event({crm}), now);
  const EventId ahead = emit(*store, sample_event({crm}), now + 10 * year);
  CHECK(time_of(ahead) == now + 10 * year);
  CHECK(get(store->queue().time_floor(now)) == now + 10 * year);
  const EventId after = emit(*store, sample_event({crm}), now);
  CHECK(time_of(after) == now);
  CHECK(before < after);
  CHECK(get(store->queue().time_floor(now)) == now);
  // All of them are due, in their order.
  const auto rows = all_due(*store, crm, now);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].id.event == before);
  CHECK(rows[1].id.event == after);
  CHECK(rows[2].id.event == ahead);
}

void numbers_that_a_clock_which_was_ahead_has_taken_are_passed_over(const OpenStore& open) {
  const auto store = open();
  const Time now = today();
  const EventId ahead = emit(*store, sample_event({}), now + year);
  emit(*store, sample_event({}), now);
  const EventId then = emit(*store, sample_event({}), now + year);
  CHECK(then > ahead);
  CHECK(time_of(then) == now + year);
}

void numbers_of_requests_come_back_too(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId box = add_sample_incoming(*store, "box", 1);
  const Time now = today();
  const auto time = [](RequestId id) { return time_of(EventId{id.value}); };
  CHECK(time(receive_one(*store, sample_request(box), now + year).id) == now + year);
  CHECK(time(receive_one(*store, sample_request(box), now).id) == now);
}

void a_clock_that_is_set_back_a_little_does_not_disturb_the_order(const OpenStore& open) {
  const auto store = open();
  const Time now = today();
  const EventId first = emit(*store, sample_event({}), now);
  CHECK(first < emit(*store, sample_event({}), now - 30 * minute));
}

void a_clock_that_is_earlier_than_the_database_is_not_believed(const OpenStore& open) {
  const auto store = open();
  const EventId first = emit(*store, sample_event({}), today());
  CHECK(first < emit(*store, sample_event({}), Time{}));
}

void the_clock_is_repaired(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const Time now = today();
  emit(*store, sample_event({crm}), now);
  const auto rows = all_due(*store, crm, now);
  REQUIRE(rows.size() == 1);
  // A year ahead it has failed, and is to be tried again in an hour.
  SettleBatch batch;
  batch.dispatcher_time = now + year;
  batch.deliveries.push_back(
      settled(rows[0], failed_attempt(1), DeliveryState::pending, now + year + hour));
  EndpointHealth health;
  health.consecutive_failures = 1;
  health.failing_since = now + year;
  health.paused_until = now + year + minute;
  batch.endpoints.push_back(
      {.id = crm, .health = health, .disable = DisabledBy::nobody, .reason = {}});
  ok(store->queue().settle(batch, now + year));
  emit(*store, sample_event({crm}), now + year);
  const std::int64_t recalls = get(store->queue().lanes()).front().recalls;

  CHECK(get(store->maintenance().repair_clock(now)) == 2);
  CHECK(get(store->queue().time_floor(now)) == now);
  CHECK(all_due(*store, crm, now).size() == 1);
  CHECK(all_due(*store, crm, now + hour - second).size() == 1);
  CHECK(all_due(*store, crm, now + hour).size() == 2);
  CHECK(get(store->queue().lanes()).front().recalls > recalls);
  const EndpointHealth repaired = get(store->queue().health(crm));
  CHECK(repaired.paused_until == now + minute);
  CHECK(repaired.failing_since == now);
  CHECK(time_of(emit(*store, sample_event({crm}), now)) == now);
}

void a_clock_that_is_right_needs_no_repair(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const Time now = today();
  emit(*store, sample_event({crm}), now);
  CHECK(get(store->maintenance().repair_clock(now)) == 0);
  CHECK(all_due(*store, crm, now).size() == 1);
}

constexpr StoreRule rules_of_clock[] = {
    {"time comes back to a clock that is right again",
     time_comes_back_to_a_clock_that_is_right_again},
    {"numbers come back after a clock that was ahead",
     numbers_come_back_after_a_clock_that_was_ahead},
    {"numbers that a clock which was ahead has taken are passed over",
     numbers_that_a_clock_which_was_ahead_has_taken_are_passed_over},
    {"numbers of requests come back, too", numbers_of_requests_come_back_too},
    {"a clock that is set back a little does not disturb the order",
     a_clock_that_is_set_back_a_little_does_not_disturb_the_order},
    {"a clock that is earlier than the database is not believed",
     a_clock_that_is_earlier_than_the_database_is_not_believed},
    {"the clock is repaired", the_clock_is_repaired},
    {"a clock that is right needs no repair", a_clock_that_is_right_needs_no_repair},
};

}  // namespace

std::span<const StoreRule> clock_rules() {
  return rules_of_clock;
}

}  // namespace thig
