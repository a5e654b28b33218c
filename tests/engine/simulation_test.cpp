// Random lives of an installation: events, endpoints, failures, clock jumps, crashes, sweeps,
// webhooks that members edit, enable, disable and give other secrets, deliveries that they retry,
// recover and cancel, events that they erase. One seed replays one life: THIG_SIMULATION_SEED=n.
// More lives: THIG_SIMULATION_SEEDS=n.
#include "tests/engine/world.h"

#include <cstdlib>
#include <map>
#include <set>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace thig;

namespace {

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

class Life {
 public:
  explicit Life(std::uint64_t seed) : dice_(seed * 2654435761u + 1), world_(seed, options(dice_)) {
    world_.sender.behaviour = [this](const SendRequest& request) { return reply(request); };
  }

  void live() {
    const int webhooks = 1 + pick(5);
    for (int i = 0; i < webhooks; ++i) add_webhook();
    const int steps = 20 + pick(40);
    for (int i = 0; i < steps; ++i) step();
    // In the end everyone is well, and time enough passes for every retry.
    bad_percent_ = 0;
    world_.run_for(11s);  // a 410 that is under way still disables
    for (const Endpoint& endpoint : endpoints_) {
      const auto enabled = world_.webhooks().enable(endpoint.name);
      REQUIRE(enabled);
      ++changes_[endpoint.id];
    }
    world_.dispatcher().poke();
    world_.run_for(6h);
    check();
  }

 private:
  struct Expected {
    Receipt receipt;
    std::set<EndpointId> queued, missed;
  };

  static DispatchOptions options(SeededRandom& dice) {
    DispatchOptions options;
    options.max_in_flight = 1 + static_cast<std::size_t>(dice.bits(5));
    options.settle_size = 1 + static_cast<std::size_t>(dice.bits(6));
    return options;
  }

  int pick(int below) { return static_cast<int>(dice_.bits(30) % below); }

  void add_webhook() {
    WebhookDraft draft =
        World::draft("w" + std::to_string(endpoints_.size()), {pick(2) == 0 ? "*" : "project.*"});
    draft.settings.max_in_flight = 1 + pick(8);
    if (pick(3) == 0) draft.settings.rate = 1 + pick(20);
    if (pick(3) == 0) draft.settings.retry = {Millis{1000}, Millis{5000}};
    endpoints_.push_back(world_.add(draft));
  }

  FakeSender::Reply reply(const SendRequest& request) {
    due_check(request);
    if (pick(100) >= bad_percent_) return {status(200), Millis{1 + pick(300)}};
    switch (pick(7)) {
      case 0:
        return {TransportFailed{.kind = FailureKind::connect, .detail = "refused"}, 1ms};
      case 1:
        return {TransportFailed{.kind = FailureKind::timeout, .detail = "10s"}, 10s};
      case 2:
        return {status(404), 20ms};
      case 3: {
        Responded busy = status(429);
        busy.retry_after = std::to_string(pick(600));
        return {busy, 5ms};
      }
      case 4:
        return {Refused{.detail = "private address"}, 0ms};
      case 5:
        if (pick(10) > 0) return {status(400), 5ms};
        gone_.insert({request.target->endpoint, request.target->url});
        return {status(410), Millis{pick(2000)}};
      default:
        return {status(500), Millis{pick(3000)}};
    }
  }

  static Responded status(int code) {
    return {.status = code, .retry_after = {}, .location = {}, .body = {}};
  }

  // Every attempt is of a delivery that waits for one, and not before its time.
  void due_check(const SendRequest& request) {
    const auto id = parse_delivery_id(header_of(request.headers, "webhook-id"));
    REQUIRE(id);
    const auto timeline = world_.store().timeline(*id);
    REQUIRE(timeline);
    CHECK(timeline->delivery.state == DeliveryState::pending);
    if (!jumped_) CHECK(*timeline->delivery.due_at <= world_.clock.now().wall);
    CHECK(*request.body == timeline->body);
    ++attempts_[*id];
  }

  void step() {
    world_.rings = true;
    check_epochs();
    switch (pick(18)) {
      case 0:
        world_.crash();
        break;
      case 1:
        bad_percent_ = pick(4) == 0 ? 100 : pick(100);
        break;
      case 2: {
        const Endpoint& endpoint =
            endpoints_[static_cast<std::size_t>(pick(int(endpoints_.size())))];
        if (pick(2) == 0) {
          REQUIRE(world_.webhooks().disable(endpoint.name, "test"));
        } else {
          REQUIRE(world_.webhooks().enable(endpoint.name));
        }
        ++changes_[endpoint.id];
        break;
      }
      case 8:
        change_some_webhook();
        break;
      case 9:
        erase_some();
        break;
      case 10:
        world_.crash();
        world_.sweep();
        break;
      case 3:
        if (pick(4) == 0) {
          jumped_ = true;
          world_.clock.jump(Millis{(pick(2) == 0 ? 1 : -1) * 1000LL * pick(100'000)});
        }
        break;
      case 4:
        world_.run_for(Millis{1000LL * pick(4000)});
        break;
      case 5:
        retry_some();
        break;
      case 6:
        cancel_some();
        break;
      case 7:
        recover_all();
        break;
      default:
        emit();
        world_.run_for(Millis{pick(2000)});
    }
  }

  // Who answered 410 is no longer asked: not who has moved since, while an answer was under way.
  void check_epochs() {
    for (const Endpoint& one : endpoints_) {
      const Endpoint endpoint = world_.endpoint(one.name);
      if (endpoint.disabled_by != DisabledBy::gone) continue;
      CHECK(gone_.contains({endpoint.id, endpoint.url}));
    }
  }

  void change_some_webhook() {
    const Endpoint& one = endpoints_[static_cast<std::size_t>(pick(int(endpoints_.size())))];
    if (world_.endpoint(one.name).state == EndpointState::disabled) return;
    ++changes_[one.id];
    world_.rings = pick(2) == 0;  // heard of later, where a commit may come first
    if (pick(3) == 0) {
      REQUIRE(world_.webhooks().rotate(one.name, {.secret = {}, .overlap = Millis{0}}));
      return;
    }
    const bool moves = pick(2) == 0;
    REQUIRE(world_.webhooks().edit(one.name, [&](Endpoint& endpoint) -> Status {
      if (moves) endpoint.url = "https://example.com/" + std::to_string(++moved_);
      endpoint.timeout = Millis{1'000 + ++moved_};
      return {};
    }));
  }

  void erase_some() {
    if (expected_.empty()) return;
    const auto chosen = expected_.begin() + pick(int(expected_.size()));
    const EventId event = chosen->receipt.id;
    for (const std::set<EndpointId>* ids : {&chosen->queued, &chosen->missed}) {
      for (const EndpointId id : *ids) count_erased({event, id});
    }
    REQUIRE(world_.store().erase({&event, 1}, {}));
    expected_.erase(chosen);
  }

  // What figures of all time go on telling of.
  void count_erased(DeliveryId id) {
    const auto timeline = world_.store().timeline(id);
    REQUIRE(timeline);
    EndpointStats& sum = erased_[id.endpoint];
    sum.delivered += timeline->delivery.state == DeliveryState::delivered;
    for (const Attempt& attempt : timeline->attempts) {
      ++(attempt.ok() ? sum.attempts_ok : sum.attempts_failed);
    }
  }

  void emit() {
    const int count = 1 + pick(10);
    for (int i = 0; i < count; ++i) {
      const char* type = pick(2) == 0 ? "project.created" : "prd.generated";
      Expected expected{.receipt = {}, .queued = {}, .missed = {}};
      Emitter emitter(world_.store(), world_.store(), world_.clock, world_.actor);
      const auto preview = emitter.preview({.type = type, .data = "{}"});
      REQUIRE(preview);
      expected.queued.insert(preview->queue.begin(), preview->queue.end());
      expected.missed.insert(preview->missed.begin(), preview->missed.end());
      expected.receipt = world_.emit(type);
      CHECK(expected.receipt.queued == expected.queued.size());
      expected_.push_back(std::move(expected));
    }
  }

  std::vector<DeliveryId> some_deliveries() {
    std::vector<DeliveryId> all;
    for (const Expected& expected : expected_) {
      for (const EndpointId id : expected.queued) all.push_back({expected.receipt.id, id});
      for (const EndpointId id : expected.missed) all.push_back({expected.receipt.id, id});
    }
    std::vector<DeliveryId> some;
    for (int i = pick(8); i > 0 && !all.empty(); --i) {
      some.push_back(all[static_cast<std::size_t>(pick(int(all.size())))]);
    }
    return some;
  }

  void begin_new_life(DeliveryId id) {
    ++lives_[id];
    cancelled_.erase(id);
  }

  void retry_some() {
    const auto retried = world_.recovery().retry(some_deliveries());
    REQUIRE(retried);
    for (const Retried& one : *retried) {
      if (one.was != DeliveryState::pending) begin_new_life(one.id);
    }
    world_.dispatcher().poke();
  }

  void cancel_some() {
    std::vector<DeliveryId> pending;
    for (const DeliveryId id : some_deliveries()) {
      const auto timeline = world_.store().timeline(id);
      REQUIRE(timeline);
      if (timeline->delivery.state == DeliveryState::pending) pending.push_back(id);
    }
    REQUIRE(world_.recovery().cancel(pending));
    cancelled_.insert(pending.begin(), pending.end());
    world_.dispatcher().poke();
  }

  void recover_all() {
    const Endpoint& endpoint = endpoints_[static_cast<std::size_t>(pick(int(endpoints_.size())))];
    for (const Expected& expected : expected_) {
      const auto timeline = world_.store().timeline({expected.receipt.id, endpoint.id});
      if (!timeline) continue;
      const DeliveryState state = timeline->delivery.state;
      if (state != DeliveryState::dead && state != DeliveryState::missed) continue;
      begin_new_life({expected.receipt.id, endpoint.id});
    }
    const auto recovered = world_.recovery().recover(
        {.endpoint = endpoint.id, .before = {}}, std::nullopt, [](std::int64_t) { return true; });
    REQUIRE(recovered);
    world_.dispatcher().poke();
  }

  void check() {
    std::map<EndpointId, EndpointStats> counted;
    for (const Endpoint& endpoint : endpoints_) counted[endpoint.id].id = endpoint.id;
    for (const Expected& expected : expected_) {
      for (const EndpointId endpoint : expected.missed) {
        const DeliveryId id{expected.receipt.id, endpoint};
        if (lives_.contains(id)) {
          check_delivery(id);
        } else {
          CHECK(world_.store().timeline(id)->delivery.state == DeliveryState::missed);
        }
      }
      for (const EndpointId id : expected.queued) check_delivery({expected.receipt.id, id});
    }
    check_counters();
    CHECK(world_.sender.doubled == 0);
    for (const Endpoint& endpoint : endpoints_) {
      CHECK(world_.sender.most_in_flight[endpoint.id] <= std::size_t(endpoint.max_in_flight));
    }
  }

  void check_delivery(DeliveryId id) {
    const auto timeline = world_.store().timeline(id);
    REQUIRE(timeline);
    const Delivery& delivery = timeline->delivery;
    CAPTURE(to_text(id));
    CAPTURE(to_text(delivery.state));
    CAPTURE(delivery.attempts);
    CAPTURE(delivery.due_at ? format_rfc3339_millis(*delivery.due_at) : "");
    CAPTURE(format_rfc3339_millis(world_.clock.now().wall));
    CHECK(delivery.state != DeliveryState::pending);
    CHECK(delivery.state != DeliveryState::missed);
    CHECK(delivery.attempts == int(timeline->attempts.size()));
    CHECK((delivery.state == DeliveryState::cancelled) == cancelled_.contains(id));
    // What was under way when its webhook was changed does not count.
    CHECK(delivery.attempts <= 4 * (1 + lives_[id]) + changes_[id.endpoint]);
    CHECK(delivery.attempts <= attempts_[id]);  // more were sent than recorded only after a crash
    for (std::size_t i = 0; i < timeline->attempts.size(); ++i) {
      CHECK(timeline->attempts[i].number == int(i) + 1);
      // Only what has been delivered once and was retried has a success before its end; if it was
      // cancelled then, it ends with that.
      const bool last = i + 1 == timeline->attempts.size();
      const bool ended = last && delivery.state != DeliveryState::cancelled;
      if (ended || !lives_.contains(id)) {
        CHECK(timeline->attempts[i].ok() == (last && delivery.state == DeliveryState::delivered));
      }
    }
  }

  // Counters are equal to the history they sum up.
  void check_counters() {
    std::map<EndpointId, EndpointStats> sums = erased_;
    const auto all = world_.store().deliveries({.before = {}, .limit = 1'000'000});
    REQUIRE(all);
    for (const Delivery& delivery : *all) {
      EndpointStats& sum = sums[delivery.id.endpoint];
      sum.pending += delivery.state == DeliveryState::pending;
      sum.delivered += delivery.state == DeliveryState::delivered;
      sum.dead += delivery.state == DeliveryState::dead;
      sum.missed += delivery.state == DeliveryState::missed;
      sum.cancelled += delivery.state == DeliveryState::cancelled;
      const auto timeline = world_.store().timeline(delivery.id);
      REQUIRE(timeline);
      for (const Attempt& attempt : timeline->attempts) {
        ++(attempt.ok() ? sum.attempts_ok : sum.attempts_failed);
      }
    }
    for (const Endpoint& endpoint : endpoints_) {
      const EndpointStats kept = world_.stats(endpoint);
      const EndpointStats& sum = sums[endpoint.id];
      CHECK(kept.pending == sum.pending);
      CHECK(kept.delivered == sum.delivered);
      CHECK(kept.dead == sum.dead);
      CHECK(kept.missed == sum.missed);
      CHECK(kept.cancelled == sum.cancelled);
      CHECK(kept.attempts_ok == sum.attempts_ok);
      CHECK(kept.attempts_failed == sum.attempts_failed);
    }
  }

  SeededRandom dice_;
  World world_;
  std::vector<Endpoint> endpoints_;
  std::vector<Expected> expected_;
  std::map<DeliveryId, int> attempts_;
  std::map<DeliveryId, int> lives_;  // after the first
  std::set<DeliveryId> cancelled_;
  std::map<EndpointId, int> changes_;           // each may leave an attempt that does not count
  std::map<EndpointId, EndpointStats> erased_;  // with their events
  std::set<std::pair<EndpointId, std::string>> gone_;  // URLs that have answered 410
  int moved_ = 0;
  int bad_percent_ = 20;
  bool jumped_ = false;
};

}  // namespace

TEST_CASE("whatever happens, every accepted event ends as it should for everyone it was for") {
  const int only = setting("THIG_SIMULATION_SEED", 0);
  const int lives = only ? 1 : setting("THIG_SIMULATION_SEEDS", 60);
  for (int i = 0; i < lives; ++i) {
    const int seed = only ? only : i + 1;
    CAPTURE(seed);
    Life(std::uint64_t(seed)).live();
  }
}
