// What is said to keep deliveries from being made faster.
#include "tests/support/world.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace thig {
namespace {

// What a minute and a bit of this world is told about.
std::vector<LimitReport> told(World& world) {
  world.run_for(62s);
  return world.ledger.limits;
}

void emit_many(World& world, int count) {
  for (int i = 0; i < count; ++i) world.emit();
}

}  // namespace

TEST_CASE("a minute tells what limited most, of whom, and only if it did for a tenth") {
  struct Row {
    int seconds_of_receiver, seconds_of_window;
    std::optional<Limit> told;
    int seconds;
  };
  for (const Row& row : {Row{0, 0, {}, 0}, Row{5, 5, {}, 0}, Row{6, 5, Limit::receiver, 6},
                         Row{10, 20, Limit::window, 20}}) {
    LimitWatch watch;
    for (int second = 0; second < 60; ++second) {
      const std::string webhook = second % 3 == 0 ? "few" : "most";
      std::optional<Limited> limited;
      if (second < row.seconds_of_receiver) {
        limited = Limited{.limit = Limit::receiver, .webhook = webhook};
      } else if (second < row.seconds_of_receiver + row.seconds_of_window) {
        limited = Limited{.limit = Limit::window, .webhook = webhook};
      }
      CHECK_FALSE(watch.note(second * 1s, limited));
    }
    const auto report = watch.note(60s, std::nullopt);
    REQUIRE(report.has_value() == row.told.has_value());
    CHECK_FALSE(watch.note(61s, std::nullopt));  // a new minute
    if (!report) continue;
    CHECK(report->limit == *row.told);
    CHECK(report->seconds == row.seconds);
    CHECK(report->webhook == "most");
  }
}

TEST_CASE("an idle dispatcher and one that keeps up tell nothing") {
  World world;
  world.add("crm");
  CHECK(told(world).empty());
  for (int i = 0; i < 700; ++i) {
    world.emit();
    world.run_for(100ms);
  }
  CHECK(world.ledger.limits.empty());
}

TEST_CASE("a receiver that answers slowly is told to be what limits, by name") {
  World world;
  world.add("quick", {"prd.*"});
  world.add("slow");
  world.sender.behaviour = [](const SendRequest&) { return answer(200, 1500ms); };
  emit_many(world, 20'000);
  world.run_for(62s);  // the window opens
  world.ledger.limits.clear();
  const auto limits = told(world);
  REQUIRE(limits.size() == 1);
  CHECK(limits[0].limit == Limit::receiver);
  CHECK(limits[0].webhook == "slow");
}

TEST_CASE("so are a window that failures have narrowed, a rate, and the common capacity") {
  SUBCASE("window") {
    World world;
    world.add("crm");
    int sent = 0;
    world.sender.behaviour = [&](const SendRequest&) {
      return answer(++sent % 3 == 0 ? 500 : 200, 500ms);
    };
    emit_many(world, 5'000);
    REQUIRE_FALSE(told(world).empty());
    CHECK(world.ledger.limits[0].limit == Limit::window);
  }
  SUBCASE("rate") {
    World world;
    WebhookDraft draft = World::draft("crm");
    draft.settings.rate = 2;
    world.add(draft);
    emit_many(world, 5'000);
    REQUIRE_FALSE(told(world).empty());
    CHECK(world.ledger.limits[0].limit == Limit::rate);
    CHECK(world.ledger.limits[0].webhook == "crm");
  }
  SUBCASE("capacity") {
    World world(1, {.max_in_flight = 4});
    world.add("crm");
    world.sender.behaviour = [](const SendRequest&) { return answer(200, 500ms); };
    emit_many(world, 5'000);
    REQUIRE_FALSE(told(world).empty());
    CHECK(world.ledger.limits[0].limit == Limit::capacity);
    CHECK(world.ledger.limits[0].webhook.empty());
  }
}

TEST_CASE("a database that is waited for is, and processors that are all used before the rest") {
  SUBCASE("database") {
    World world;
    world.add("crm");
    world.reader.pace = [] { return FakeReader::Pace{.latency = 700ms}; };
    emit_many(world, 20'000);
    REQUIRE_FALSE(told(world).empty());
    CHECK(world.ledger.limits[0].limit == Limit::database);
  }
  DispatchOptions busy;
  busy.processors_busy = [] { return 0.97; };
  SUBCASE("processors") {
    World world(1, busy);
    world.add("crm");
    world.sender.behaviour = [](const SendRequest&) { return answer(200, 50ms); };
    emit_many(world, 20'000);
    REQUIRE_FALSE(told(world).empty());
    CHECK(world.ledger.limits[0].limit == Limit::processor);
  }
  SUBCASE("but not before a receiver that would be as slow beside idle ones") {
    World world(1, busy);
    world.add("slow");
    world.sender.behaviour = [](const SendRequest&) { return answer(200, 1500ms); };
    emit_many(world, 20'000);
    world.run_for(62s);  // the window opens
    world.ledger.limits.clear();
    REQUIRE_FALSE(told(world).empty());
    CHECK(world.ledger.limits[0].limit == Limit::receiver);
    CHECK(world.ledger.limits[0].webhook == "slow");
  }
}

}  // namespace thig
