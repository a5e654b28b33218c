// Lanes: what one endpoint does must not be felt by the others.
#include "tests/support/world.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace thig;

namespace {

Outcome answered_ok() {
  return Responded{.status = 200, .retry_after = {}, .location = {}, .body = {}};
}

Outcome timed_out() {
  return TransportFailed{.kind = FailureKind::timeout, .detail = "10s"};
}

// The longest any event waited for its first attempt.
Millis longest_wait(const World& world, const Endpoint& endpoint) {
  Millis longest{0};
  for (const auto& sent : world.sender.sent) {
    if (sent.endpoint != endpoint.id) continue;
    const Time emitted = time_of(parse_delivery_id(sent.webhook_id)->event);
    longest = std::max(longest, sent.at.wall - emitted);
  }
  return longest;
}

}  // namespace

TEST_CASE("endpoints that hang with a backlog do not delay a healthy one") {
  World world(7, {.max_in_flight = 64});
  const Endpoint good = world.add("good", {"project.created"});
  std::vector<Endpoint> bad;
  for (int i = 0; i < 20; ++i) {
    bad.push_back(world.add("bad" + std::to_string(i), {"prd.generated"}));
  }
  world.sender.behaviour = [&](const SendRequest& request) -> FakeSender::Reply {
    if (request.target->endpoint == good.id) return {answered_ok(), 10ms};
    return {timed_out(), 10s};
  };
  for (int i = 0; i < 200; ++i) world.emit("prd.generated");
  world.run_for(5s);
  for (int i = 0; i < 100; ++i) {
    world.emit("project.created");
    world.run_for(50ms);
  }
  world.run_for(50ms);  // what was recorded last is known
  CHECK(world.stats(good).delivered == 100);
  CHECK(longest_wait(world, good) <= 20ms);
  CHECK(world.sender.most_in_flight_of_all <= 64);
}

TEST_CASE("slow endpoints together hold at most half of the capacity") {
  World world(7, {.max_in_flight = 32});
  std::vector<Endpoint> slow;
  for (int i = 0; i < 40; ++i) slow.push_back(world.add("slow" + std::to_string(i), {"prd.*"}));
  world.sender.behaviour = [&](const SendRequest&) -> FakeSender::Reply {
    return {answered_ok(), 9s};
  };
  for (int i = 0; i < 30; ++i) world.emit("prd.generated");
  world.run_for(5min);  // by now each is known to be slow
  world.sender.most_in_flight_of_all = 0;
  world.run_for(2min);
  CHECK(world.sender.most_in_flight_of_all <= 16);
  CHECK(world.sender.most_in_flight_of_all >= 15);
}

TEST_CASE("the window opens with successes up to its limit and halves with timeouts") {
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.settings.max_in_flight = 8;
  const Endpoint crm = world.add(draft);
  bool up = true;
  world.sender.behaviour = [&](const SendRequest&) -> FakeSender::Reply {
    return up ? FakeSender::Reply{answered_ok(), 20ms} : FakeSender::Reply{timed_out(), 20ms};
  };
  for (int i = 0; i < 500; ++i) world.emit();
  world.run_for(30s);
  CHECK(world.sender.most_in_flight[crm.id] == 8);
  CHECK(world.store().queue().health(crm.id)->window >= 8);
  up = false;
  world.emit();
  world.run_for(1s);
  CHECK(world.store().queue().health(crm.id)->window <= 5);
}

TEST_CASE("a rate limit holds, and a sweep waits for it") {
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.settings.rate = 10;
  world.add(draft);
  for (int i = 0; i < 100; ++i) world.emit();
  const Instant start = world.clock.now();
  world.sweep();
  CHECK(world.sender.sent.size() == 100);
  const Millis took = world.clock.now().steady - start.steady;
  CHECK(took >= 8900ms);  // the first 10 go at once
  CHECK(took <= 9200ms);
  for (std::size_t i = 20; i < 100; ++i) {
    CHECK(world.sender.sent[i].at.steady - world.sender.sent[i - 20].at.steady >= 1s);
  }
}

TEST_CASE("a large backlog is read in small pieces") {
  World world(3, {.buffer_bytes = 4096});
  std::vector<Endpoint> endpoints;
  for (int i = 0; i < 10; ++i) endpoints.push_back(world.add("e" + std::to_string(i)));
  const std::string data = "\"" + std::string(1000, 'x') + "\"";
  for (int i = 0; i < 50; ++i) world.emit("project.created", data);
  world.run_for(1min);
  for (const Endpoint& endpoint : endpoints) CHECK(world.stats(endpoint).delivered >= 50);
}

TEST_CASE("bodies in memory are bounded by their bytes, whatever the windows allow") {
  constexpr std::size_t body = 10'000;
  constexpr std::size_t webhooks = 20;
  World world(1, {.buffer_bytes = 10 * body, .flight_bytes = 12 * body});
  for (std::size_t i = 0; i < webhooks; ++i) world.add("crm" + std::to_string(i));
  world.sender.behaviour = [](const SendRequest&) -> FakeSender::Reply {
    return {Responded{.status = 200, .retry_after = {}, .location = {}, .body = {}}, 100ms};
  };
  const std::string data = '"' + std::string(body, 'x') + '"';
  for (int i = 0; i < 40; ++i) world.emit("project.created", data);
  std::size_t most = 0;
  for (int i = 0; i < 3'000; ++i) {
    world.run_for(10ms);
    most = std::max(most, world.dispatcher().body_bytes());
  }
  CHECK(world.sender.sent.size() == 40 * webhooks);
  // Twice the measure at most and one more that is ready, and what is started last of all.
  CHECK(most <= (2 * 10 + 1 + 12 + 1) * (body + 200));
  CHECK(most >= 12 * body);  // or nothing was measured
}
