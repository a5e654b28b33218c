// What is read may be old when it comes: the database goes on meanwhile.
#include "core/dispatch/reading_thread.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace thig {
namespace {

using Reads = FakeReader::Reads;

// Every answer takes so long, and tells how things were when it was asked for.
void read_slowly(World& world, Millis latency) {
  world.reader.pace = [latency] { return FakeReader::Pace{latency, Reads::at_once}; };
}

}  // namespace

TEST_CASE("a row that is settled while it is read once more is not sent again") {
  // Whatever the result meets: a read that began before, a poll, or neither.
  for (Millis latency = 850ms; latency < 1200ms; latency += 5ms) {
    World world;
    world.settler.pace = [] { return FakeSettler::Pace{}; };
    read_slowly(world, 40ms);
    const Endpoint crm = world.add("crm");
    world.sender.behaviour = [latency](const SendRequest&) { return answer(200, latency); };
    const Receipt first = world.emit();
    world.run_for(900ms);
    world.emit();
    world.run_for(10s);
    INFO(latency.count());
    CHECK(world.sender.sent.size() == 2);
    CHECK(world.delivery(first, crm).state == DeliveryState::delivered);
  }
}

TEST_CASE("who writes during a poll is seen by the next one, before the next second") {
  World world;
  const Endpoint crm = world.add("crm");
  world.run_for(1ms);
  read_slowly(world, 40ms);
  world.emit();
  world.run_for(20ms);
  world.emit();
  world.run_for(800ms);
  CHECK(world.sender.sent.size() == 2);
}

TEST_CASE("deliveries that were read go on while a poll takes long") {
  World world;
  const Endpoint crm = world.add("crm");
  for (int i = 0; i < 200; ++i) world.emit();
  world.run_for(200ms);  // the window has opened
  for (int i = 0; i < 40; ++i) world.emit();
  world.reader.pace = [] { return FakeReader::Pace{5ms, Reads::at_once}; };
  world.run_for(6ms);
  const std::size_t before = world.sender.sent.size();
  read_slowly(world, 5s);
  world.run_for(100ms);
  CHECK(world.sender.sent.size() > before);
  CHECK(world.stats(crm).delivered > static_cast<std::int64_t>(before));
}

TEST_CASE("what a new configuration says holds from the poll that has read it") {
  World world;
  Endpoint crm = world.add("crm");
  std::string url;
  world.sender.behaviour = [&](const SendRequest& request) {
    url = request.target->url;
    return answer(200);
  };
  world.emit();
  world.run_for(100ms);
  read_slowly(world, 30ms);
  crm.url = "https://example.com/moved";
  REQUIRE(world.store().config().update_endpoint(crm, world.clock.now().wall, {}));
  world.run_for(100ms);
  world.emit();
  world.run_for(200ms);
  CHECK(world.sender.sent.size() == 2);
  CHECK(url == "https://example.com/moved");
}

TEST_CASE("results evaluated under another configuration wait for the poll that reads it") {
  World world;
  const Endpoint crm = world.add("crm");
  world.sender.behaviour = [](const SendRequest&) { return answer(500, 50ms); };
  const Receipt receipt = world.emit();
  world.run_for(10ms);
  world.rings = false;  // it is not known before the result is refused
  REQUIRE(world.webhooks().disable(crm.name, "moving"));
  REQUIRE(world.webhooks().enable(crm.name));
  read_slowly(world, 400ms);
  world.run_for(300ms);
  CHECK(world.dispatcher().unsettled() == 1);
  CHECK(world.ledger.stuck_count == 0);  // the database is well
  world.run_for(500ms);
  CHECK(world.dispatcher().unsettled() == 0);
  CHECK(world.stats(crm).attempts_failed == 1);
  CHECK(world.endpoint(crm.name).state == EndpointState::enabled);
  CHECK(world.delivery(receipt, crm).attempts == 1);
}

TEST_CASE("a thread reads what is asked and wakes who waits") {
  World world;
  const Endpoint crm = world.add("crm");
  world.emit();
  auto waker = make_waker();
  REQUIRE(waker);
  auto reading = ReadingThread::open(world.store_that_takes(5'000), world.clock, **waker);
  REQUIRE(reading);
  const auto next = [&] {
    for (;;) {
      if (auto seen = (*reading)->take()) return std::move(*seen);
      (*waker)->wait(1s);
    }
  };
  CHECK_FALSE((*reading)->take());
  (*reading)->start(PollWanted{
      .wall = world.clock.now().wall, .config_version = -1, .lanes = std::vector<EndpointEpoch>{}});
  const auto sight = next();
  REQUIRE(sight);
  const auto& heads = std::get<Sight>(*sight).heads;
  REQUIRE(heads.size() == 1);
  CHECK(std::get<Sight>(*sight).configuration->enabled == std::vector<EndpointId>{crm.id});
  LanesWanted wanted{.lanes = {}, .wall = world.clock.now().wall, .due = {}, .most_bytes = 1'000};
  wanted.due = world.clock.now().wall;
  wanted.lanes.push_back(
      {.rows = {.endpoint = crm.id, .after = {}, .limit = 8}, .keys = true, .settings = true});
  wanted.lanes.push_back({.rows = {.endpoint = {1}, .after = {}, .limit = 0}, .settings = true});
  (*reading)->start(wanted);
  const auto lanes = next();
  REQUIRE(lanes);
  const auto& read = std::get<std::vector<LaneRead>>(*lanes);
  REQUIRE(read.size() == 2);
  CHECK(read[0].endpoint->name == "crm");
  CHECK(read[0].page->rows.size() == 1);
  CHECK((*read[0].keys)->secrets.size() == 1);
  CHECK_FALSE(read[1].endpoint);
  CHECK_FALSE(read[1].page);
}

}  // namespace thig
