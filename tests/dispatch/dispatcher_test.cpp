// What the dispatcher does with time: deliveries, retries, pause, disabling, sweeps, stops.
#include "core/rules/retry_schedule.h"
#include "tests/support/sample_pem.h"
#include "tests/support/temp_dir.h"
#include "tests/support/world.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace thig;

namespace {

FakeSender::Reply no_connection() {
  return {.outcome = TransportFailed{.kind = FailureKind::connect, .detail = "refused"},
          .latency = 1ms};
}

}  // namespace

TEST_CASE("an event is delivered at once, signed, with the stored body") {
  World world;
  const Endpoint crm = world.add("crm");
  world.run_for(2s);
  const Receipt receipt = world.emit("project.created", R"({"projectId":"proj_1"})");
  world.run_for(100ms);

  // webhook.created of crm itself was raised before crm was there to hear it.
  REQUIRE(world.sender.sent.size() == 1);
  const auto& sent = world.sender.sent.front();
  CHECK(sent.webhook_id == to_text(DeliveryId{receipt.id, crm.id}));
  CHECK(sent.body ==
        event_body(receipt.id, "project.created", receipt.at, R"({"projectId":"proj_1"})"));
  CHECK(header_of(sent.headers, "content-type") == "application/json");
  CHECK(header_of(sent.headers, "webhook-timestamp") ==
        std::to_string(to_unix_seconds(sent.at.wall)));
  const std::string signature = header_of(sent.headers, "webhook-signature");
  CHECK(signature.starts_with("v1,"));
  CHECK(signature.find(" t1,") != std::string::npos);

  const Delivery delivery = world.delivery(receipt, crm);
  CHECK(delivery.state == DeliveryState::delivered);
  CHECK(delivery.attempts == 1);
  CHECK(delivery.last->status == 200);
  REQUIRE(world.ledger.attempt_reports.size() == 1);
  CHECK(world.ledger.attempt_reports[0].state == DeliveryState::delivered);
}

TEST_CASE("a dead endpoint gets 4 attempts within the hour, then the delivery is dead") {
  World world;
  const Endpoint crm = world.add("crm");
  world.sender.behaviour = [](const SendRequest&) { return answer(500); };
  const Receipt receipt = world.emit();
  const Time start = world.clock.now().wall;
  world.run_for(24h);

  std::vector<Time> tries;
  std::set<std::string> ids, bodies;
  for (const auto& sent : world.sender.sent) {
    if (!sent.body.contains(to_text(receipt.id))) continue;
    tries.push_back(sent.at.wall);
    ids.insert(sent.webhook_id);
    bodies.insert(sent.body);
  }
  REQUIRE(tries.size() == 4);
  CHECK(ids.size() == 1);
  CHECK(bodies.size() == 1);
  CHECK(tries.back() - start <= 1h);
  const Millis waits[] = {170s, 680s, 2720s};
  for (int i = 0; i < 3; ++i) {
    const Millis wait = tries[i + 1] - tries[i];
    CHECK(wait <= waits[i] + 1s);
    CHECK(wait >= waits[i] * 9 / 10);
  }
  CHECK(world.delivery(receipt, crm).state == DeliveryState::dead);
  CHECK(world.delivery(receipt, crm).attempts == 4);
}

TEST_CASE(
    "a dead delivery raises webhook.delivery_exhausted for those who asked, and never for itself") {
  World world;
  const Endpoint crm = world.add("crm", {"project.*"});
  const Endpoint ops = world.add("ops", {"webhook.*"});
  world.sender.behaviour = [&](const SendRequest& request) {
    return answer(request.target->endpoint == crm.id ? 404 : 200);
  };
  world.emit();
  world.run_for(2h);
  int notices = 0;
  for (const auto& sent : world.sender.sent) {
    notices += sent.body.contains("webhook.delivery_exhausted") ? 1 : 0;
  }
  CHECK(notices == 1);

  // Now the notices themselves cannot be delivered: no notice of that.
  world.sender.behaviour = [](const SendRequest&) { return answer(404); };
  world.sender.sent.clear();
  world.emit();
  world.run_for(10h);
  std::set<std::string> notice_ids;
  for (const auto& sent : world.sender.sent) {
    if (sent.endpoint == ops.id && sent.body.contains("delivery_exhausted")) {
      notice_ids.insert(sent.webhook_id);
    }
  }
  CHECK(notice_ids.size() == 1);
}

TEST_CASE("ten failures in a row over an hour disable the webhook; what comes then is missed") {
  World world;
  const Endpoint crm = world.add("crm");
  const Endpoint ops = world.add("ops", {"webhook.*"});
  world.sender.behaviour = [&](const SendRequest& request) {
    return request.target->endpoint == crm.id ? no_connection() : answer(200);
  };
  for (int i = 0; i < 20; ++i) world.emit();
  world.run_for(59min);
  CHECK(world.endpoint("crm").state == EndpointState::enabled);
  CHECK(world.ledger.failing_names == std::vector<std::string>{"crm"});
  world.run_for(1h);

  const Endpoint disabled = world.endpoint("crm");
  CHECK(disabled.state == EndpointState::disabled);
  CHECK(disabled.disabled_by == DisabledBy::failures);
  CHECK(disabled.state_reason.contains("failed attempts in a row"));
  CHECK(disabled.state_since > disabled.created_at + 1h);
  CHECK(world.ledger.disabled_names == std::vector<std::string>{"crm"});

  const std::size_t tries = world.sender.sent.size();
  const Receipt late = world.emit();
  CHECK(late.missed == std::vector{crm.id});
  CHECK(world.delivery(late, crm).state == DeliveryState::missed);
  world.run_for(2h);
  std::set<std::string> told;
  for (std::size_t i = 0; i < world.sender.sent.size(); ++i) {
    const auto& sent = world.sender.sent[i];
    if (i >= tries) CHECK(sent.endpoint == ops.id);
    for (const char* notice : {"webhook.failing", "webhook.disabled"}) {
      if (sent.endpoint == ops.id && sent.body.contains(notice)) told.insert(notice);
    }
  }
  CHECK(told.size() == 2);

  // What was pending is still there, and goes on when the webhook is enabled.
  CHECK(world.stats(crm).pending > 0);
  world.sender.behaviour = nullptr;
  REQUIRE(world.webhooks().enable("crm"));
  world.dispatcher().poke();
  world.run_for(1h);
  CHECK(world.stats(crm).pending == 0);
  CHECK(world.stats(crm).missed == 1);
}

TEST_CASE("a pause and its end are told, each once, to those who name them") {
  World world;
  const Endpoint crm = world.add("crm", {"project.*"});
  const Endpoint ops = world.add("ops", {"webhook.paused", "webhook.recovered"});
  world.add("all", {"*"});
  world.sender.behaviour = [&](const SendRequest& request) {
    return request.target->endpoint == crm.id ? answer(503) : answer(200);
  };
  for (int i = 0; i < 8; ++i) world.emit();
  world.run_for(30min);
  CHECK(world.ledger.paused_names.size() > 1);  // paused again by each probe that failed
  world.sender.behaviour = nullptr;
  world.run_for(1h);

  std::vector<std::string> told;
  for (const auto& report : world.ledger.attempt_reports) {
    if (report.endpoint_name == "ops") told.push_back(report.event_type);
    if (report.endpoint_name == "all") CHECK(report.event_type == "project.created");
  }
  CHECK(told == std::vector<std::string>{"webhook.paused", "webhook.recovered"});
  for (const auto& sent : world.sender.sent) {
    if (sent.endpoint != ops.id || !sent.body.contains("webhook.paused")) continue;
    CHECK(sent.body.contains(R"("url":"https://example.com","pausedUntil":"20)"));
  }
}

TEST_CASE("410 disables at once") {
  World world;
  const Endpoint crm = world.add("crm");
  world.sender.behaviour = [](const SendRequest&) { return answer(410); };
  const Receipt receipt = world.emit();
  world.run_for(1s);
  CHECK(world.endpoint("crm").state == EndpointState::disabled);
  CHECK(world.endpoint("crm").disabled_by == DisabledBy::gone);
  CHECK(world.delivery(receipt, crm).state == DeliveryState::dead);
  CHECK(world.sender.sent.size() == 1);

  const auto trail = *world.store().config().audit({.limit = 1});
  REQUIRE(trail.size() == 1);
  CHECK(trail[0].actor.name.empty());
  CHECK(trail[0].action == "webhook.disable");
  CHECK(trail[0].subject == "crm");
  CHECK(trail[0].before == R"({"state":"enabled","reason":null})");
  CHECK(trail[0].after.contains("410 Gone"));
}

TEST_CASE("five failures pause the lane: its rows keep their attempts, one probe at a time") {
  World world;
  const Endpoint crm = world.add("crm");
  bool up = false;
  world.sender.behaviour = [&](const SendRequest&) { return up ? answer(200) : no_connection(); };
  for (int i = 0; i < 100; ++i) world.emit();
  world.run_for(25s);
  const std::size_t before = world.sender.sent.size();
  CHECK(before >= 5);
  CHECK(before <= 6);  // the window is 2: at most one more was under way
  CHECK(world.ledger.paused_names.size() == 1);

  world.run_for(10s);  // 27 to 30 s after pause: one probe
  CHECK(world.sender.sent.size() == before + 1);
  up = true;
  world.run_for(2min);
  CHECK(world.stats(crm).pending < 100);
  world.run_for(1h);
  CHECK(world.stats(crm).delivered == 100);
  CHECK(world.stats(crm).attempts_failed == std::int64_t(before + 1));
}

TEST_CASE("pause, streak and window survive a restart") {
  World world;
  const Endpoint crm = world.add("crm");
  world.sender.behaviour = [](const SendRequest&) { return no_connection(); };
  for (int i = 0; i < 50; ++i) world.emit();
  world.run_for(5s);
  const std::size_t before = world.sender.sent.size();
  world.crash();
  world.run_for(15s);
  CHECK(world.sender.sent.size() == before);
}

TEST_CASE("Retry-After of a 503 lengthens the wait") {
  World world;
  const Endpoint crm = world.add("crm");
  bool first = true;
  world.sender.behaviour = [&](const SendRequest&) {
    auto reply = answer(std::exchange(first, false) ? 503 : 200);
    std::get<Responded>(reply.outcome).retry_after = "1800";
    return reply;
  };
  world.emit();
  world.run_for(2h);
  REQUIRE(world.sender.sent.size() == 2);
  CHECK(world.sender.sent[1].at.steady - world.sender.sent[0].at.steady >= 30min);
}

TEST_CASE("a crash in mid-flight loses nothing: the same request goes out again at once") {
  World world;
  const Endpoint crm = world.add("crm");
  world.sender.behaviour = [](const SendRequest&) { return answer(200, 5s); };
  const Receipt receipt = world.emit();
  world.run_for(1s);
  REQUIRE(world.sender.sent.size() == 1);
  world.crash();
  world.run_for(10s);
  REQUIRE(world.sender.sent.size() == 2);
  CHECK(world.sender.sent[0].webhook_id == world.sender.sent[1].webhook_id);
  CHECK(world.sender.sent[0].body == world.sender.sent[1].body);
  CHECK(world.delivery(receipt, crm).state == DeliveryState::delivered);
  CHECK(world.delivery(receipt, crm).attempts == 1);
}

TEST_CASE(
    "a graceful stop starts nothing, settles what comes back and spends nothing on the rest") {
  World world;
  const Endpoint crm = world.add("crm");
  world.sender.behaviour = [](const SendRequest&) { return answer(200, 1min); };
  const Receipt cut = world.emit();
  world.run_for(1s);
  world.dispatcher().stop();
  const Receipt later = world.emit();
  world.run_for(1s);
  CHECK(world.sender.sent.size() == 1);
  world.sender.interrupt();
  world.run_for(1s);
  CHECK(world.dispatcher().in_flight() == 0);
  CHECK(world.dispatcher().unsettled() == 0);
  for (const Receipt& receipt : {cut, later}) {
    CHECK(world.delivery(receipt, crm).state == DeliveryState::pending);
    CHECK(world.delivery(receipt, crm).attempts == 0);
  }
}

TEST_CASE("a sweep makes every attempt that is due, and only those") {
  World world;
  const Endpoint crm = world.add("crm");
  bool up = false;
  world.sender.behaviour = [&](const SendRequest&) { return answer(up ? 200 : 404); };
  for (int i = 0; i < 300; ++i) world.emit();
  world.sweep();
  CHECK(world.sender.sent.size() == 300);
  world.sweep();
  CHECK(world.sender.sent.size() == 300);
  up = true;
  world.clock.advance(171s);
  world.sweep();
  CHECK(world.sender.sent.size() == 600);
  CHECK(world.stats(crm).delivered == 300);
  CHECK(world.stats(crm).pending == 0);
}

TEST_CASE("the wall clock may jump: nothing is stuck, nothing storms") {
  for (const Millis jump : {Millis(24h * 365), Millis(-24h), Millis(-24h * 365 * 30)}) {
    CAPTURE(jump.count());
    World world;
    const Endpoint crm = world.add("crm");
    bool up = false;
    world.sender.behaviour = [&](const SendRequest&) { return answer(up ? 200 : 500); };
    const Receipt before = world.emit();
    world.run_for(1s);
    world.clock.jump(jump);
    const Receipt after = world.emit();
    world.run_for(2s);
    CHECK(world.sender.sent.size() >= 2);
    CHECK(world.sender.sent.size() <= 3);
    up = true;
    world.run_for(20min);
    CHECK(world.delivery(before, crm).state == DeliveryState::delivered);
    CHECK(world.delivery(after, crm).state == DeliveryState::delivered);
    CHECK(world.delivery(after, crm).attempts <= 2);
  }
}

TEST_CASE("a webhook removed or disabled while its rows are in flight ends quietly") {
  World world;
  const Endpoint crm = world.add("crm");
  const Endpoint erp = world.add("erp");
  world.sender.behaviour = [](const SendRequest&) { return answer(500, 3s); };
  for (int i = 0; i < 10; ++i) world.emit("comment.created");
  world.run_for(1s);
  REQUIRE(world.webhooks().remove("crm"));
  REQUIRE(world.webhooks().disable("erp", "maintenance"));
  world.dispatcher().poke();
  const std::size_t started = world.sender.sent.size();
  world.run_for(2h);
  CHECK(world.sender.sent.size() == started);
  CHECK(world.endpoint("erp").state_reason == "maintenance");
  CHECK_FALSE(world.store().config().find_endpoint("crm"));
}

TEST_CASE(
    "a webhook whose TLS files cannot be used waits, its attempts unspent, and no other does") {
  TempDir folder;
  const auto write = [&](const std::string& name, std::string_view text) {
    std::ofstream(folder.path(name)) << text;
    return folder.path(name);
  };
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.settings.client_cert = write("cert", sample_certificate);
  draft.settings.client_key = write("key", sample_key);
  const Endpoint crm = world.add(draft);
  const Endpoint other = world.add("other");
  write("key", sample_key_encrypted);  // afterwards
  const Receipt receipt = world.emit();
  world.run_for(1s);
  CHECK(world.delivery(receipt, other).state == DeliveryState::delivered);
  CHECK(world.ledger.blocked_names == std::vector<std::string>{"crm"});
  world.run_for(10min);
  CHECK(world.ledger.blocked_names.size() == 11);  // looked at again every minute
  CHECK(world.delivery(receipt, crm).state == DeliveryState::pending);
  CHECK(world.delivery(receipt, crm).attempts == 0);
  CHECK(world.sender.sent.size() == 1);

  write("key", sample_key);
  world.run_for(61s);
  CHECK(world.delivery(receipt, crm).state == DeliveryState::delivered);
  CHECK(world.delivery(receipt, crm).attempts == 1);
}

TEST_CASE("TLS files that were replaced are taken within a minute, and at a reload at once") {
  TempDir folder;
  const auto put = [&](const std::string& name, std::string_view text) {
    std::ofstream(folder.path("new")) << text;
    std::filesystem::rename(folder.path("new"), folder.path(name));
    return folder.path(name);
  };
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.settings.client_cert = put("cert", sample_certificate);
  draft.settings.client_key = put("key", sample_key);
  world.add(draft);
  std::set<TlsStamp> used;
  std::set<std::shared_ptr<const SendTarget>> targets;
  world.sender.behaviour = [&](const SendRequest& request) {
    used.insert(request.target->tls);
    targets.insert(request.target);
    return answer(200, 1ms);
  };
  const auto deliver_one = [&] {
    const std::size_t before = world.sender.sent.size();
    world.emit();
    world.run_for(1s);
    REQUIRE(world.sender.sent.size() == before + 1);
  };
  deliver_one();
  world.run_for(2min);
  deliver_one();
  world.dispatcher().reload({});
  deliver_one();
  CHECK(targets.size() == 1);  // nothing was replaced: the same connections

  put("cert", sample_certificate);
  world.run_for(61s);
  deliver_one();
  CHECK(used.size() == 2);
  put("key", sample_key);
  world.dispatcher().reload({});
  deliver_one();
  CHECK(used.size() == 3);
}

TEST_CASE("what this machine could not send is no attempt") {
  World world;
  const Endpoint crm = world.add("crm");
  world.sender.behaviour = [](const SendRequest&) -> FakeSender::Reply {
    return {.outcome = TransportFailed{.kind = FailureKind::local,
                                       .detail = "unable to load the CA file",
                                       .fault = Fault::own_files},
            .latency = 1ms};
  };
  const Receipt receipt = world.emit();
  world.run_for(10min);
  CHECK(world.delivery(receipt, crm).attempts == 0);
  CHECK(world.delivery(receipt, crm).state == DeliveryState::pending);
  CHECK(world.sender.sent.size() == 10);  // once a minute, not in a busy loop
  CHECK(world.endpoint("crm").state == EndpointState::enabled);
  world.sender.behaviour = nullptr;
  world.run_for(61s);
  CHECK(world.delivery(receipt, crm).attempts == 1);
  CHECK(world.delivery(receipt, crm).state == DeliveryState::delivered);
}
