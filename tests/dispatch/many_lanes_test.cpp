// Installations with very many webhooks: what a step and a poll cost.
#include "tests/support/passing_queue.h"
#include "tests/support/world.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace thig {
namespace {

// Counts what is read.
class CountingQueue final : public PassingQueue {
 public:
  using PassingQueue::PassingQueue;
  int reads = 0;
  std::size_t most_together = 0;
  std::multiset<EndpointId> read_of;
  std::size_t healths_read = 0;

  Result<std::vector<DuePage>> due_pages(std::span<const DueRead> all, Time now,
                                         std::size_t most_bytes) override {
    ++reads;
    most_together = std::max(most_together, all.size());
    for (const DueRead& one : all) read_of.insert(one.endpoint);
    return PassingQueue::due_pages(all, now, most_bytes);
  }
  Result<std::vector<EndpointHealth>> healths(std::span<const EndpointId> endpoints) override {
    healths_read += endpoints.size();
    return PassingQueue::healths(endpoints);
  }
};

struct Many {
  explicit Many(int webhooks, const DispatchOptions& options = {})
      : queue(world.store().queue()),
        reader(world.store().config(), queue, world.clock),
        settler(queue) {
    for (int i = 0; i < webhooks; ++i) {
      ids.push_back(world.add(World::draft("w" + std::to_string(i), {"project.*"})).id);
    }
    one = world.add("one", {"comment.*"}).id;
    dispatcher = std::make_unique<Dispatcher>(queue, reader, settler, world.sender, world.random(),
                                              options, world.ledger);
  }
  void run_for(Millis span) {
    const Millis end = world.clock.now().steady + span;
    while (world.clock.now().steady < end) {
      const Dispatcher::Turn turn = dispatcher->step(world.clock.now());
      REQUIRE_FALSE(turn.fatal);
      world.pass(turn, end - world.clock.now().steady);
    }
  }

  World world;
  CountingQueue queue;
  DirectReader reader;
  DirectSettler settler;
  std::vector<EndpointId> ids;
  EndpointId one;
  std::unique_ptr<Dispatcher> dispatcher;
};

}  // namespace

TEST_CASE("the first deliveries go out before all webhooks were read, and all of them in the end") {
  Many many(700);
  many.world.emit();
  many.dispatcher->step(many.world.clock.now());
  CHECK(many.queue.read_of.size() < many.ids.size());
  CHECK(many.world.sender.sent.size() > 0);
  many.run_for(1s);
  CHECK(many.queue.most_together > 1);
  CHECK(many.queue.reads < 100);
  CHECK(many.world.sender.sent.size() == many.ids.size());
  CHECK(many.world.sender.doubled == 0);
}

TEST_CASE("what comes for one webhook is not looked for in others that have rows") {
  Many many(300);
  many.world.sender.behaviour = [&](const SendRequest& request) {
    return answer(200, request.target->endpoint == many.one ? 5ms : 8s);
  };
  for (int i = 0; i < 4; ++i) many.world.emit();
  many.run_for(2500ms);  // all have one in flight, and rows behind it
  many.queue.read_of.clear();
  const Receipt receipt = many.world.emit("comment.created");
  many.dispatcher->poke();
  many.run_for(100ms);
  CHECK(many.queue.read_of.contains(many.one));
  CHECK(std::ranges::count_if(many.queue.read_of, [&](EndpointId id) { return id != many.one; }) ==
        0);
  CHECK(receipt.queued == 1);
}

TEST_CASE("each webhook is read from its start now and then, however many there are") {
  // More than one tick goes through: rows that have come where nobody looks are found all the same.
  Many many(1'100);
  many.world.sender.behaviour = [&](const SendRequest&) { return answer(200, 30s); };
  many.world.emit();
  many.run_for(3s);
  many.queue.read_of.clear();
  many.run_for(5s);
  for (const EndpointId id : many.ids) REQUIRE(many.queue.read_of.contains(id));
}

TEST_CASE("all that was read is started at once, however many steps the reading took") {
  for (const int webhooks : {130, 200, 256, 300}) {
    Many many(webhooks);
    many.world.sender.behaviour = [](const SendRequest&) { return answer(200, 30s); };
    many.world.emit();
    many.run_for(1ms);
    CHECK(many.world.sender.sent.size() == many.ids.size());
  }
}

TEST_CASE("webhooks that cannot be sent to take no memory from those that can") {
  // Large bodies of ten that are paused, and little room.
  Many many(10, {.health = {.pause_after_failures = 1}, .buffer_bytes = 100'000});
  many.world.sender.behaviour = [&](const SendRequest& request) {
    return answer(request.target->endpoint == many.one ? 200 : 503, 5ms);
  };
  const std::string large = "{\"text\":\"" + std::string(30'000, 'x') + "\"}";
  for (int i = 0; i < 5; ++i) many.world.emit("project.created", large);
  many.run_for(2s);
  CHECK(many.dispatcher->body_bytes() == 0);
  const std::size_t before = many.world.sender.sent.size();
  for (int i = 0; i < 50; ++i) many.world.emit("comment.created");
  many.dispatcher->poke();
  many.run_for(1s);
  CHECK(many.world.sender.sent.size() - before >= 50);
}

TEST_CASE("very many webhooks that are paused cost a poll nothing") {
  Many many(1'200, {.health = {.pause_after_failures = 1}});
  many.world.sender.behaviour = [&](const SendRequest& request) {
    return request.target->endpoint == many.one ? answer(200, 5ms) : answer(503, 5ms);
  };
  for (int i = 0; i < 3; ++i) many.world.emit();  // some stay due
  many.run_for(2s);
  // As another process finds them.
  many.dispatcher = std::make_unique<Dispatcher>(
      many.queue, many.reader, many.settler, many.world.sender, many.world.random(),
      DispatchOptions{.health = {.pause_after_failures = 1}}, many.world.ledger);
  many.run_for(1500ms);
  CHECK(many.dispatcher->body_bytes() == 0);  // none of it can be sent
  many.queue.healths_read = 0;
  for (int i = 0; i < 5; ++i) {
    many.world.emit("comment.created");
    many.dispatcher->poke();
    many.run_for(1s);
  }
  CHECK(many.queue.healths_read <= 5);
}

TEST_CASE("reading in turn goes on where it was, whatever comes and goes") {
  Many many(1'500);
  many.world.sender.behaviour = [](const SendRequest&) { return answer(200, 1min); };
  many.world.emit();
  many.run_for(3s);
  many.queue.read_of.clear();
  for (int second = 0; second < 3; ++second) {
    // The number of webhooks with rows is another one each time.
    many.world.emit("comment.created");
    many.run_for(1s);
  }
  for (const EndpointId id : many.ids) REQUIRE(many.queue.read_of.contains(id));
}

}  // namespace thig
