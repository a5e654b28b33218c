// Sweeps whose database refuses, or whose clock is in doubt.
#include "tests/support/passing_queue.h"
#include "tests/support/world.h"

#include <algorithm>
#include <optional>

#include <doctest/doctest.h>

namespace thig {
namespace {

// A queue that refuses to read rows until a moment, as a database does that is busy.
class BusyQueue final : public PassingQueue {
 public:
  BusyQueue(QueueStore& inner, const Clock& clock) : PassingQueue(inner), clock_(clock) {}
  Millis busy_until{0};  // on the steady clock
  int refused = 0;

  Result<std::vector<DuePage>> due_pages(std::span<const DueRead> reads, Time now,
                                         std::size_t most_bytes) override {
    if (clock_.now().steady < busy_until) {
      ++refused;
      return fail(ErrorCode::busy, "the database is locked");
    }
    return PassingQueue::due_pages(reads, now, most_bytes);
  }

 private:
  const Clock& clock_;
};

// A sweep of this queue, to its end; the error that it gave up with.
std::optional<Error> sweep_of(World& world, QueueStore& queue, DispatchOptions options = {}) {
  options.sweep = true;
  DirectSettler settler(queue);
  DirectReader reader(world.store().config(), queue, world.clock);
  Dispatcher dispatcher(queue, reader, settler, world.sender, world.random(), options,
                        world.ledger);
  for (int turns = 0; turns < 10'000; ++turns) {
    const Dispatcher::Turn turn = dispatcher.step(world.clock.now());
    if (turn.fatal) return turn.fatal;
    if (dispatcher.nothing_left()) return std::nullopt;
    world.pass(turn);
  }
  FAIL("the sweep does not end");
  return std::nullopt;
}

}  // namespace

TEST_CASE("lanes that are refused at the same moment use up a sweep's patience once") {
  World world;
  std::vector<Endpoint> webhooks;
  for (const char* name : {"a", "b", "c", "d"}) webhooks.push_back(world.add(name));
  const Receipt receipt = world.emit();
  BusyQueue queue(world.store().queue(), world.clock);
  queue.busy_until = world.clock.now().steady + Millis{1};
  CHECK_FALSE(sweep_of(world, queue).has_value());
  CHECK(queue.refused > 0);
  for (const Endpoint& webhook : webhooks) {
    CHECK(world.delivery(receipt, webhook).state == DeliveryState::delivered);
  }
}

TEST_CASE("a sweep that is refused again and again gives up, and says by what") {
  World world;
  for (const char* name : {"a", "b", "c", "d"}) world.add(name);
  world.emit();
  BusyQueue queue(world.store().queue(), world.clock);
  queue.busy_until = Millis::max();
  const Millis began = world.clock.now().steady;
  const auto gave_up = sweep_of(world, queue);
  REQUIRE(gave_up.has_value());
  CHECK(gave_up->code == ErrorCode::busy);
  CHECK(world.clock.now().steady - began >= Millis{200});  // at three moments, with pauses between
  CHECK(world.sender.sent.empty());
}

TEST_CASE("a refusal is over when the database answers again, though there is nothing to read") {
  World world;
  world.add("crm");
  BusyQueue queue(world.store().queue(), world.clock);
  DirectSettler settler(queue);
  DirectReader reader(world.store().config(), queue, world.clock);
  Dispatcher dispatcher(queue, reader, settler, world.sender, world.random(), {}, world.ledger);
  world.rings = false;
  world.sender.behaviour = [](const SendRequest&) {
    return FakeSender::Reply{.outcome = TransportFailed{.kind = FailureKind::local,
                                                        .detail = "no such file",
                                                        .fault = Fault::own_files},
                             .latency = Millis{1'500}};
  };
  const auto run_for = [&](Millis span) {
    for (const Millis end = world.clock.now().steady + span; world.clock.now().steady < end;) {
      const Dispatcher::Turn turn = dispatcher.step(world.clock.now());
      REQUIRE_FALSE(turn.fatal);
      world.pass(turn, end - world.clock.now().steady);
    }
  };
  world.emit();
  run_for(Millis{500});  // it is under way
  world.emit();
  queue.busy_until = world.clock.now().steady + Millis{900};  // when that is looked for
  run_for(Millis{5'000});
  CHECK(queue.refused > 0);
  CHECK(world.ledger.blocked_names.size() == 1);
  CHECK(world.ledger.stuck_count == 1);
  CHECK(world.ledger.unstuck_count == 1);
}

TEST_CASE("a streak that spans an hour by a clock in doubt alone disables nothing") {
  for (const bool plausible : {true, false}) {
    CAPTURE(plausible);
    World world;
    WebhookDraft draft = World::draft("crm");
    draft.settings.retry = std::vector<Millis>(20, Millis{1000});
    world.add(draft);
    world.sender.behaviour = [](const SendRequest&) {
      Responded responded;
      responded.status = 500;
      return FakeSender::Reply{.outcome = responded, .latency = Millis{1}};
    };
    DispatchOptions options;
    options.health.pause_after_failures = 0;
    options.clock_plausible = plausible;
    world.emit();
    // Eleven failures within seconds; then the clock says that a year has gone by.
    for (int i = 0; i < 11; ++i) {
      REQUIRE_FALSE(sweep_of(world, world.store().queue(), options).has_value());
      world.clock.advance(Millis{2000});
    }
    CHECK(world.endpoint("crm").state == EndpointState::enabled);
    world.clock.jump(std::chrono::hours(24 * 365));
    REQUIRE_FALSE(sweep_of(world, world.store().queue(), options).has_value());
    CHECK(world.endpoint("crm").state ==
          (plausible ? EndpointState::disabled : EndpointState::enabled));
  }
}

}  // namespace thig
