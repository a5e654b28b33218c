// Recording beside sending: what happens while results are under way to the database.
#include "core/dispatch/settling_thread.h"
#include "tests/support/passing_queue.h"
#include "tests/support/passing_store.h"
#include "tests/support/world.h"

#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace thig;

namespace {

using Records = FakeSettler::Records;

// A queue that refuses to record as long as it is told to.
class RefusingQueue final : public PassingQueue {
 public:
  using PassingQueue::PassingQueue;
  std::optional<ErrorCode> refuses;
  int asked = 0;

  Status settle(const SettleBatch& batch, Time now) override {
    ++asked;
    if (refuses) return fail(*refuses, "not now");
    return PassingQueue::settle(batch, now);
  }
};

std::map<std::string, int> times_sent(const World& world) {
  std::map<std::string, int> times;
  for (const FakeSender::Sent& sent : world.sender.sent) ++times[sent.webhook_id];
  return times;
}

// Loses the answers to so many settlements; the first of them is recorded all the same.
class LossyQueue final : public PassingQueue {
 public:
  using PassingQueue::PassingQueue;
  int losses = 0;
  int recorded = 0, given_again = 0;

  Status settle(const SettleBatch& batch, Time now) override {
    if (batch.given == Given::again) ++given_again;
    if (batch.given == Given::first) {
      ++recorded;
      kept_ = PassingQueue::settle(batch, now);
    }
    if (losses-- > 0) return fail(ErrorCode::unavailable, "the connection was lost");
    return kept_;
  }

 private:
  Status kept_;
};

class LossyStore final : public PassingStore {
 public:
  explicit LossyStore(std::unique_ptr<Store> inner)
      : PassingStore(*inner), lossy(inner->queue()), inner_(std::move(inner)) {}
  QueueStore& queue() override { return lossy; }
  LossyQueue lossy;

 private:
  std::unique_ptr<Store> inner_;
};

SettleBatch batch_of(const Endpoint& endpoint, std::int64_t epoch) {
  SettleBatch batch;
  batch.epochs.push_back({endpoint.id, epoch});
  EndpointHealth health;
  health.consecutive_failures = 3;
  batch.endpoints.push_back({.id = endpoint.id, .health = health, .reason = {}});
  return batch;
}

// A real thread that records beside a world, for one webhook of it.
class Beside {
 public:
  void open() { open(world_.store_that_takes(5'000)); }
  void open(std::unique_ptr<Store> store) {
    auto waker = make_waker();
    REQUIRE(waker);
    waker_ = *std::move(waker);
    auto opened = SettlingThread::open(std::move(store), *waker_);
    REQUIRE(opened);
    thread_ = *std::move(opened);
  }
  // Of the webhook, under the settings that it has or, so much later, will have.
  void start(std::int64_t epochs_later = 0) {
    thread_->start(batch_of(crm_, crm_.epoch + epochs_later), world_.clock.now().wall);
  }
  // The next thing that comes back; the thread is woken by it.
  Status next() {
    for (;;) {
      if (auto status = thread_->take()) return *std::move(status);
      waker_->wait(1s);
    }
  }
  bool has_more() { return thread_->take().has_value(); }
  void end() { thread_.reset(); }
  int failures() { return world_.store().queue().health(crm_.id)->consecutive_failures; }
  std::unique_ptr<LossyStore> losing(int losses) {
    auto store = std::make_unique<LossyStore>(world_.store_that_takes(5'000));
    store->lossy.losses = losses;
    return store;
  }

 private:
  World world_;
  Endpoint crm_ = world_.add("crm");
  std::unique_ptr<Waker> waker_;
  std::unique_ptr<SettlingThread> thread_;
};

}  // namespace

TEST_CASE("attempts go on while results are being recorded, two transactions at a time") {
  World world(1, {.settle_size = 20});
  const Endpoint crm = world.add("crm");
  world.settler.pace = [] { return FakeSettler::Pace{200ms, Records::at_the_end}; };
  for (int i = 0; i < 400; ++i) world.emit();
  world.run_for(190ms);
  // Nothing is recorded yet, and what was read is held, so that nothing is sent twice.
  CHECK(world.stats(crm).delivered == 0);
  CHECK(world.sender.sent.size() > 100);
  world.run_for(1min);
  CHECK(world.settler.most_under_way == Settler::most_batches);
  CHECK(world.stats(crm).delivered == 400);
  CHECK(world.sender.sent.size() == 400);
  CHECK(world.sender.doubled == 0);
}

TEST_CASE("what was refused waits, and is recorded in its order when that is possible again") {
  for (const ErrorCode code : {ErrorCode::busy, ErrorCode::full}) {
    World world(1, {.settle_size = 5});
    WebhookDraft draft = World::draft("crm");
    draft.settings.retry = std::vector<Millis>(20, 10min);
    const Endpoint crm = world.add(draft);
    const Endpoint well = world.add("well");
    RefusingQueue queue(world.store().queue());
    queue.refuses = code;
    world.settler.begin(queue);
    world.settler.pace = [] { return FakeSettler::Pace{30ms, Records::at_the_end}; };
    world.sender.behaviour = [&](const SendRequest& request) {
      return answer(request.target->endpoint == crm.id ? 503 : 200);
    };
    for (int i = 0; i < 12; ++i) world.emit();
    world.run_for(3s);
    CHECK(queue.asked > 1);
    CHECK(world.ledger.stuck_count == 1);
    CHECK(world.ledger.attempt_reports.empty());
    CHECK(world.stats(well).delivered == 0);
    queue.refuses.reset();
    world.run_for(10s);
    CHECK(world.ledger.unstuck_count == 1);
    CHECK(world.stats(well).delivered == 12);
    // As many failures as attempts, and the health that the last of them came to.
    const std::int64_t attempts = world.stats(crm).attempts_failed;
    CHECK(attempts > 0);
    CHECK(world.store().queue().health(crm.id)->consecutive_failures == attempts);
    for (const auto& [id, times] : times_sent(world)) CHECK_MESSAGE(times == 1, id);
  }
}

TEST_CASE("while nothing can be recorded nothing is started, and that is told once") {
  World world(1, {.settle_size = 5});
  const Endpoint well = world.add("well");
  RefusingQueue queue(world.store().queue());
  queue.refuses = ErrorCode::full;
  world.settler.begin(queue);
  // Each refusal is known a step later, as it is from a thread.
  world.settler.pace = [] { return FakeSettler::Pace{30ms, Records::at_the_end}; };
  for (int i = 0; i < 200; ++i) world.emit();
  world.run_for(1s);
  const std::size_t sent = world.sender.sent.size();
  CHECK(sent < 200);
  const int asked = queue.asked;
  world.emit();
  world.run_for(20s);
  CHECK(world.sender.sent.size() == sent);
  CHECK(world.ledger.stuck_count == 1);
  CHECK(world.ledger.unstuck_count == 0);
  CHECK(queue.asked - asked <= 2 * 12);  // the pauses grow to five seconds
  queue.refuses.reset();
  world.run_for(1min);
  CHECK(world.stats(well).delivered == 201);
  CHECK(world.sender.doubled == 0);
}

TEST_CASE("a sweep whose results cannot be recorded gives up") {
  World world;
  world.add("well");
  RefusingQueue queue(world.store().queue());
  queue.refuses = ErrorCode::busy;
  world.settler.begin(queue);
  world.settler.pace = [] { return FakeSettler::Pace{2s, Records::at_the_end}; };
  for (int i = 0; i < 300; ++i) world.emit();
  DirectReader reader(world.store().config(), queue, world.clock);
  Dispatcher dispatcher(queue, reader, world.settler, world.sender, world.random(), {.sweep = true},
                        world.ledger);
  std::optional<Error> gave_up;
  for (int turns = 0; turns < 10'000 && !gave_up; ++turns) {
    const Dispatcher::Turn turn = dispatcher.step(world.clock.now());
    gave_up = turn.fatal;
    world.pass(turn);
  }
  REQUIRE(gave_up);
  CHECK(gave_up->code == ErrorCode::busy);
}

TEST_CASE("a retry that is due before its failure is recorded is made while another hangs") {
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.settings.retry = {1s};
  world.add(draft);
  for (int i = 0; i < 40; ++i) world.emit();
  world.run_for(1s);  // its window is wide now
  world.sender.sent.clear();
  world.settler.pace = [] { return FakeSettler::Pace{2500ms, Records::at_the_end}; };
  int tries = 0;
  world.sender.behaviour = [&](const SendRequest&) {
    ++tries;
    return tries == 1 ? answer(200, 9s) : answer(tries == 2 ? 503 : 200);
  };
  world.emit();  // hangs
  world.emit();  // fails
  const Millis began = world.clock.now().steady;
  world.run_for(8s);
  REQUIRE(world.sender.sent.size() == 3);
  CHECK(world.sender.sent[2].at.steady - began >= 2500ms);
  CHECK(world.sender.sent[2].at.steady - began <= 2700ms);
}

TEST_CASE("what an edit overtakes on its way to the database decides nothing") {
  World world;
  const Endpoint crm = world.add("crm");
  world.add("log", {"webhook.*"});
  world.sender.behaviour = [&](const SendRequest& request) {
    return answer(request.target->url.find("new") != std::string::npos ? 200 : 410);
  };
  world.settler.pace = [] { return FakeSettler::Pace{2s, Records::at_the_end}; };
  const Receipt receipt = world.emit();
  world.run_for(100ms);  // the 410 is under way to the database
  REQUIRE(world.webhooks().edit("crm", [](Endpoint& endpoint) -> Status {
    endpoint.url = "https://new.example.com/";
    return {};
  }));
  world.run_for(5s);
  CHECK(world.endpoint("crm").state == EndpointState::enabled);
  CHECK(world.delivery(receipt, crm).state == DeliveryState::pending);
  world.run_for(170s);
  CHECK(world.delivery(receipt, crm).state == DeliveryState::delivered);
  CHECK(world.store().queue().health(crm.id)->consecutive_failures == 0);
  for (const FakeSender::Sent& sent : world.sender.sent) {
    CHECK(sent.body.find("webhook.disabled") == std::string::npos);
  }
}

TEST_CASE("a disabling that is being recorded is recorded once, and keeps others from starting") {
  World world(1, {.settle_size = 1});
  const Endpoint crm = world.add("crm");
  world.add("log", {"webhook.disabled"});
  world.sender.behaviour = [&](const SendRequest& request) {
    return answer(request.target->endpoint == crm.id ? 410 : 200, Millis{5});
  };
  world.settler.pace = [] { return FakeSettler::Pace{3s, Records::at_the_end}; };
  for (int i = 0; i < 3; ++i) world.emit();
  world.run_for(1s);
  // It is enabled as far as the database knows, and is read again as that.
  REQUIRE(world.webhooks().edit("crm", [](Endpoint& endpoint) -> Status {
    endpoint.description = "the CRM";
    return {};
  }));
  world.emit();
  world.run_for(1s);
  world.emit("comment.created");
  world.run_for(1min);
  CHECK(world.endpoint("crm").state == EndpointState::disabled);
  CHECK(world.ledger.disabled_names == std::vector<std::string>{"crm"});
  int notes = 0;
  const auto trail = world.store().config().audit({});
  REQUIRE(trail);
  for (const AuditEntry& entry : *trail) {
    notes += entry.action == "webhook.disable" ? 1 : 0;
  }
  CHECK(notes == 1);
  std::size_t to_crm = 0;
  std::size_t told = 0;
  for (const FakeSender::Sent& sent : world.sender.sent) {
    (sent.endpoint == crm.id ? to_crm : told) += 1;
  }
  CHECK(to_crm <= 3);  // those that were out together
  CHECK(told == 1);
}

TEST_CASE("a retry that is due before its failure is recorded is made as soon as it is") {
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.settings.retry = {1s};
  const Endpoint crm = world.add(draft);
  world.settler.pace = [] { return FakeSettler::Pace{2500ms, Records::at_the_end}; };
  int tries = 0;
  world.sender.behaviour = [&](const SendRequest&) { return answer(++tries == 1 ? 503 : 200); };
  const Receipt receipt = world.emit();
  const Millis began = world.clock.now().steady;
  world.run_for(10s);
  REQUIRE(world.sender.sent.size() == 2);
  const Millis second = world.sender.sent[1].at.steady - began;
  CHECK(second >= 2500ms);
  CHECK(second <= 2700ms);
  CHECK(world.delivery(receipt, crm).state == DeliveryState::delivered);
}

TEST_CASE("a crash with results under way loses nothing, whether they were recorded or not") {
  for (const Records records : {Records::at_once, Records::at_the_end}) {
    World world;
    const Endpoint crm = world.add("crm");
    world.settler.pace = [&] { return FakeSettler::Pace{1h, records}; };
    const Receipt receipt = world.emit();
    world.run_for(1s);
    world.crash();
    world.settler.pace = [] { return FakeSettler::Pace{}; };
    world.run_for(1s);
    CHECK(world.delivery(receipt, crm).state == DeliveryState::delivered);
    CHECK(world.sender.sent.size() == (records == Records::at_once ? 1 : 2));
  }
}

TEST_CASE(
    "after a batch that failed, those given with it fail too, and nothing of them is recorded") {
  Beside beside;
  beside.open();
  beside.start(1);
  beside.start();
  for (int i = 0; i < 2; ++i) {
    const Status status = beside.next();
    REQUIRE_FALSE(status);
    CHECK(status.error().code == ErrorCode::conflict);
  }
  CHECK(beside.failures() == 0);
  beside.start();
  CHECK(beside.next().has_value());
  CHECK_FALSE(beside.has_more());
  CHECK(beside.failures() == 3);
}

TEST_CASE("a batch whose answer is lost is given again until it is known, and recorded once") {
  Beside beside;
  auto lossy = beside.losing(3);
  const LossyQueue& queue = lossy->lossy;
  beside.open(std::move(lossy));
  beside.start();
  CHECK(beside.next().has_value());
  CHECK(queue.recorded == 1);
  CHECK(queue.given_again == 3);
  CHECK(beside.failures() == 3);
}

TEST_CASE("a thread that waits for a database out of reach ends when it is told to") {
  Beside beside;
  beside.open(beside.losing(1'000'000));
  beside.start();
  beside.end();
}

TEST_CASE("what was started is recorded before the thread ends") {
  Beside beside;
  beside.open();
  beside.start();
  beside.end();
  CHECK(beside.failures() == 3);
}
