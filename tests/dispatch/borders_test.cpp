// Where two good parts meet: what members do to a webhook while its deliveries are under way.
#include "tests/support/world.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace thig;

namespace {

Outcome status(int code) {
  return Responded{.status = code, .retry_after = {}, .location = {}, .body = {}};
}

// What of the old settings answers `old` after 3 s; what of the new ones answers 200 at once.
void answer_by_url(World& world, int old) {
  world.sender.behaviour = [old](const SendRequest& request) -> FakeSender::Reply {
    const bool is_new = request.target->url.find("new") != std::string::npos;
    return is_new ? FakeSender::Reply{status(200), 10ms} : FakeSender::Reply{status(old), 3s};
  };
}

Status move_to_new_url(World& world) {
  const auto edited = world.webhooks().edit("crm", [](Endpoint& endpoint) -> Status {
    endpoint.url = "https://new.example.com/";
    return {};
  });
  if (!edited) return std::unexpected(edited.error());
  return {};
}

using Change = std::function<Status(World&)>;

template <class T>
Status outcome_of_change(const Result<T>& result) {
  if (!result) return std::unexpected(result.error());
  return {};
}

Change edit(std::function<void(Endpoint&)> change) {
  return [change](World& world) {
    return outcome_of_change(world.webhooks().edit("crm", [&](Endpoint& endpoint) -> Status {
      change(endpoint);
      return {};
    }));
  };
}

}  // namespace

TEST_CASE("a 410 of the old URL does not disable the new one") {
  World world;
  const Endpoint crm = world.add("crm");
  answer_by_url(world, 410);
  const Receipt receipt = world.emit();
  world.run_for(1s);
  REQUIRE(move_to_new_url(world));
  world.run_for(5s);
  CHECK(world.endpoint("crm").state == EndpointState::enabled);
  // It is made again when its schedule says so, and has not used up an attempt.
  CHECK(world.delivery(receipt, crm).state == DeliveryState::pending);
  CHECK(world.delivery(receipt, crm).attempts == 1);
  world.run_for(170s);
  CHECK(world.delivery(receipt, crm).state == DeliveryState::delivered);
}

TEST_CASE("a paused webhook is sent to as soon as it is fixed, whatever waits") {
  for (const int pending : {1, 2, 40}) {
    World world;
    const Endpoint crm = world.add("crm");
    answer_by_url(world, 503);
    world.sender.behaviour = [](const SendRequest& request) {
      const bool is_new = request.target->url.find("new") != std::string::npos;
      return FakeSender::Reply{status(is_new ? 200 : 503), 5ms};
    };
    for (int i = 0; i < pending + 5; ++i) world.emit();
    world.run_for(20min);  // paused, for ten minutes by now
    REQUIRE(world.store().queue().health(crm.id)->paused_until.has_value());
    world.sender.sent.clear();
    REQUIRE(move_to_new_url(world));
    world.run_for(100ms);
    CHECK(world.sender.sent.size() > 0);
  }
}

TEST_CASE("a rate that was lifted holds nothing up any more") {
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.settings.rate = 0.01;
  const Endpoint crm = world.add(draft);
  const Endpoint other = world.add("other");  // keeps it looking
  world.sender.behaviour = [&](const SendRequest& request) -> FakeSender::Reply {
    return {status(200), request.target->endpoint == other.id ? 1min : 5ms};
  };
  const auto sent = [&] {
    return std::ranges::count(world.sender.sent, crm.id, &FakeSender::Sent::endpoint);
  };
  for (int i = 0; i < 4; ++i) world.emit();
  world.run_for(5300ms);  // between two ticks
  REQUIRE(sent() == 1);
  REQUIRE(edit([](Endpoint& endpoint) { endpoint.rate = 0; })(world));
  world.run_for(100ms);
  CHECK(sent() == 4);
}

TEST_CASE("a success under the old settings ends its delivery") {
  World world;
  const Endpoint crm = world.add("crm");
  answer_by_url(world, 200);
  const Receipt receipt = world.emit();
  world.run_for(1s);
  REQUIRE(move_to_new_url(world));
  world.run_for(5s);
  CHECK(world.delivery(receipt, crm).state == DeliveryState::delivered);
  CHECK(world.sender.sent.size() == 1);
}

TEST_CASE("a failure under the old settings never ends a delivery, not even the last one") {
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.settings.retry = {};  // a single attempt
  const Endpoint crm = world.add(draft);
  answer_by_url(world, 500);
  const Receipt receipt = world.emit();
  world.run_for(1s);
  REQUIRE(move_to_new_url(world));
  world.run_for(5s);
  CHECK(world.delivery(receipt, crm).state == DeliveryState::delivered);
  CHECK(world.delivery(receipt, crm).attempts == 2);
  CHECK(world.stats(crm).attempts_failed == 1);  // it is in the figures all the same
}

TEST_CASE("a result that waits for its commit does not undo what an edit has reset") {
  World world(1, {.settle_delay = 500ms});
  const Endpoint crm = world.add("crm");
  const Endpoint other = world.add("other");  // keeps results waiting for settle_delay
  world.sender.behaviour = [&](const SendRequest& request) -> FakeSender::Reply {
    return request.target->endpoint == other.id ? FakeSender::Reply{status(200), 9s}
                                                : FakeSender::Reply{status(503), 10ms};
  };
  world.emit();
  world.run_for(100ms);
  REQUIRE(world.dispatcher().unsettled() == 1);
  world.rings = false;  // the commit comes before the next poll
  REQUIRE(world.webhooks().edit("crm", [](Endpoint& endpoint) -> Status {
    endpoint.url = "https://new.example.com/";
    return {};
  }));
  CHECK(world.store().queue().health(crm.id)->consecutive_failures == 0);
  world.run_for(3s);
  CHECK(world.store().queue().health(crm.id)->consecutive_failures == 0);
  CHECK_FALSE(world.store().queue().health(crm.id)->failing_since.has_value());
}

TEST_CASE("a disabling that waits for its commit gives way to an edit") {
  World world(1, {.settle_delay = 500ms});
  const Endpoint crm = world.add("crm");
  const Endpoint other = world.add("other");
  world.add("log", {"webhook.*"});
  world.sender.behaviour = [&](const SendRequest& request) -> FakeSender::Reply {
    if (request.target->endpoint == other.id) return {status(200), 9s};
    const bool is_new = request.target->url.find("new") != std::string::npos;
    return {status(is_new || request.target->endpoint != crm.id ? 200 : 410), 10ms};
  };
  const Receipt receipt = world.emit();
  world.run_for(100ms);
  REQUIRE(world.dispatcher().unsettled() >= 1);
  world.rings = false;
  REQUIRE(move_to_new_url(world));
  world.run_for(3min);
  CHECK(world.endpoint("crm").state == EndpointState::enabled);
  CHECK(world.delivery(receipt, crm).state == DeliveryState::delivered);
  // Nobody is told of what did not come about.
  for (const FakeSender::Sent& sent : world.sender.sent) {
    CHECK(sent.body.find("webhook.disabled") == std::string::npos);
    CHECK(sent.body.find("webhook.delivery_exhausted") == std::string::npos);
  }
}

TEST_CASE("each change of where or how a webhook is sent to begins an epoch, and no other does") {
  struct Row {
    const char* name;
    Change change;
    bool begins;
  };
  const std::vector<Row> rows = {
      {"URL", edit([](Endpoint& e) { e.url = "https://new.example.com/"; }), true},
      {"header", edit([](Endpoint& e) {
         e.headers = {{"x-key", "2"}};
       }),
       true},
      {"timeout", edit([](Endpoint& e) { e.timeout = Millis{5'000}; }), true},
      {"signature", edit([](Endpoint& e) { e.signature = SignatureMode::standard; }), true},
      {"signature header", edit([](Endpoint& e) { e.signature_header = "x-mine"; }), true},
      {"private addresses", edit([](Endpoint& e) { e.allow_private = true; }), true},
      {"secret", [](World& w) { return outcome_of_change(w.webhooks().rotate("crm", {})); }, true},
      {"disable", [](World& w) { return outcome_of_change(w.webhooks().disable("crm", "")); },
       true},
      {"disable and enable",
       [](World& w) -> Status {
         THIG_TRY(w.webhooks().disable("crm", ""));
         return outcome_of_change(w.webhooks().enable("crm"));
       },
       true},
      {"name", edit([](Endpoint& e) { e.name = "erp"; }), false},
      {"events", edit([](Endpoint& e) { e.events = {"*"}; }), false},
      {"rate", edit([](Endpoint& e) { e.rate = 9; }), false},
      {"retries", edit([](Endpoint& e) { e.retry = {Millis{1'000}}; }), false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    World world;
    const Endpoint crm = world.add("crm");
    world.sender.behaviour = [](const SendRequest&) -> FakeSender::Reply {
      return {status(500), 3s};
    };
    world.emit();
    world.run_for(1s);
    REQUIRE(row.change(world));
    world.run_for(4s);
    CHECK(world.store().queue().health(crm.id)->consecutive_failures == (row.begins ? 0 : 1));
  }
}

TEST_CASE("with one in flight a slow endpoint is still sent to, and a sweep ends") {
  World world(1, {.max_in_flight = 1});
  const Endpoint crm = world.add("crm");
  world.sender.behaviour = [&](const SendRequest&) -> FakeSender::Reply {
    return {status(200), 6s};
  };
  for (int i = 0; i < 6; ++i) world.emit();
  world.run_for(10min);
  CHECK(world.stats(crm).delivered == 6);
  for (int i = 0; i < 6; ++i) world.emit();
  world.sweep();
  CHECK(world.stats(crm).delivered == 12);
}

TEST_CASE("what was erased is not sent, though it was read ahead") {
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.settings.rate = 0.5;
  const Endpoint crm = world.add(draft);
  world.sender.behaviour = [&](const SendRequest&) -> FakeSender::Reply {
    return {status(200), 5ms};
  };
  std::vector<Receipt> all;
  for (int i = 0; i < 4; ++i) all.push_back(world.emit());
  world.run_for(1s);
  const EventId last = all.back().id;
  REQUIRE(world.store().maintenance().erase({&last, 1}, {}));
  world.run_for(1min);
  CHECK(world.sender.sent.size() == 3);
}
