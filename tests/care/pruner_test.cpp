#include "core/care/pruner.h"

#include "core/care/eraser.h"
#include "tests/support/store_samples.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

namespace thig {
namespace {

constexpr Millis day = 24 * hour;

bool has(World& world, const Receipt& receipt) {
  return world.store().history().event(receipt.id).has_value();
}

// One pass; answers its steps.
int pass(World& world, Pruner& pruner) {
  int steps = 1;
  while (get(pruner.step(world.clock.now().wall))) {
    REQUIRE(++steps < 100'000);
  }
  return steps;
}

PruningReports no_reports() {
  return {.failed = [](const Error& error) { FAIL(error.text); },
          .falls_behind = [] { FAIL("falls behind"); },
          .caught_up = [] { FAIL("never fell behind"); }};
}

// What is asked of a store by a pruner, and nothing else.
class HistoryOnly : public MaintenanceStore {
 public:
  Result<HistoryStep> count_history(EventId, EventId, std::size_t) override {
    return HistoryStep{};
  }
  Result<PruneCounts> prune_figures(Time, Time, std::size_t) override { return PruneCounts{}; }
  Result<bool> shrink(Millis) override { return false; }
  Result<RecordedPage> recorded(EventId) override { return RecordedPage{}; }
  Result<ErasedPart> erase(std::span<const EventId>, std::span<const RequestId>) override {
    return ErasedPart{};
  }
  Result<bool> clear_journal() override { return true; }
  Result<std::int64_t> repair_clock(Time) override { return 0; }
  Result<BackupReport> back_up(const BackupOptions&) override { return BackupReport{}; }
};

// Stands for a database that cannot be written.
class FailingStore final : public HistoryOnly {
 public:
  int asked = 0;
  bool fails = true;
  Result<DatabaseSize> database_size() override { return DatabaseSize{}; }
  Result<HistoryStep> prune_history(EventId, EventId before, std::size_t) override {
    ++asked;
    if (fails) return fail(ErrorCode::full, "no space left");
    return HistoryStep{.reached = before, .more = false, .counts = {}};
  }
};

// A history of which every second brings so many events, of 1 KB each, and which takes its time to
// delete them.
class Stream final : public HistoryOnly {
 public:
  Stream(FakeClock& clock, double per_second, double cost)
      : clock_(clock), per_second_(per_second), cost_(cost), oldest_(clock.now().wall) {}

  Result<DatabaseSize> database_size() override {
    return DatabaseSize{.used = static_cast<std::uint64_t>(held() * 1'000), .free = 0};
  }
  Result<HistoryStep> prune_history(EventId, EventId before, std::size_t most) override {
    const Time end = std::min(time_of(before), newest());
    const double there = std::max(0.0, static_cast<double>((end - oldest_).count())) * rate();
    const double gone = std::min(there, static_cast<double>(most));
    if (gone > 0) oldest_ += Millis{static_cast<long long>(gone / rate())};
    spent_ += gone * cost_;
    const Millis whole{static_cast<long long>(spent_)};
    spent_ -= static_cast<double>(whole.count());
    clock_.advance(whole);
    HistoryStep step{.reached = first_event_id_at(oldest_), .more = gone < there, .counts = {}};
    step.counts.events = static_cast<std::int64_t>(gone);
    return step;
  }
  // Events that are there.
  double held() const { return static_cast<double>((newest() - oldest_).count()) * rate(); }
  // Nothing comes any more.
  void end() { ended_at_ = clock_.now().wall; }

 private:
  double rate() const { return per_second_ / 1'000; }
  Time newest() const { return std::min(clock_.now().wall, ended_at_); }

  FakeClock& clock_;
  double per_second_;
  double cost_;  // milliseconds an event
  double spent_ = 0;
  Time oldest_;
  Time ended_at_ = Time::max();
};

// Turns it beside deliveries that never end.
void prune_beside(BackgroundPruner& pruner, FakeClock& clock, Millis span) {
  const Millis end = clock.now().steady + span;
  while (clock.now().steady < end) {
    clock.advance(std::max(pruner.turn(clock.now(), false), Millis{1}));
  }
}

}  // namespace

TEST_CASE("history goes when it is too old") {
  World world;
  world.add("crm");
  const Receipt sent = world.emit();
  world.run_for(minute);
  world.clock.advance(29 * day);
  Pruner pruner(world.store().maintenance(), {}, {});
  pass(world, pruner);
  CHECK(has(world, sent));

  world.clock.advance(2 * day);
  const Receipt young = world.emit();
  pass(world, pruner);
  CHECK_FALSE(has(world, sent));
  CHECK(has(world, young));
  CHECK(pruner.gone().events >= 1);
}

TEST_CASE("what was pending when it was passed goes within the hour after it has ended") {
  World world;
  world.add("crm");
  world.sender.behaviour = [](const SendRequest&) {
    return FakeSender::Reply{
        .outcome = Responded{.status = 500, .retry_after = {}, .location = {}, .body = {}}};
  };
  const Receipt receipt = world.emit();
  world.run_for(second);
  world.clock.advance(31 * day);
  Pruner pruner(world.store().maintenance(), {}, {});
  pass(world, pruner);
  REQUIRE(has(world, receipt));

  world.sender.behaviour = nullptr;
  world.run_for(20 * minute);
  pass(world, pruner);
  CHECK(has(world, receipt));  // passed already
  world.clock.advance(hour);
  pass(world, pruner);
  CHECK_FALSE(has(world, receipt));
}

TEST_CASE("the oldest goes while there is too much, and no more") {
  World world;
  const std::string large = "\"" + std::string(50'000, 'x') + "\"";
  std::vector<Receipt> receipts;
  for (int i = 0; i < 60; ++i) {
    receipts.push_back(world.emit("project.created", large));
    world.clock.advance(second);
  }
  const std::uint64_t limit = 1u << 20;
  Pruner pruner(world.store().maintenance(), {.age = std::nullopt, .size = limit}, {.rows = 5});
  pass(world, pruner);
  const auto size = get(world.store().maintenance().database_size());
  CHECK(size.used <= limit);
  CHECK(size.used > limit / 2);
  CHECK(size.free == 0);
  CHECK_FALSE(has(world, receipts.front()));
  CHECK(has(world, receipts.back()));
  CHECK_FALSE(pruner.still_too_large());

  const auto gone = pruner.gone().events;
  pass(world, pruner);
  CHECK(pruner.gone().events == gone);
}

TEST_CASE("what is pending is kept though there is too much, which is said") {
  World world;
  world.add("crm");
  const Receipt receipt = world.emit("project.created", "\"" + std::string(300'000, 'x') + "\"");
  Pruner pruner(world.store().maintenance(), {.age = std::nullopt, .size = 100'000}, {});
  pass(world, pruner);
  CHECK(has(world, receipt));
  CHECK(pruner.still_too_large());
}

TEST_CASE("without limits nothing is deleted") {
  World world;
  const Receipt receipt = world.emit();
  world.clock.advance(3'000 * day);
  Pruner pruner(world.store().maintenance(), {.age = std::nullopt, .size = std::nullopt}, {});
  pass(world, pruner);
  CHECK(has(world, receipt));
}

TEST_CASE(
    "what a message is known by goes when it has expired, also where history is kept forever") {
  World world;
  const IncomingHookId hook = add_sample_incoming(world.store(), "orders", 9);
  const auto receive = [&] {
    ArrivedRequest request = sample_request(hook, {"key"});
    request.forget_at = world.clock.now().wall + day;
    return receive_one(world.store(), request, world.clock.now().wall);
  };
  const RequestId first = receive().id;
  BackgroundPruner pruner(world.store().maintenance(), {.age = std::nullopt, .size = std::nullopt},
                          world.clock, no_reports());
  world.clock.advance(400 * day);
  for (int i = 0; i < 20; ++i) {
    pruner.turn(world.clock.now(), true);
    world.clock.advance(second);
  }
  CHECK(get(world.store().maintenance().prune_figures(Time{}, world.clock.now().wall, 100)).keys ==
        0);
  CHECK(world.store().requests().one(first).has_value());
}

TEST_CASE("a count is what a pass then deletes") {
  World world;
  for (int i = 0; i < 20; ++i) {
    world.emit();
    world.clock.advance(day);
  }
  const Retention retention{.age = 10 * day, .size = std::nullopt};
  int told = 0;
  const auto counts =
      get(count_prunable(world.store().maintenance(), retention, world.clock.now().wall,
                         [&](double) { return ++told > 0; }));
  CHECK(told > 0);
  Pruner pruner(world.store().maintenance(), retention, {.rows = 3});
  pass(world, pruner);
  CHECK(counts.events == pruner.gone().events);
  CHECK(counts.events >= 9);
  CHECK(code_of(count_prunable(world.store().maintenance(), retention, world.clock.now().wall,
                               [](double) { return false; })) == ErrorCode::interrupted);
}

TEST_CASE("beside deliveries there is a pass a minute, in steps apart from each other") {
  World world;
  for (int i = 0; i < 1'000; ++i) world.emit();
  world.clock.advance(31 * day);
  BackgroundPruner pruner(world.store().maintenance(), {}, world.clock, no_reports());
  const auto turn = [&](bool idle) { return pruner.turn(world.clock.now(), idle); };
  const auto events = [&] {
    return get(count_prunable(world.store().maintenance(), {}, world.clock.now().wall,
                              [](auto) { return true; }))
        .events;
  };

  const Millis first = turn(true);
  CHECK(first > second);
  CHECK(events() == 1'000);
  world.clock.advance(first);
  CHECK(turn(true) <= Millis{50});
  CHECK(events() == 800);
  // Not before its time.
  CHECK(turn(true) > Millis{0});
  CHECK(turn(false) > Millis{0});
  CHECK(events() == 800);
  world.clock.advance(Millis{20});
  CHECK(turn(false) > Millis{0});
  CHECK(events() == 400);  // the step before took no time at all, so that this one is larger

  Millis wait{0};
  for (int turns = 0; wait < 30 * second; ++turns) {
    REQUIRE(turns < 100);
    world.clock.advance(wait);
    wait = turn(true);
  }
  CHECK(events() == 0);
  CHECK(wait <= minute);
}

TEST_CASE("a failure is told once, and tried again a minute later") {
  FailingStore store;
  std::vector<std::string> told;
  FakeClock clock;
  PruningReports reports = no_reports();
  reports.failed = [&](const Error& error) { told.push_back(error.text); };
  BackgroundPruner pruner(store, {}, clock, reports);
  clock.advance(pruner.turn(clock.now(), true));
  for (int i = 0; i < 5; ++i) clock.advance(pruner.turn(clock.now(), true));
  CHECK(store.asked == 5);
  CHECK(told == std::vector<std::string>{"no space left"});
  store.fails = false;
  for (int i = 0; i < 8; ++i) clock.advance(pruner.turn(clock.now(), true));
  store.fails = true;
  for (int i = 0; i < 8; ++i) clock.advance(pruner.turn(clock.now(), true));
  CHECK(told.size() == 2);
}

TEST_CASE("pruning keeps pace with 13,560 events a second, by age and by size") {
  for (const bool by_age : {true, false}) {
    CAPTURE(by_age);
    FakeClock clock;
    Stream stream(clock, 13'560, 0.01);
    Retention retention{.age = minute, .size = std::nullopt};
    if (!by_age) retention = {.age = std::nullopt, .size = 800'000'000};
    BackgroundPruner pruner(stream, retention, clock, no_reports());
    double most = 0;
    for (int minutes = 0; minutes < 30; ++minutes) {
      prune_beside(pruner, clock, minute);
      most = std::max(most, stream.held());
    }
    CHECK(most < 1.25 * 13'560 * 60);
  }
}

TEST_CASE("pruning that cannot keep pace says so every hour, and when it has caught up") {
  FakeClock clock;
  Stream stream(clock, 13'560, 0.06);  // 16,666 a second if there were nothing else to do
  int behind = 0;
  PruningReports reports = no_reports();
  int caught_up = 0;
  reports.falls_behind = [&] { ++behind; };
  reports.caught_up = [&] { ++caught_up; };
  BackgroundPruner pruner(stream, {.age = minute, .size = std::nullopt}, clock, reports);
  prune_beside(pruner, clock, 10 * minute);
  CHECK(behind == 1);
  prune_beside(pruner, clock, hour);
  CHECK(behind == 2);
  CHECK(caught_up == 0);
  stream.end();
  prune_beside(pruner, clock, 2 * hour);
  CHECK(behind == 2);
  CHECK(caught_up == 1);
}

TEST_CASE("a backlog that shrinks is no reason to say anything") {
  FakeClock clock;
  Stream stream(clock, 1'000, 0.03);
  clock.advance(12 * hour);  // 43,200,000 events
  BackgroundPruner pruner(stream, {.age = hour, .size = std::nullopt}, clock, no_reports());
  prune_beside(pruner, clock, 2 * hour);
  CHECK(stream.held() < 1.1 * 1'000 * 3'600);
}

TEST_CASE("a loop that prunes beside still sleeps when there is nothing to do") {
  World world;
  BackgroundPruner pruner(world.store().maintenance(), {}, world.clock, no_reports());
  int turns = 0;
  const Millis end = world.clock.now().steady + 10 * minute;
  while (world.clock.now().steady < end) {
    const Millis wait = pruner.turn(world.clock.now(), true);
    REQUIRE(wait > Millis{0});
    world.clock.advance(wait);
    ++turns;
  }
  CHECK(turns < 100);  // in 600 s, beside the dispatcher's own
}

TEST_CASE("what is recorded about somebody is erased, and nothing else") {
  World world;
  const Endpoint crm = world.add("crm");
  std::vector<Receipt> theirs;
  std::vector<Receipt> others;
  for (int i = 0; i < 300; ++i) {
    const bool is_theirs = i % 2 == 0;
    auto& list = is_theirs ? theirs : others;
    list.push_back(
        world.emit("project.created", is_theirs ? R"({"userId":"u_1"})" : R"({"userId":"u_10"})"));
  }
  Eraser dry(world.store().maintenance(), {{"/data/userId", "u_1"}}, true);
  while (get(dry.step())) {
  }
  CHECK(dry.counts().events == 150);
  CHECK(dry.sample().size() == 10);
  CHECK(dry.sample()[0] == to_text(theirs[0].id));
  CHECK(has(world, theirs[0]));

  const auto bounded = world.store_that_takes(100);
  Eraser eraser(bounded->maintenance(), {{"/data/userId", "u_1"}}, false);
  int steps = 1;
  while (get(eraser.step())) ++steps;
  CHECK(steps >= 4);  // a few in each transaction
  CHECK(eraser.counts().events == 150);
  CHECK(eraser.counts().pending == 150);
  for (const Receipt& one : theirs) CHECK_FALSE(has(world, one));
  for (const Receipt& one : others) CHECK(has(world, one));
  CHECK(world.stats(crm).pending == 150);
  world.run_for(minute);
  CHECK(world.stats(crm).delivered == 150);
}

}  // namespace thig
