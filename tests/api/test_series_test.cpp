// Several webhooks are tested, some at a time; one that cannot be does not keep others from it.
#include "core/api/test_series.h"

#include "tests/support/world.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace thig {
namespace {

// Moves the clock to when the next answer comes.
class ClockMover final : public Waker {
 public:
  explicit ClockMover(World& world) : world_(world) {}
  void wait(Millis longest, int) override { world_.clock.advance(longest); }
  void wake() noexcept override {}

 private:
  World& world_;
};

struct SeriesBench {
  World world;
  ClockMover waker{world};
  std::atomic<bool> stop{false};
  TestSample sample;
  std::vector<std::size_t> told;

  Result<std::vector<TestReport>> test(const std::vector<EndpointId>& ids) {
    const SeriesParts parts{.store = world.store(),
                            .actor = world.actor,
                            .sample = sample,
                            .random = world.random(),
                            .sender = world.sender,
                            .waker = waker,
                            .clock = world.clock,
                            .stop = stop};
    return test_webhooks(ids, parts, [this](std::size_t ended) { told.push_back(ended); });
  }
  std::size_t recorded() {
    DeliveryFilter filter;
    filter.states = {DeliveryState::test};
    filter.limit = 200;
    return world.store().history().search(filter).value().deliveries.size();
  }
};

}  // namespace

TEST_CASE("all that are enabled are tested, a bounded number at a time, and told in order") {
  SeriesBench bench;
  World& world = bench.world;
  for (int i = 0; i < 40; ++i) world.add(fmt::format("hook{:02}", i));
  REQUIRE(world.webhooks().disable("hook07", "moving"));
  const auto ids = enabled_webhooks(world.store());
  REQUIRE(ids);
  CHECK(ids->size() == 39);
  // The later ones answer first.
  world.sender.behaviour = [&](const SendRequest& request) {
    return FakeSender::Reply{
        .outcome = answer(request.target->url.ends_with("hook03") ? 503 : 204).outcome,
        .latency = Millis{1'000 - 20 * static_cast<int>(world.sender.sent.size())}};
  };
  const auto reports = bench.test(*ids);
  REQUIRE(reports);
  REQUIRE(reports->size() == 39);
  CHECK(reports->front().test.endpoint.name == "hook00");
  CHECK(std::ranges::is_sorted(*reports, {}, [](const auto& r) { return r.test.endpoint.name; }));
  CHECK(std::ranges::count_if(*reports, [](const auto& r) { return !r.ok(); }) == 1);
  CHECK_FALSE((*reports)[3].ok());
  CHECK(world.sender.most_in_flight_of_all == 16);
  CHECK(bench.told.size() == 39);
  CHECK(bench.told.back() == 39);
  CHECK(bench.recorded() == 39);
}

TEST_CASE("a webhook whose files cannot be used has failed, and the others are tested") {
  SeriesBench bench;
  World& world = bench.world;
  const TempDir folder;
  const std::string ca = folder.path("ca.pem");
  world.add("crm");
  Endpoint broken = world.add(World::draft("broken"));
  broken.ca_file = ca;  // it is gone since
  REQUIRE(world.store().config().update_endpoint(broken, world.clock.now().wall, {}));
  const auto ids = enabled_webhooks(world.store());
  REQUIRE(ids);
  const auto reports = bench.test(*ids);
  REQUIRE(reports);
  REQUIRE(reports->size() == 2);
  CHECK_FALSE((*reports)[0].ok());
  CHECK_FALSE((*reports)[0].test.recorded);
  CHECK(describe((*reports)[0].finished.outcome).find(ca) != std::string::npos);
  CHECK((*reports)[1].ok());
  CHECK(bench.recorded() == 1);
}

TEST_CASE("what is wrong with the sample or the member is nobody's failure: nothing is sent") {
  SeriesBench bench;
  World& world = bench.world;
  world.add("crm");
  const auto ids = enabled_webhooks(world.store()).value();
  bench.sample.data = "{";
  CHECK(bench.test(ids).error().code == ErrorCode::invalid);
  bench.sample = {.type = "no.such"};
  CHECK(bench.test(ids).error().code == ErrorCode::not_found);
  bench.sample = {};
  world.actor = {.name = "bob", .role = Role::viewer};
  CHECK(bench.test(ids).error().code == ErrorCode::not_permitted);
  CHECK(world.sender.sent.empty());
  CHECK(bench.recorded() == 0);
}

TEST_CASE("a series that is stopped ends what it has begun") {
  SeriesBench bench;
  World& world = bench.world;
  for (int i = 0; i < 20; ++i) world.add(fmt::format("hook{:02}", i));
  world.sender.behaviour = [&](const SendRequest&) {
    bench.stop = true;
    return answer(200, std::chrono::hours(1));
  };
  const auto reports = bench.test(enabled_webhooks(world.store()).value());
  REQUIRE_FALSE(reports);
  CHECK(reports.error().code == ErrorCode::interrupted);
  CHECK(world.sender.in_flight() == 0);
}

TEST_CASE("webhooks to test are named by name, id or pattern, each once") {
  SeriesBench bench;
  World& world = bench.world;
  const Endpoint a = world.add("shop-a");
  const Endpoint b = world.add("shop-b");
  const Endpoint crm = world.add("crm");
  const std::vector<std::string> words = {"crm", "shop-*", to_text(a.id), "*"};
  CHECK(webhooks_to_test(world.store(), words).value() == std::vector{crm.id, a.id, b.id});
  for (const char* word : {"none", "none-*"}) {
    const std::vector<std::string> one = {word};
    CHECK(webhooks_to_test(world.store(), one).error().code == ErrorCode::not_found);
  }
}

}  // namespace thig
