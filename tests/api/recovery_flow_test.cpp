// Recovering and cancelling share by share, and what is meant by the words of it.
#include "core/api/recovery_flow.h"

#include "core/api/due_deliveries.h"
#include "core/api/recovery_view.h"
#include "core/base/json.h"
#include "tests/support/plain_wording.h"
#include "tests/support/remark_text.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace thig {
namespace {

const PlainWording plain;

// Two webhooks with dead deliveries: `crm` has three, `docs` has two.
struct TwoWebhooks {
  World world;

  TwoWebhooks() {
    for (const char* name : {"crm", "docs"}) {
      WebhookDraft draft =
          World::draft(name, {name == std::string("crm") ? "project.*" : "comment.*"});
      draft.settings.retry = std::vector<Millis>{};
      world.add(draft);
    }
    world.sender.behaviour = [](const SendRequest&) { return answer(404); };
    world.run_for(1s);
    for (int i = 0; i < 3; ++i) world.emit("project.created");
    for (int i = 0; i < 2; ++i) world.emit("comment.created");
    world.run_for(1min);
  }
  std::vector<RecoveryShare> shares(const RecoveryQuery& query = {}) {
    const auto choice = read_query(query, world.clock.now().wall, plain);
    REQUIRE(choice);
    auto shares = choose_shares(world.store(), query.webhook, *choice);
    REQUIRE(shares);
    return std::move(*shares);
  }
};

const Recovery::Watch goes_on = [](std::int64_t) { return true; };

}  // namespace

TEST_CASE("all webhooks are counted and recovered together, each at a pace of its own") {
  TwoWebhooks two;
  Recovery recovery = two.world.recovery();
  auto shares = two.shares();
  REQUIRE(shares.size() == 2);
  REQUIRE(count_ended(recovery, shares, goes_on));
  CHECK(total_of(shares) == 5);
  CHECK(total_of(shares[0].counts) == 3);
  std::vector<std::int64_t> told;
  REQUIRE(recover(recovery, shares, 1.0, [&](std::int64_t so_far) {
    told.push_back(so_far);
    return true;
  }));
  CHECK(told == std::vector<std::int64_t>{5});
  CHECK(done_of(shares) == 5);
  CHECK(shares[1].done.count == 2);
  const Time now = two.world.clock.now().wall;
  CHECK(shares[0].done.last_due == now + 2s);
  CHECK(shares[1].done.last_due == now + 1s);
}

TEST_CASE("one webhook is recovered without the others, and none is no mistake") {
  TwoWebhooks two;
  Recovery recovery = two.world.recovery();
  auto docs = two.shares({.webhook = "docs"});
  REQUIRE(recover(recovery, docs, std::nullopt, goes_on));
  CHECK(done_of(docs) == 2);
  auto shares = two.shares();
  REQUIRE(count_ended(recovery, shares, goes_on));
  CHECK(total_of(shares) == 3);
  CHECK(count_ended(recovery, {}, goes_on));
  CHECK(recover(recovery, {}, std::nullopt, goes_on));
}

TEST_CASE("who stops a recovery is told what is done, and it stays done") {
  TwoWebhooks two;
  for (int i = 0; i < 2'000; ++i) two.world.emit("project.created");
  two.world.run_for(10min);
  Recovery recovery = two.world.recovery();
  auto shares = two.shares();
  const Status stopped =
      recover(recovery, shares, std::nullopt, [](std::int64_t) { return false; });
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == ErrorCode::interrupted);
  CHECK(stopped.error().text == "interrupted: 1500 queued, the rest is unchanged");
  CHECK(done_of(shares) == 1'500);
  // The end is no interruption: there is nothing left to do.
  auto rest = two.shares();
  CHECK(recover(recovery, rest, std::nullopt, [](std::int64_t) { return false; }));
  CHECK(done_of(rest) == 505);
}

TEST_CASE("what is counted until somebody says no changes nothing") {
  TwoWebhooks two;
  Recovery recovery = two.world.recovery();
  auto shares = two.shares();
  const Status stopped = count_ended(recovery, shares, [](std::int64_t) { return false; });
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().text == "interrupted; nothing was changed");
}

TEST_CASE("a failure tells how many there were before") {
  TwoWebhooks two;
  Member viewer{.name = "eve", .role = Role::viewer};
  Recovery recovery(two.world.store().recovery(), two.world.store().queue(), two.world.clock,
                    viewer);
  auto shares = two.shares();
  const Status refused = cancel_pending(recovery, shares.front(), goes_on);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::not_permitted);
  CHECK(refused.error().text.ends_with(" (0 already cancelled)"));
}

TEST_CASE("what is to be recovered is meant in words, and the field at fault is named") {
  const Time now = *parse_rfc3339("2026-01-15T10:30:00Z");
  const PlainWording flags("--");
  const auto dead = read_query(RecoveryQuery{.states = {"dead"}}, now, flags);
  REQUIRE(dead);
  CHECK(dead->dead);
  CHECK_FALSE(dead->missed);
  const auto both = read_query(RecoveryQuery{.since = "2h", .until = "1h"}, now, flags);
  REQUIRE(both);
  CHECK(both->dead);
  CHECK(both->missed);
  CHECK(both->since == now - 2h);
  CHECK(both->before == now - 1h);
  const auto wrong = read_query(RecoveryQuery{.states = {"deaf"}}, now, flags);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().text.starts_with("--state: \"deaf\""));
  CHECK(remark_text(wrong.error().hint) == "did you mean \"dead\"?");
  const auto backwards = read_query(RecoveryQuery{.since = "1h", .until = "2h"}, now, plain);
  REQUIRE_FALSE(backwards);
  CHECK(backwards.error().code == ErrorCode::usage);
}

TEST_CASE("ids stand one a line, however the lines end") {
  const std::string id = to_text(DeliveryId{EventId{4096}, EndpointId{7}});
  const auto ids = read_delivery_ids("\n  " + id + "\r\n\n" + id);
  REQUIRE(ids);
  CHECK(ids->size() == 2);
  CHECK(to_text(ids->front()) == id);
  const auto wrong = read_delivery_ids(id + "\nevt_1\n");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == ErrorCode::not_found);
}

TEST_CASE("a preview tells what there is of each webhook, and how long it takes") {
  TwoWebhooks two;
  Recovery recovery = two.world.recovery();
  auto shares = two.shares({.webhook = "crm"});
  REQUIRE(count_ended(recovery, shares, goes_on));
  const std::string document = recovery_preview_document(shares, 1.0);
  CHECK(*json_find(document, "count") == "3");
  CHECK(*json_find(document, "takesMs") == "2000");
  const auto webhooks = json_elements(*json_find(document, "webhooks"));
  REQUIRE(webhooks.size() == 1);
  CHECK(*json_find(webhooks[0], "counts") ==
        R"([{"state":"dead","event":"project.created","count":3}])");
}

TEST_CASE("retried deliveries tell whether they changed, and whose they are") {
  TwoWebhooks two;
  two.world.webhooks().disable("crm", "").value();
  const Receipt receipt = two.world.emit("comment.created");
  const DeliveryId pending{receipt.id, two.world.endpoint("docs").id};
  Recovery recovery = two.world.recovery();
  const auto report = retry_deliveries(two.world.store(), recovery, {&pending, 1});
  REQUIRE(report);
  CHECK(report->changed() == 0);  // it was due already
  REQUIRE(report->webhooks().size() == 1);
  CHECK(report->webhooks()[0]->name == "docs");
}

TEST_CASE("what is due is visited webhook by webhook, without those that are held") {
  TwoWebhooks two;
  Recovery recovery = two.world.recovery();
  auto shares = two.shares();
  REQUIRE(recover(recovery, shares, std::nullopt, goes_on));
  two.world.webhooks().disable("crm", "").value();
  std::vector<std::string> held;
  std::size_t seen = 0;
  bool taken = true;
  const DueVisitor visitor{.held =
                               [&](const EndpointSummary& endpoint, const WebhookHold& hold) {
                                 CHECK(hold.why == WebhookHold::Why::disabled);
                                 held.push_back(endpoint.name);
                               },
                           .due = [&](const EndpointSummary& endpoint,
                                      std::span<const QueuedDelivery> rows) -> Result<bool> {
                             CHECK(endpoint.name == "docs");
                             seen += rows.size();
                             for (const QueuedDelivery& row : rows) CHECK(row.body.empty());
                             return taken;
                           }};
  const Time later = two.world.clock.now().wall + 1min;
  CHECK(visit_due(two.world.store(), later, visitor).value() == 2);
  CHECK(held == std::vector<std::string>{"crm"});
  CHECK(seen == 2);
  taken = false;
  CHECK(visit_due(two.world.store(), later, visitor).value() == 0);
}

TEST_CASE("a webhook that is paused is held until a moment") {
  TwoWebhooks two;
  two.world.sender.behaviour = [](const SendRequest&) { return answer(500); };
  for (int i = 0; i < 6; ++i) {
    two.world.emit("project.created");
    two.world.run_for(1s);
  }
  const EndpointSummary crm = summary_of(two.world.endpoint("crm"));
  const EndpointSummary docs = summary_of(two.world.endpoint("docs"));
  const EndpointSummary* both[] = {&docs, &crm};
  const Time now = two.world.clock.now().wall;
  const auto held = held_webhooks(two.world.store(), both, now);
  REQUIRE(held);
  REQUIRE(held->size() == 1);
  CHECK((*held)[0].webhook == &crm);
  CHECK((*held)[0].hold.why == WebhookHold::Why::paused);
  const Time until = (*held)[0].hold.until;
  CHECK(until > now);
  CHECK_FALSE(hold_of(two.world.store(), crm, until).value().has_value());
}

}  // namespace thig
