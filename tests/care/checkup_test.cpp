#include "core/care/checkup.h"

#include "tests/support/passing_queue.h"
#include "tests/support/passing_store.h"
#include "tests/support/remark_text.h"
#include "tests/support/store_samples.h"
#include "tests/support/world.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace thig {
namespace {

constexpr Millis one_day = 24 * hour;

// An installation in which all is well.
CheckupFacts good() {
  CheckupFacts facts;
  facts.now = *parse_rfc3339("2026-06-01T12:00:00Z");
  DatabaseExamination& db = facts.database;
  db.file = {"/d/hooks.db", true, true, 0600, 1u << 20};
  db.wal = {"/d/hooks.db-wal", true, true, 0600, 4u << 20};
  db.shm = {"/d/hooks.db-shm", true, true, 0600, 32u << 10};
  db.folder = {"/d", true, true, 0700, 4096};
  db.free_space = std::uint64_t{10} << 30;
  db.free_space_floor = 32u << 20;
  db.schema = db.newest_schema = 3;
  db.checked = DatabaseExamination::Extent::structure;
  db.key_used = true;
  db.created_at = facts.now - 30 * one_day;
  db.newest_event = facts.now - minute;
  db.dispatcher_time = db.dispatcher_wall = facts.now - minute;
  facts.libraries = {"3.51.3", "8.5.0", "3.0.17"};
  facts.dispatching_pid = 77;
  WebhookFacts crm;
  crm.endpoint = sample_endpoint("crm", 1);
  facts.work = WorkFacts{.webhooks = {crm},
                         .waiting_requests = 0,
                         .newest_waiting = {},
                         .api_keys = {},
                         .members = {}};
  return facts;
}

Finding finding(const CheckupFacts& facts, std::string_view check) {
  const auto all = evaluate(facts);
  // Of several of one check the worst.
  const Finding* worst = nullptr;
  for (const Finding& one : all) {
    if (one.check == check && (worst == nullptr || one.state > worst->state)) worst = &one;
  }
  REQUIRE_MESSAGE(worst != nullptr, check);
  return *worst;
}

HandshakeFacts handshake(Outcome outcome, std::optional<Time> ends = {}) {
  HandshakeFacts facts{.endpoint = sample_endpoint("crm", 1), .finished = {}};
  facts.finished.outcome = std::move(outcome);
  facts.finished.address = "192.0.2.1";
  auto seen = std::make_shared<Observation>();
  seen->tls_version = "TLSv1.3";
  if (ends)
    seen->certificate =
        CertificateFacts{.subject = "crm", .issuer = "ca", .not_before = {}, .not_after = ends};
  facts.finished.observation = std::move(seen);
  return facts;
}

using enum CheckState;

const struct Spoilt {
  const char* name;
  void (*spoil)(CheckupFacts&);
  const char* check;
  CheckState state;
} spoilt[] = {
    {"no database",
     [](CheckupFacts& f) {
       f.database.file.exists = false;
       f.database.failure = Error{ErrorCode::not_found, "there is no database", "make it"};
       f.work.reset();
     },
     "database", fault},
    {"older schema", [](CheckupFacts& f) { f.database.schema = 2; }, "database", warning},
    {"read-only file system",
     [](CheckupFacts& f) { f.database.unwritable = "/d: Read-only file system"; }, "database",
     fault},
    {"copy of before an upgrade",
     [](CheckupFacts& f) {
       f.database.copies = {{"/d/hooks.db.schema-2", true, true, 0600, 4096}};
     },
     "upgrade", warning},
    {"counters that are wrong",
     [](CheckupFacts& f) { f.database.miscounts = {"crm counts 3 dead, but 2 are recorded"}; },
     "counters", fault},
    {"unreadable rows",
     [](CheckupFacts& f) {
       f.work_failure = Error{ErrorCode::database, "damaged", "restore"};
       f.work.reset();
       f.database.schema = 2;
     },
     "database", fault},
    {"damage", [](CheckupFacts& f) { f.database.problems = {"page 7 is lost"}; }, "integrity",
     fault},
    {"open to readers", [](CheckupFacts& f) { f.database.file.mode = 0640; }, "permissions",
     warning},
    {"open to writers", [](CheckupFacts& f) { f.database.wal.mode = 0620; }, "permissions", fault},
    {"open folder", [](CheckupFacts& f) { f.database.folder.mode = 0777; }, "permissions", fault},
    {"sticky folder", [](CheckupFacts& f) { f.database.folder.mode = 01777; }, "permissions",
     warning},
    {"another's index", [](CheckupFacts& f) { f.database.shm.ours = false; }, "permissions",
     warning},
    {"shared, but its index is not",
     [](CheckupFacts& f) {
       f.database.file.mode = 0660;
       f.database.folder.mode = 02770;
       f.database.shm.mode = 0600;
     },
     "permissions", fault},
    {"shared by its mode alone", [](CheckupFacts& f) { f.database.file.mode = 0660; },
     "permissions", fault},
    {"full disk", [](CheckupFacts& f) { f.database.free_space = 1u << 20; }, "disk", fault},
    {"nearly full disk", [](CheckupFacts& f) { f.database.free_space = 100u << 20; }, "disk",
     warning},
    {"long journal", [](CheckupFacts& f) { f.database.wal.size = 100u << 20; }, "wal", warning},
    {"lost key",
     [](CheckupFacts& f) {
       f.database.key_failure = Error{ErrorCode::key, "no such file", "restore it"};
     },
     "key", fault},
    {"clock of 1970", [](CheckupFacts& f) { f.now = Time{}; }, "clock", fault},
    {"clock before the database", [](CheckupFacts& f) { f.database.created_at = f.now + hour; },
     "clock", fault},
    {"clock set back", [](CheckupFacts& f) { f.database.newest_event = f.now + minute; }, "clock",
     warning},
    {"clock set far back", [](CheckupFacts& f) { f.database.newest_event = f.now + 2 * hour; },
     "clock", fault},
    {"deliveries ahead of the clock",
     [](CheckupFacts& f) { f.database.dispatcher_time = f.now + minute; }, "clock", warning},
    {"old SQLite", [](CheckupFacts& f) { f.libraries.sqlite = "3.34.1"; }, "sqlite", warning},
    {"old libcurl", [](CheckupFacts& f) { f.libraries.curl = "7.74.0"; }, "libcurl", warning},
    {"old OpenSSL", [](CheckupFacts& f) { f.libraries.openssl = "1.1.1w"; }, "openssl", warning},
    {"OpenSSL with a hole", [](CheckupFacts& f) { f.libraries.openssl = "3.0.5"; }, "openssl",
     fault},
    {"disabled by failures",
     [](CheckupFacts& f) {
       Endpoint& endpoint = f.work->webhooks[0].endpoint;
       endpoint.state = EndpointState::disabled;
       endpoint.disabled_by = DisabledBy::failures;
       endpoint.state_since = f.now - 3 * hour;
     },
     "webhooks", fault},
    {"disabled by 410",
     [](CheckupFacts& f) {
       f.work->webhooks[0].endpoint.state = EndpointState::disabled;
       f.work->webhooks[0].endpoint.disabled_by = DisabledBy::gone;
     },
     "webhooks", fault},
    {"paused",
     [](CheckupFacts& f) {
       f.work->webhooks[0].health.failing_since = f.now - hour;
       f.work->webhooks[0].health.paused_until = f.now + minute;
     },
     "webhooks", warning},
    {"failing", [](CheckupFacts& f) { f.work->webhooks[0].health.failing_since = f.now - hour; },
     "webhooks", warning},
    {"dead deliveries", [](CheckupFacts& f) { f.work->webhooks[0].stats.dead = 3; }, "recoverable",
     warning},
    {"due while nobody delivers",
     [](CheckupFacts& f) {
       f.dispatching_pid.reset();
       f.work->webhooks[0].stats.next_due = f.now - 30 * minute;
     },
     "delivering", warning},
    {"long due while nobody delivers",
     [](CheckupFacts& f) {
       f.dispatching_pid.reset();
       f.work->webhooks[0].stats.next_due = f.now - 2 * hour;
     },
     "delivering", fault},
    {"run that does nothing",
     [](CheckupFacts& f) {
       f.work->webhooks[0].stats.next_due = f.now - 2 * hour;
       f.database.dispatcher_time = f.database.dispatcher_wall = f.now - hour;
     },
     "delivering", fault},
    {"actions that nobody runs", [](CheckupFacts& f) { f.work->waiting_requests = 2; }, "incoming",
     fault},
    {"actions that nobody runs just now",
     [](CheckupFacts& f) {
       f.work->waiting_requests = 2;
       f.work->newest_waiting = f.now - second;
     },
     "incoming", warning},
    {"certificate that ends soon",
     [](CheckupFacts& f) { f.handshakes.push_back(handshake(Responded{}, f.now + 10 * one_day)); },
     "endpoint", warning},
    {"certificate that has ended",
     [](CheckupFacts& f) {
       f.handshakes.push_back(handshake(TransportFailed{.kind = FailureKind::tls,
                                                        .detail = "certificate has expired",
                                                        .fault = Fault::certificate_expired}));
     },
     "endpoint", fault},
    {"a backlog that is older than allowed",
     [](CheckupFacts& f) {
       f.work->webhooks[0].stats.next_due = f.now - 2 * minute;
       f.limits.backlog_age = minute;
     },
     "backlog", fault},
    {"more dead deliveries than allowed",
     [](CheckupFacts& f) {
       f.work->webhooks[0].stats.dead = 3;
       f.limits.dead = 2;
     },
     "dead", fault},
    {"refused address",
     [](CheckupFacts& f) { f.handshakes.push_back(handshake(Refused{"private"})); }, "endpoint",
     fault},
};

}  // namespace

TEST_CASE("where all is well, every finding is ok and none has advice") {
  for (const Finding& one : evaluate(good())) {
    INFO(one.check, ": ", one.text);
    CHECK(one.state == CheckState::ok);
    CHECK(remark_text(one.hint) == "");
    CHECK_FALSE(one.text.empty());
  }
  CHECK(evaluate(good()).size() >= 12);
}

TEST_CASE("each thing that is not well is found, with what to do") {
  for (const Spoilt& row : spoilt) {
    INFO(std::string(row.name));
    CheckupFacts facts = good();
    row.spoil(facts);
    const Finding found = finding(facts, row.check);
    CHECK(to_text(found.state) == to_text(row.state));
    CHECK_FALSE(found.hint.empty());
  }
}

TEST_CASE("what is within the limits is no fault") {
  CheckupFacts facts = good();
  facts.limits = {.backlog_age = minute, .dead = 2};
  CHECK(finding(facts, "backlog").state == CheckState::ok);
  WebhookFacts& crm = facts.work->webhooks[0];
  crm.stats.next_due = facts.now - minute;
  crm.stats.dead = 2;
  CHECK(finding(facts, "backlog").state == CheckState::ok);
  CHECK(finding(facts, "dead").state == CheckState::ok);
  // What waits because its webhook is paused, or disabled, is no backlog.
  crm.stats.next_due = facts.now - hour;
  crm.health.paused_until = facts.now + minute;
  CHECK(finding(facts, "backlog").state == CheckState::ok);
  crm.health.paused_until.reset();
  crm.endpoint.state = EndpointState::disabled;
  CHECK(finding(facts, "backlog").state == CheckState::ok);
}

TEST_CASE("keys that end soon, and those that nobody stands for, are told") {
  CheckupFacts facts = good();
  ApiKey key{.id = {1}, .name = "ci", .prefix = {}, .member = "ann", .scopes = {}};
  facts.work->members = {{.name = "ann", .role = Role::admin}};
  facts.work->api_keys = {key};
  CHECK(finding(facts, "API keys").state == CheckState::ok);
  CHECK(finding(facts, "API keys").text == "1 in use");
  facts.work->api_keys[0].expires_at = facts.now + 8 * one_day + hour;
  CHECK(finding(facts, "API keys").state == CheckState::ok);
  facts.work->api_keys[0].expires_at = facts.now + 7 * one_day + hour;
  CHECK(finding(facts, "API keys").state == CheckState::warning);
  CHECK(finding(facts, "API keys").text == "ci of ann expires in 7 days");
  facts.work->api_keys[0].enabled = false;
  CHECK(finding(facts, "API keys").text == "0 in use");
  facts.work->api_keys = {key};
  facts.work->members.clear();
  CHECK(finding(facts, "API keys").text == "ci has no access: ann is not a member");
}

TEST_CASE("the advice to recover is a whole command") {
  CheckupFacts facts = good();
  WebhookFacts& crm = facts.work->webhooks[0];
  crm.stats.missed = 2;
  crm.endpoint.created_at = facts.now - one_day;
  const Finding found = finding(facts, "recoverable");
  CHECK(remark_text(found.hint).find("thig-hooks recover crm --since 2026-05-31T12:00:00Z") !=
        std::string::npos);
}

TEST_CASE("TLS files that cannot be used are a fault, unless the webhook is disabled") {
  CheckupFacts facts = good();
  WebhookFacts& webhook = facts.work->webhooks[0];
  webhook.tls_files = Error{ErrorCode::invalid, "the key /k is encrypted", "store it without"};
  const Finding found = finding(facts, "webhooks");
  CHECK(found.state == fault);
  CHECK(found.text == "crm is paused: the key /k is encrypted");
  CHECK(remark_text(found.hint) == "store it without");
  webhook.endpoint.state = EndpointState::disabled;
  webhook.endpoint.disabled_by = DisabledBy::member;
  CHECK(finding(facts, "webhooks").state == CheckState::ok);
}

TEST_CASE("a paused webhook's backlog is a warning of the webhook, and no lack of deliveries") {
  CheckupFacts facts = good();
  facts.work->webhooks[0].stats.next_due = facts.now - 2 * hour;
  facts.work->webhooks[0].health.paused_until = facts.now + minute;
  facts.dispatching_pid.reset();
  CHECK(finding(facts, "webhooks").state == warning);
  CHECK(finding(facts, "delivering").state == CheckState::ok);
}

TEST_CASE("what looks like a fault but is none") {
  const struct {
    const char* name;
    void (*change)(CheckupFacts&);
  } rows[] = {
      {"a disabled webhook's backlog",
       [](CheckupFacts& f) {
         WebhookFacts& webhook = f.work->webhooks[0];
         webhook.endpoint.state = EndpointState::disabled;
         webhook.endpoint.disabled_by = DisabledBy::member;
         webhook.stats.next_due = f.now - 90 * one_day;
         f.dispatching_pid.reset();
       }},
      {"a backlog that is being worked off",
       [](CheckupFacts& f) { f.work->webhooks[0].stats.next_due = f.now - 2 * hour; }},
      {"just emitted, and cron comes in a minute",
       [](CheckupFacts& f) {
         f.work->webhooks[0].stats.next_due = f.now - second;
         f.dispatching_pid.reset();
       }},
      {"actions that are being run",
       [](CheckupFacts& f) {
         f.work->waiting_requests = 2;
         f.acting_pid = 88;
       }},
      {"a clock that was set by a second",
       [](CheckupFacts& f) { f.database.newest_event = f.now + second; }},
      {"a new database",
       [](CheckupFacts& f) {
         f.database.newest_event.reset();
         f.database.key_used = false;
         f.database.dispatcher_time = f.database.dispatcher_wall = {};
         f.database.created_at = f.now;
         f.work->webhooks.clear();
       }},
      {"SQLite with the fault that is kept out",
       [](CheckupFacts& f) { f.libraries.sqlite = "3.40.1"; }},
      {"a certificate that is good for long",
       [](CheckupFacts& f) {
         f.handshakes.push_back(handshake(Responded{}, f.now + 80 * one_day));
       }},
  };
  for (const auto& row : rows) {
    INFO(std::string(row.name));
    CheckupFacts facts = good();
    row.change(facts);
    for (const Finding& one : evaluate(facts)) {
      INFO(one.check, ": ", one.text);
      CHECK(one.state == CheckState::ok);
    }
  }
}

// Counts what it is asked of single webhooks.
struct CountingQueue : PassingQueue {
  using PassingQueue::PassingQueue;
  Result<std::vector<EndpointHealth>> healths(std::span<const EndpointId> endpoints) override {
    asked += endpoints.size();
    return PassingQueue::healths(endpoints);
  }
  std::size_t asked = 0;
};
struct StoreWithQueue : PassingStore {
  StoreWithQueue(Store& inner, QueueStore& queue) : PassingStore(inner), queue_(queue) {}
  QueueStore& queue() override { return queue_; }

 private:
  QueueStore& queue_;
};

TEST_CASE("only webhooks that fail are asked how") {
  World world;
  for (const char* name : {"a", "b", "c", "crm"}) {
    world.add(World::draft(name, {name == std::string("crm") ? "project.*" : "comment.*"}));
  }
  world.emit("project.created");
  world.sender.behaviour = [](const SendRequest&) {
    return FakeSender::Reply{
        .outcome = Responded{.status = 500, .retry_after = {}, .location = {}, .body = {}}};
  };
  world.run_for(second);
  CountingQueue queue(world.store().queue());
  StoreWithQueue store(world.store(), queue);
  const auto work = get(gather_work(store));
  CHECK(queue.asked == 1);
  REQUIRE(work.webhooks.size() == 4);
  CHECK(work.webhooks[3].endpoint.name == "crm");
  CHECK(work.webhooks[3].health.consecutive_failures == 1);
  CHECK(work.webhooks[0].health == EndpointHealth{});
}

TEST_CASE("facts are gathered of what webhooks and requests do") {
  World world;
  world.add("crm");
  world.add("erp");
  world.emit();
  world.sender.behaviour = [](const SendRequest&) {
    return FakeSender::Reply{
        .outcome = Responded{.status = 500, .retry_after = {}, .location = {}, .body = {}}};
  };
  world.run_for(second);
  const IncomingHookId hook = add_sample_incoming(world.store(), "orders", 9);
  receive_one(world.store(), sample_request(hook), world.clock.now().wall);
  const auto work = get(gather_work(world.store()));
  REQUIRE(work.webhooks.size() == 2);
  CHECK(work.webhooks[0].endpoint.name == "crm");
  CHECK(work.webhooks[0].health.failing_since);
  CHECK(work.webhooks[0].stats.next_due);
  CHECK(work.webhooks[0].stats.attempts_failed == 1);
  CHECK(work.waiting_requests == 1);
}

}  // namespace thig
