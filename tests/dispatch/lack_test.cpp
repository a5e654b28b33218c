// What this machine lacks costs time, and no delivery an attempt.
#include "tests/support/world.h"

#include <doctest/doctest.h>

namespace thig {

using namespace std::chrono_literals;

namespace {

FakeSender::Reply lack_of_descriptors() {
  return {.outcome = TransportFailed{.kind = FailureKind::local,
                                     .detail = "cannot open a socket: Too many open files"},
          .latency = 1ms};
}

FakeSender::Reply lack_of_a_file() {
  return {.outcome = TransportFailed{.kind = FailureKind::local,
                                     .detail = "cannot read ca.pem",
                                     .fault = Fault::own_files},
          .latency = 1ms};
}

FakeSender::Reply accepted() {
  return {.outcome = Responded{.status = 200, .retry_after = {}, .location = {}, .body = {}},
          .latency = 300ms};
}

}  // namespace

TEST_CASE("where more than so many cannot be sent together, all arrive at their first attempt") {
  World world;
  std::vector<Endpoint> endpoints;
  for (int i = 0; i < 20; ++i) endpoints.push_back(world.add("hook" + std::to_string(i)));
  world.run_for(2s);
  world.sender.behaviour = [&](const SendRequest&) {
    return world.sender.in_flight() >= 12 ? lack_of_descriptors() : accepted();
  };
  for (int i = 0; i < 10; ++i) world.emit();
  world.run_for(5min);
  for (const Endpoint& endpoint : endpoints) {
    const EndpointStats stats = world.stats(endpoint);
    CHECK(stats.delivered >= 10);
    CHECK(stats.pending == 0);
    CHECK(stats.attempts_failed == 0);
    CHECK(world.store().queue().health(endpoint.id)->consecutive_failures == 0);
  }
  REQUIRE_FALSE(world.ledger.lacks.empty());
  CHECK(world.ledger.lacks.front() < 40);  // the windows of all together
}

TEST_CASE("no more is started than the sender can send together") {
  World world;
  world.sender.most = 5;
  world.crash();  // what it can is asked at the start
  for (int i = 0; i < 20; ++i) world.add("hook" + std::to_string(i));
  world.sender.behaviour = [](const SendRequest&) { return accepted(); };
  for (int i = 0; i < 5; ++i) world.emit();
  world.run_for(1min);
  CHECK(world.sender.most_in_flight_of_all == 5);
}

TEST_CASE("a file that a webhook needs and that cannot be read pauses this one, no attempt spent") {
  World world;
  const Endpoint good = world.add("good");
  const Endpoint bad = world.add("bad");
  bool readable = false;
  world.sender.behaviour = [&](const SendRequest& request) {
    return request.target->endpoint == bad.id && !readable ? lack_of_a_file() : accepted();
  };
  const Receipt receipt = world.emit();
  world.run_for(2h);
  CHECK(world.delivery(receipt, good).state == DeliveryState::delivered);
  CHECK(world.delivery(receipt, bad).state == DeliveryState::pending);
  CHECK(world.delivery(receipt, bad).attempts == 0);
  CHECK(world.endpoint("bad").state == EndpointState::enabled);
  CHECK(world.ledger.lacks.empty());
  REQUIRE_FALSE(world.ledger.blocked_names.empty());
  CHECK(world.ledger.blocked_names.front() == "bad");
  readable = true;
  world.run_for(2min);
  CHECK(world.delivery(receipt, bad).state == DeliveryState::delivered);
}

TEST_CASE("a proxy that is down costs no attempt, and those that do not go through it go on") {
  World world;
  const Endpoint direct = world.add("direct");
  const Endpoint behind = world.add("behind");
  bool down = true;
  world.sender.behaviour = [&](const SendRequest& request) -> FakeSender::Reply {
    if (request.target->endpoint != behind.id || !down) return accepted();
    return {.outcome = TransportFailed{.kind = FailureKind::local,
                                       .detail = "the proxy http://proxy:3128: connection refused",
                                       .fault = Fault::proxy_unreachable},
            .latency = 1ms};
  };
  const Receipt receipt = world.emit();
  for (int i = 0; i < 5; ++i) world.emit();
  world.run_for(59s);
  CHECK(world.ledger.blocked_names.size() == 1);  // however many were in flight
  world.run_for(3h);
  CHECK(world.delivery(receipt, direct).state == DeliveryState::delivered);
  CHECK(world.delivery(receipt, behind).attempts == 0);
  CHECK(world.endpoint("behind").state == EndpointState::enabled);
  CHECK(world.ledger.lacks.empty());
  REQUIRE_FALSE(world.ledger.blocked_names.empty());
  CHECK(world.ledger.blocked_names.front() == "behind");
  down = false;
  world.run_for(2min);
  CHECK(world.delivery(receipt, behind).state == DeliveryState::delivered);
}

TEST_CASE("a sweep ends when nothing can be sent at all, and all stays as it was") {
  World world;
  const Endpoint crm = world.add("crm");
  world.sender.behaviour = [](const SendRequest&) { return lack_of_descriptors(); };
  const Receipt receipt = world.emit();
  CHECK_THROWS_WITH(world.sweep(), doctest::Contains("Too many open files"));
  CHECK(world.delivery(receipt, crm).state == DeliveryState::pending);
  CHECK(world.delivery(receipt, crm).attempts == 0);
  CHECK(world.ledger.lacks.size() == 1);
}

}  // namespace thig
