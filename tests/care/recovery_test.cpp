// Deliveries that members bring back or take out while a dispatcher runs.
#include "core/care/recovery.h"

#include "core/rules/recovery_ramp.h"
#include "tests/support/world.h"

#include <algorithm>
#include <array>
#include <set>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace thig;

namespace {

const Recovery::Watch to_the_end = [](std::int64_t) { return true; };

// An installation with one webhook whose receiver answers as it is told.
struct Site {
  World world;
  Endpoint crm;
  int status = 404;
  Millis latency{5};

  explicit Site(std::vector<Millis> retry = {}, int max_in_flight = 32) {
    WebhookDraft draft = World::draft("crm");
    draft.settings.retry = std::move(retry);
    draft.settings.max_in_flight = max_in_flight;
    crm = world.add(draft);
    world.sender.behaviour = [this](const SendRequest&) { return answer(status, latency); };
    world.run_for(2s);
  }

  DeliveryId emit() { return {world.emit().id, crm.id}; }
  std::vector<DeliveryId> emit_many(std::size_t count) {
    Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor);
    const std::vector<EventDraft> drafts(count, {.type = "project.created", .data = "{}"});
    const auto receipts = emitter.emit(drafts);
    REQUIRE(receipts);
    std::vector<DeliveryId> ids;
    for (const Receipt& receipt : *receipts) ids.push_back({receipt.id, crm.id});
    world.dispatcher().poke();
    return ids;
  }
  Timeline timeline(DeliveryId id) { return world.store().history().timeline(id).value(); }
  DeliveryState state(DeliveryId id) { return timeline(id).delivery.state; }
  EndpointStats stats() { return world.stats(crm); }
  std::int64_t times_sent(DeliveryId id) const {
    return std::ranges::count(world.sender.sent, to_text(id), &FakeSender::Sent::webhook_id);
  }
  // As the commands do.
  void retry(DeliveryId id) {
    REQUIRE(world.recovery().retry(std::array{id}));
    world.dispatcher().poke();
  }
  void cancel(std::vector<DeliveryId> ids) {
    REQUIRE(world.recovery().cancel(ids));
    world.dispatcher().poke();
  }
};

RecoveryChoice all_of(const Endpoint& endpoint) {
  return {.endpoint = endpoint.id, .before = {}};
}

}  // namespace

TEST_CASE("a dead delivery that is retried is sent at once, with the same id and the same bytes") {
  Site site;
  const DeliveryId id = site.emit();
  site.world.run_for(1min);
  REQUIRE(site.state(id) == DeliveryState::dead);
  site.status = 200;
  site.retry(id);
  site.world.run_for(20ms);
  CHECK(site.state(id) == DeliveryState::delivered);
  REQUIRE(site.world.sender.sent.size() == 2);
  const auto& sent = site.world.sender.sent;
  CHECK(sent[0].webhook_id == sent[1].webhook_id);
  CHECK(sent[0].body == sent[1].body);
  CHECK(site.stats().dead == 0);
  CHECK(site.stats().delivered == 1);
}

TEST_CASE("the schedule starts again after a retry, and attempts are numbered on") {
  Site site({10s, 20s, 30s});
  const DeliveryId id = site.emit();
  site.world.run_for(5min);
  REQUIRE(site.state(id) == DeliveryState::dead);
  REQUIRE(site.times_sent(id) == 4);
  for (const int life : {2, 3}) {
    site.retry(id);
    site.world.run_for(5s);
    CHECK(site.times_sent(id) == 4 * (life - 1) + 1);
    CHECK(site.state(id) == DeliveryState::pending);
    site.world.run_for(5min);
    CHECK(site.state(id) == DeliveryState::dead);
    CHECK(site.times_sent(id) == 4 * life);
  }
  const auto attempts = site.timeline(id).attempts;
  REQUIRE(attempts.size() == 12);
  for (int i = 0; i < 12; ++i) CHECK(attempts[std::size_t(i)].number == i + 1);
}

TEST_CASE("what waits for its retry is sent now, and goes on with its schedule") {
  Site site({1h, 1h});
  const DeliveryId id = site.emit();
  site.world.run_for(1min);
  site.retry(id);
  site.world.run_for(20ms);
  CHECK(site.times_sent(id) == 2);
  CHECK(site.state(id) == DeliveryState::pending);
  site.world.run_for(2h);
  CHECK(site.times_sent(id) == 3);
  CHECK(site.state(id) == DeliveryState::dead);
}

TEST_CASE("what is cancelled while it is under way arrives once more at most, and counts nowhere") {
  Site site({10s});
  site.latency = 5s;
  for (const int status : {200, 404}) {
    site.status = status;
    const DeliveryId id = site.emit();
    site.world.run_for(1s);
    REQUIRE(site.world.sender.in_flight() == 1);
    site.cancel({id});
    site.world.run_for(10min);
    CHECK(site.times_sent(id) == 1);
    CHECK(site.state(id) == DeliveryState::cancelled);
    CHECK(site.timeline(id).attempts.empty());
  }
  CHECK(site.stats().cancelled == 2);
  CHECK(site.stats().pending == 0);
  CHECK(site.stats().attempts() == 0);
}

TEST_CASE("what is cancelled before it was started is never sent, though it was read ahead") {
  for (const bool all : {true, false}) {
    Site site({10s}, 1);
    site.latency = 1s;
    site.status = 200;
    const auto ids = site.emit_many(3);
    site.world.run_for(100ms);
    REQUIRE(site.times_sent(ids[0]) == 1);
    site.cancel(all ? ids : std::vector{ids[1]});
    site.world.run_for(1min);
    CHECK(site.times_sent(ids[0]) == 1);
    CHECK(site.times_sent(ids[1]) == 0);
    CHECK(site.times_sent(ids[2]) == (all ? 0 : 1));
    CHECK(site.stats().cancelled == (all ? 3 : 1));
    CHECK(site.stats().pending == 0);
  }
}

TEST_CASE("nothing that was read ahead of a paused webhook outlives its cancellation") {
  Site site({1h});
  site.status = 500;
  const auto ids = site.emit_many(40);
  site.world.run_for(2s);
  REQUIRE_FALSE(site.world.ledger.paused_names.empty());
  std::vector<DeliveryId> unsent;
  for (const DeliveryId id : ids) {
    if (site.times_sent(id) == 0) unsent.push_back(id);
  }
  REQUIRE_FALSE(unsent.empty());
  site.cancel(unsent);
  site.status = 200;
  site.world.run_for(3h);
  for (const DeliveryId id : unsent) CHECK(site.times_sent(id) == 0);
  CHECK(site.stats().pending == 0);
}

TEST_CASE("cancelled and retried while under way: sent again after that, not at the same time") {
  Site site;
  site.latency = 5s;
  site.status = 200;
  const DeliveryId id = site.emit();
  site.world.run_for(1s);
  site.cancel({id});
  site.world.run_for(10ms);
  site.retry(id);
  site.world.run_for(4500ms);
  CHECK(site.times_sent(id) == 2);
  site.world.run_for(10s);
  CHECK(site.times_sent(id) == 2);
  CHECK(site.world.sender.doubled == 0);
  CHECK(site.state(id) == DeliveryState::delivered);
  CHECK(site.timeline(id).attempts.size() == 1);
}

TEST_CASE("2000 dead deliveries come back at the pace of the ramp, each once") {
  Site site;
  const auto ids = site.emit_many(2000);
  site.world.run_for(5min);
  REQUIRE(site.stats().dead == 2000);
  const std::size_t before = site.world.sender.sent.size();
  site.status = 200;
  const Millis start = site.world.clock.now().steady;
  const auto counted = site.world.recovery().count_ended(all_of(site.crm), to_the_end);
  REQUIRE(counted);
  CHECK(total_of(**counted) == 2000);
  const auto recovered = site.world.recovery().recover(all_of(site.crm), std::nullopt, to_the_end);
  REQUIRE(recovered);
  CHECK(recovered->count == 2000);
  CHECK(*recovered->webhooks.at(site.crm.id).last_due ==
        site.world.clock.now().wall + ramp_wait(1999, std::nullopt));
  site.world.dispatcher().poke();
  site.world.run_for(1min);

  const auto& sent = site.world.sender.sent;
  REQUIRE(sent.size() == before + 2000);
  for (std::size_t i = 0; i < 2000; ++i) {
    const Millis after = sent[before + i].at.steady - start;
    const Millis wait = ramp_wait(static_cast<std::int64_t>(i), std::nullopt);
    CHECK(sent[before + i].webhook_id == to_text(ids[i]));
    REQUIRE(after >= wait);
    REQUIRE(after <= wait + 100ms);
  }
  CHECK(site.stats().delivered == 2000);
  CHECK(site.stats().dead == 0);
  CHECK(site.stats().attempts_failed == 2000);
  CHECK(site.world.sender.doubled == 0);
}

TEST_CASE("a rate holds a recovery below the ramp") {
  Site site;
  site.emit_many(100);
  site.world.run_for(1min);
  site.status = 200;
  REQUIRE(site.world.recovery().recover(all_of(site.crm), 2.0, to_the_end));
  site.world.dispatcher().poke();
  site.world.run_for(10s);
  CHECK(site.stats().delivered >= 20);
  CHECK(site.stats().delivered <= 21);
}

TEST_CASE(
    "a recovery that is stopped goes on where it was, and a crash of the dispatcher is no loss") {
  Site site;
  const auto ids = site.emit_many(1700);
  site.world.run_for(5min);
  REQUIRE(site.stats().dead == 1700);
  site.status = 200;
  const auto first = site.world.recovery().recover(all_of(site.crm), std::nullopt,
                                                   [](std::int64_t done) { return done < 1000; });
  REQUIRE(first);
  CHECK(first->stopped);
  CHECK(first->count == 1500);
  CHECK(site.stats().dead == 200);
  site.world.dispatcher().poke();
  site.world.run_for(15s);
  site.world.crash();
  const auto second = site.world.recovery().recover(all_of(site.crm), std::nullopt, to_the_end);
  REQUIRE(second);
  CHECK(second->count == 200);
  site.world.run_for(7s);
  site.world.crash();
  site.world.run_for(2min);
  CHECK(site.stats().delivered == 1700);
  CHECK(site.stats().pending == 0);
  std::int64_t sent_thrice = 0;
  for (const DeliveryId id : ids) {
    CHECK(site.times_sent(id) >= 2);
    if (site.times_sent(id) > 2) ++sent_thrice;  // under way at a crash
  }
  CHECK(sent_thrice <= 2 * site.crm.max_in_flight);
  CHECK(site.world.sender.doubled == 0);
}

TEST_CASE("what a disabled webhook missed waits, once recovered, until it is enabled") {
  Site site;
  site.status = 200;
  REQUIRE(site.world.webhooks().disable("crm", "test"));
  const auto ids = site.emit_many(3);
  CHECK(site.stats().missed == 3);
  RecoveryChoice choice = all_of(site.crm);
  choice.missed = false;
  CHECK(site.world.recovery().recover(choice, std::nullopt, to_the_end)->count == 0);
  CHECK(site.world.recovery().recover(all_of(site.crm), std::nullopt, to_the_end)->count == 3);
  site.world.dispatcher().poke();
  site.world.run_for(1min);
  CHECK(site.world.sender.sent.empty());
  REQUIRE(site.world.webhooks().enable("crm"));
  site.world.dispatcher().poke();
  site.world.run_for(1min);
  for (const DeliveryId id : ids) CHECK(site.state(id) == DeliveryState::delivered);
}

TEST_CASE("many pending ones are cancelled in pieces, by when their events came") {
  Site site({1h});
  const auto early = site.emit_many(3200);
  site.world.run_for(1min);
  const Time between = site.world.clock.now().wall;
  site.world.run_for(1s);
  const auto late = site.emit_many(10);
  site.world.run_for(1min);
  RecoveryChoice choice = all_of(site.crm);
  choice.before = between;
  const auto counted = site.world.recovery().count_pending(choice, to_the_end);
  REQUIRE(counted);
  CHECK(total_of(**counted) == 3200);
  std::vector<std::int64_t> seen;
  const auto cancelled = site.world.recovery().cancel_pending(choice, [&](std::int64_t done) {
    seen.push_back(done);
    return true;
  });
  REQUIRE(cancelled);
  CHECK(cancelled->count == 3200);
  CHECK(seen.size() >= 3);
  CHECK(std::ranges::is_sorted(seen));
  CHECK(site.stats().cancelled == 3200);
  CHECK(site.stats().pending == 10);
  CHECK(site.state(late[0]) == DeliveryState::pending);
  CHECK(site.state(early[0]) == DeliveryState::cancelled);
  CHECK(site.timeline(early[0]).attempts.size() == 1);
}

TEST_CASE("many that are named are all changed, in several transactions") {
  Site site({1h});
  auto ids = site.emit_many(25);
  site.world.run_for(1min);
  const auto store = site.world.store_that_takes(4);
  Recovery recovery(store->recovery(), store->queue(), site.world.clock,
                    {.name = "ada", .role = Role::owner});
  const DeliveryId unknown{{77}, site.crm.id};
  ids.push_back(unknown);
  CHECK(recovery.cancel(ids).error().code == ErrorCode::not_found);
  CHECK(recovery.retry(ids).error().code == ErrorCode::not_found);
  CHECK(site.stats().pending == 25);
  ids.pop_back();

  const auto cancelled = recovery.cancel(ids);
  REQUIRE(cancelled);
  CHECK(cancelled->count == 25);
  CHECK(cancelled->ended_meanwhile == 0);
  CHECK(site.stats().cancelled == 25);
  const auto retried = recovery.retry(ids);
  REQUIRE(retried);
  REQUIRE(retried->size() == 25);
  for (std::size_t i = 0; i < ids.size(); ++i) CHECK((*retried)[i].id == ids[i]);
  site.status = 200;
  site.world.dispatcher().poke();
  site.world.run_for(1min);
  CHECK(site.stats().delivered == 25);
}

TEST_CASE("only Owners and Admins may retry, recover and cancel") {
  Site site;
  const DeliveryId id = site.emit();
  site.world.run_for(1min);
  for (const Role role : {Role::member, Role::viewer}) {
    Recovery recovery(site.world.store().recovery(), site.world.store().queue(), site.world.clock,
                      {.name = "bob", .role = role});
    CHECK(recovery.retry(std::array{id}).error().code == ErrorCode::not_permitted);
    CHECK(recovery.cancel(std::array{id}).error().code == ErrorCode::not_permitted);
    const RecoveryChoice choice = all_of(site.crm);
    CHECK(recovery.recover(choice, {}, to_the_end).error().code == ErrorCode::not_permitted);
    CHECK(recovery.count_ended(choice, to_the_end).error().code == ErrorCode::not_permitted);
    CHECK(recovery.count_pending(choice, to_the_end).error().code == ErrorCode::not_permitted);
    CHECK(recovery.cancel_pending(choice, to_the_end).error().code == ErrorCode::not_permitted);
  }
  CHECK(site.state(id) == DeliveryState::dead);
}

TEST_CASE("an id that comes twice counts once, and there is a bound to how many are named") {
  Site site;
  const DeliveryId id = site.emit();
  site.world.run_for(1min);
  const auto retried = site.world.recovery().retry(std::array{id, id});
  REQUIRE(retried);
  CHECK(retried->size() == 1);
  CHECK(site.world.recovery().cancel(std::array{id, id})->count == 1);
  std::vector<DeliveryId> many;
  for (int i = 0; i <= int(most_named_deliveries); ++i) many.push_back({{i + 1}, site.crm.id});
  CHECK(site.world.recovery().retry(many).error().code == ErrorCode::usage);
}

TEST_CASE("what was made due while the clock was ahead does not wait for that moment") {
  for (const bool named : {true, false}) {
    Site site;
    const DeliveryId id{site.world.emit().id, site.crm.id};
    site.world.run_for(1s);
    REQUIRE(site.world.stats(site.crm).dead == 1);
    site.status = 200;
    // All of it between two steps of a dispatcher, of which the next is another process.
    site.world.clock.jump(19h);
    if (named) {
      site.retry(id);
    } else {
      const RecoveryChoice all{.endpoint = site.crm.id, .since = {}, .before = {}};
      REQUIRE(site.world.recovery().recover(all, {}, to_the_end));
    }
    site.world.clock.jump(-40h);
    site.world.crash();
    site.world.run_for(1min);
    CHECK(site.world.stats(site.crm).delivered == 1);
  }
}
