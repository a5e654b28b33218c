// How results are divided into transactions.
#include "core/dispatch/results.h"

#include "core/store/bounds.h"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

constexpr Time noon{Millis{1'800'000'000'000}};

// Keeps what it is asked to record.
class RecordingStore final : public QueueStore {
 public:
  std::vector<SettleBatch> batches;
  std::optional<ErrorCode> refuses;

  Status settle(const SettleBatch& batch, Time) override {
    if (refuses) return fail(*refuses, "no");
    batches.push_back(batch);
    return {};
  }
  Result<std::int64_t> data_version() override { return 0; }
  Result<std::vector<LaneHead>> lanes() override { return std::vector<LaneHead>{}; }
  Result<std::vector<DuePage>> due_pages(std::span<const DueRead> reads, Time,
                                         std::size_t) override {
    return std::vector<DuePage>(reads.size());
  }
  Result<std::vector<EndpointHealth>> healths(std::span<const EndpointId> endpoints) override {
    return std::vector<EndpointHealth>(endpoints.size());
  }
  Result<std::vector<FailingEndpoint>> failing() override { return std::vector<FailingEndpoint>{}; }
  Result<Time> time_floor(Time wall) override { return wall; }
};

struct Told final : DispatchObserver {
  std::vector<std::int64_t> settled_events;
  int paused_lanes = 0;
  void settled(const AttemptReport& report) override {
    settled_events.push_back(report.id.event.value);
  }
  void paused(const Endpoint&, const EndpointHealth&) override { ++paused_lanes; }
};

class Bench {
 public:
  Lane& lane(std::int64_t id) {
    Endpoint endpoint;
    endpoint.id = {id};
    endpoint.name = "w" + std::to_string(id);
    return lanes_.emplace_back(endpoint, EndpointHealth{}, HealthPolicy{}, buffered_);
  }
  void add(Lane& lane, std::int64_t event) {
    Results::Result result;
    result.settled.id = {{event}, lane.endpoint().id};
    result.settled.attempt.error = "503";
    result.report.id = result.settled.id;
    results.add(lane, std::move(result), Millis{1});
  }
  static NewEvent notice(std::size_t webhooks) {
    NewEvent event;
    event.type = "webhook.paused";
    event.queue.resize(webhooks);
    return event;
  }
  thig::Result<bool> commit() {
    results.start(settler, noon, noon);
    const Results::Taken taken = results.take(settler, told);
    if (taken.error) return std::unexpected(*taken.error);
    return taken.stirs;
  }

  RecordingStore store;
  DirectSettler settler{store};
  Told told;
  Results results;

 private:
  ReadAhead buffered_;
  std::deque<Lane> lanes_;
};

}  // namespace

TEST_CASE("what fits into one transaction is one") {
  Bench bench;
  Lane& first = bench.lane(1);
  Lane& second = bench.lane(2);
  for (std::int64_t i = 0; i < 512; ++i) bench.add(i % 2 == 0 ? first : second, i);
  CHECK(bench.results.size() == 512);
  REQUIRE(bench.commit().has_value());
  REQUIRE(bench.store.batches.size() == 1);
  CHECK(bench.store.batches[0].deliveries.size() == 512);
  CHECK(bench.store.batches[0].epochs.size() == 2);
  CHECK(bench.told.settled_events.size() == 512);
  CHECK(bench.results.size() == 0);
  CHECK_FALSE(bench.results.oldest());
}

TEST_CASE("what is raised for very many webhooks is recorded a webhook at a time") {
  Bench bench;
  for (std::int64_t id = 1; id <= 4; ++id) {
    Lane& lane = bench.lane(id);
    bench.add(lane, id);
    EndpointHealth health;
    health.consecutive_failures = 5;
    lane.change_health(health, Millis{1});
    bench.results.raise(lane, Bench::notice(3'000));
    bench.results.tell(lane, Results::LaneNews::paused);
  }
  REQUIRE(bench.commit().value_or(false));
  CHECK(bench.results.size() == 2);
  CHECK(bench.results.oldest() == Millis{1});  // they are due
  CHECK(bench.told.paused_lanes == 2);         // nothing is told before it is recorded
  REQUIRE(bench.commit().value_or(false));
  REQUIRE(bench.store.batches.size() == 2);
  for (const SettleBatch& batch : bench.store.batches) {
    CHECK(batch.deliveries.size() == 2);
    CHECK(batch.endpoints.size() == 2);
    CHECK(batch.epochs.size() == 2);
    CHECK(batch.raised.size() == 2);
  }
  CHECK(bench.told.settled_events == std::vector<std::int64_t>{1, 2, 3, 4});
  CHECK(bench.results.size() == 0);
}

TEST_CASE("after trouble, the results of one webhook take several transactions") {
  Bench bench;
  Lane& lane = bench.lane(1);
  for (std::int64_t i = 0; i < 6'000; ++i) bench.add(lane, i);
  EndpointHealth health;
  health.consecutive_failures = 5;
  lane.change_health(health, Millis{1});
  bench.results.raise(lane, Bench::notice(1));

  bench.store.refuses = ErrorCode::full;
  CHECK_FALSE(bench.commit());
  CHECK(bench.results.size() == 6'000);
  CHECK(bench.told.settled_events.empty());
  bench.store.refuses.reset();
  while (bench.results.size() > 0) REQUIRE(bench.commit().has_value());
  REQUIRE(bench.store.batches.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const SettleBatch& batch = bench.store.batches[i];
    CHECK(batch.deliveries.size() * 2 <= most_rows_at_once);
    CHECK(batch.epochs.size() == 1);
    // Its health, and what is raised, with the last.
    CHECK(batch.endpoints.size() == (i == 2 ? 1 : 0));
    CHECK(batch.raised.size() == (i == 2 ? 1 : 0));
  }
  CHECK(std::ranges::is_sorted(bench.told.settled_events));
  CHECK(bench.told.settled_events.size() == 6'000);
}

TEST_CASE("what becomes stale between two transactions is evaluated again, and only that") {
  Bench bench;
  Lane& whole = bench.lane(1);
  Lane& cut = bench.lane(2);
  bench.add(whole, 1);
  bench.results.raise(whole, Bench::notice(10'000));
  bench.add(cut, 2);
  bench.results.raise(cut, Bench::notice(10'000));
  REQUIRE(bench.commit().has_value());
  CHECK_FALSE(bench.results.mark_stale(whole));  // it is recorded
  CHECK(bench.results.mark_stale(cut));
  REQUIRE(bench.commit().has_value());
  REQUIRE(bench.store.batches.size() == 2);
  CHECK(bench.store.batches[1].raised.empty());
  CHECK(bench.store.batches[1].deliveries[0].state == DeliveryState::pending);
}
