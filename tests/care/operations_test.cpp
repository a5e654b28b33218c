#include "core/care/operations.h"

#include "core/care/pruner.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

using namespace thig;

namespace {

OperationTally tally_of(World& world) {
  const auto tally = read_operations(world.store().config());
  REQUIRE(tally);
  return *tally;
}

}  // namespace

TEST_CASE("retries and pruned rows are added up, whoever notes them") {
  World world;
  ConfigStore& store = world.store().config();
  CHECK(tally_of(world).retries == 0);
  CHECK_FALSE(tally_of(world).pruned_at);
  REQUIRE(note_retries(store, 3));
  const Time now = world.clock.now().wall;
  REQUIRE(note_pruning(store, {.events = 5, .deliveries = 7, .keys = 1, .bytes = 99}, now));
  REQUIRE(note_retries(store, 2));
  REQUIRE(note_pruning(store, {.events = 1, .requests = 4}, now + std::chrono::seconds(1)));
  const OperationTally tally = tally_of(world);
  CHECK(tally.retries == 5);
  CHECK(tally.pruned.events == 6);
  CHECK(tally.pruned.deliveries == 7);
  CHECK(tally.pruned.requests == 4);
  CHECK(tally.pruned.keys == 1);
  CHECK(tally.pruned_at == now + std::chrono::seconds(1));
}

TEST_CASE("a pass that deleted nothing is noted once an hour") {
  World world;
  ConfigStore& store = world.store().config();
  const Time begin = world.clock.now().wall;
  const auto noted_at = [&](Millis after) {
    REQUIRE(note_pruning(store, {}, begin + after));
    return *tally_of(world).pruned_at - begin;
  };
  CHECK(noted_at(Millis{0}) == Millis{0});
  CHECK(noted_at(std::chrono::minutes(59)) == Millis{0});
  CHECK(noted_at(std::chrono::hours(1)) == std::chrono::hours(1));
  // The clock was set back.
  CHECK(noted_at(std::chrono::minutes(30)) == std::chrono::minutes(30));
}

TEST_CASE("a tally that was damaged counts from what is left of it") {
  World world;
  ConfigStore& store = world.store().config();
  for (const std::string text : {"", "=", "retries", "retries=", "retries=x", "retries=-4",
                                 "retries=99999999999999999999", "later=5  =7 "}) {
    REQUIRE(store.put_setting(operations_setting, text));
    CHECK_MESSAGE(tally_of(world).retries == 0, text);
  }
  REQUIRE(store.put_setting(operations_setting, "later=1 retries=4 events=x"));
  REQUIRE(note_retries(store, 1));
  CHECK(tally_of(world).retries == 5);
}

TEST_CASE("a pruner tells what each pass has deleted") {
  World world;
  world.add("crm");
  world.emit();
  world.run_for(std::chrono::minutes(1));
  world.clock.advance(std::chrono::hours(24 * 31));
  std::vector<std::int64_t> events;
  PruningReports reports;
  reports.failed = [](const Error& error) { FAIL(error.text); };
  reports.passed = [&](const PruneCounts& gone) { events.push_back(gone.events); };
  BackgroundPruner pruner(world.store().maintenance(), {}, world.clock, std::move(reports));
  for (int turns = 0; turns < 1'000 && events.size() < 2; ++turns) {
    world.clock.advance(std::max(pruner.turn(world.clock.now(), true), Millis{1}));
  }
  REQUIRE(events.size() == 2);
  CHECK(events[0] >= 1);
  CHECK(events[1] == 0);
}
