// Working requests off: together, in their order, by the configuration as it is.
#include "core/incoming/action_runner.h"

#include "core/rules/request_values.h"
#include "tests/incoming/field_rule.h"
#include "tests/incoming/no_sigpipe.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/fake_clock.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

struct Endings final : ActionObserver {
  std::vector<std::string> told;  // "inbox: done, …"
  std::function<void()> on_ended = [] {};
  void ended(const IncomingHook& hook, const IncomingRequest&,
             const ActionOutcome& outcome) override {
    told.push_back(hook.name + ": " + std::string(to_text(outcome.state)));
    on_ended();
  }
  void stuck(const Error&) override { FAIL("nothing here is stuck"); }
};
using Told = std::vector<std::string>;

// A database, a runner on it, and another connection to it, as of another process.
struct Workshop {
  SqlitePlace place;
  FakeClock clock;
  Endings endings;
  std::unique_ptr<Store> store = place.open();
  std::unique_ptr<Store> elsewhere = place.open();
  int events_told = 0;
  Turns turns;
  ActionRunner runner{*store, clock, place.random, turns, endings};

  Workshop() {
    store->on_change([this] { ++events_told; });
  }

  Time now() const { return clock.now().wall; }

  IncomingHookId add(IncomingHook hook) {
    ok(elsewhere->incoming().add(hook, sample_secret("token-" + hook.name), std::nullopt, now(),
                                 {}));
    return hook.id;
  }
  // What makes a project of /name, and what adds the note /text to /project.
  IncomingHookId add_projects(std::int64_t id) {
    IncomingHook hook = sample_incoming("projects", id);
    hook.action = {};
    hook.action.kind = ActionKind::create_project;
    hook.action.fields = {rule("name", "/name")};
    return add(hook);
  }
  IncomingHookId add_notes(std::int64_t id) {
    IncomingHook hook = sample_incoming("notes", id);
    hook.action = {};
    hook.action.kind = ActionKind::add_note;
    hook.action.fields = {rule("project", "/project"), rule("text", "/text")};
    return add(hook);
  }
  IncomingHookId add_command(std::int64_t id, std::string script) {
    IncomingHook hook = sample_incoming("command", id);
    hook.action = {};
    hook.action.kind = ActionKind::run;
    hook.action.command = {"/bin/sh", "-c", std::move(script)};
    hook.action.conditions = {get(parse_condition("/go=yes"))};
    return add(hook);
  }
  IncomingHookId add_emitting(std::int64_t id, const std::string& type = "project.updated") {
    IncomingHook hook = sample_incoming("emitting", id);
    hook.action.event_type = type;
    return add(hook);
  }

  RequestId receive(IncomingHookId hook, std::string body = "{}") {
    return receive_one(*elsewhere, sample_request(hook, {}, std::move(body)), now()).id;
  }
  std::vector<IncomingRequest> pending() {
    return get(store->requests().pending(std::nullopt, 100));
  }
  // As the worker does.
  void work() {
    ok(runner.actions().refresh());
    ok(runner.act(pending()));
  }
  IncomingRequest request(RequestId id) { return get(elsewhere->requests().one(id)); }
};

}  // namespace

TEST_CASE("many requests end together, each as it must") {
  Workshop shop;
  const auto projects = shop.add_projects(1);
  const auto emitting = shop.add_emitting(2);
  const RequestId good = shop.receive(projects, R"({"name":"Atlas"})");
  const RequestId bad = shop.receive(projects, "{}");
  const RequestId event = shop.receive(emitting);
  shop.clock.advance(second);
  shop.work();
  CHECK(shop.endings.told == Told{"projects: done", "projects: failed", "emitting: done"});
  CHECK(shop.pending().empty());
  const Project project = get(shop.elsewhere->requests().find_project("Atlas"));
  CHECK(project.source == "projects");
  CHECK(project.created_at == shop.now());
  const struct {
    RequestId id;
    RequestState state;
    std::string detail;
  } cases[] = {
      {good, RequestState::done, "project " + to_text(project.id)},
      {bad, RequestState::failed, "no value for name: there is nothing at /name"},
      {event, RequestState::done, "event of type project.updated"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.detail);
    const IncomingRequest ended = shop.request(c.id);
    CHECK(ended.state == c.state);
    CHECK(ended.detail == c.detail);
    CHECK(ended.runs == 1);
    CHECK(ended.ended_at == shop.now());
  }
  CHECK(incoming_stats_of(*shop.store, projects).failed == 1);
  CHECK(incoming_stats_of(*shop.store, emitting).failed == 0);
}

TEST_CASE("a note is for a project that a request before it on the page makes") {
  Workshop shop;
  const auto projects = shop.add_projects(1);
  const auto notes = shop.add_notes(2);
  shop.receive(notes, R"({"project":"Atlas","text":"too early"})");
  shop.receive(projects, R"({"name":"Atlas"})");
  shop.receive(notes, R"({"project":"Atlas","text":"first"})");
  shop.receive(projects, R"({"name":"Boreas"})");
  shop.receive(notes, R"({"project":"Boreas","text":"second"})");
  shop.receive(notes, R"({"project":"Atlas","text":"third"})");
  shop.work();
  CHECK(shop.endings.told == Told{"notes: failed", "projects: done", "notes: done",
                                  "projects: done", "notes: done", "notes: done"});
  const auto texts_of = [&](const std::string& name) {
    std::vector<std::string> texts;
    const Project project = get(shop.store->requests().find_project(name));
    for (const Note& note : get(shop.store->requests().notes(project.id)))
      texts.push_back(note.text);
    std::ranges::sort(texts);
    return texts;
  };
  CHECK(texts_of("Atlas") == Told{"first", "third"});
  CHECK(texts_of("Boreas") == Told{"second"});
}

TEST_CASE("events are raised for who asks for them now, and deliveries woken") {
  Workshop shop;
  const auto emitting = shop.add_emitting(1);
  shop.receive(emitting);
  ok(shop.runner.actions().refresh());
  const auto page = shop.pending();
  // Since the runner has looked, somebody else has asked for them.
  const EndpointId crm = add_sample(*shop.elsewhere, "crm", 1);
  ok(shop.runner.act(page));
  CHECK(shop.events_told == 1);
  CHECK(all_due(*shop.store, crm).size() == 1);
  CHECK(shop.endings.told == Told{"emitting: done"});

  const auto projects = shop.add_projects(2);
  shop.receive(projects, "{}");  // fails: there is nothing to tell
  shop.work();
  CHECK(shop.events_told == 1);
  shop.receive(projects, R"({"name":"Atlas"})");
  shop.work();
  CHECK(shop.events_told == 2);
  CHECK(all_due(*shop.store, crm).size() == 2);
}

TEST_CASE("settings that changed meanwhile are what is gone by") {
  Workshop shop;
  const auto emitting = shop.add_emitting(1);
  const RequestId id = shop.receive(emitting);
  ok(shop.runner.actions().refresh());
  IncomingHook changed = *get(shop.runner.actions().find(emitting));
  changed.action.event_type = "project.archived";
  ok(shop.elsewhere->incoming().update(changed, std::nullopt, shop.now(), {}));
  ok(shop.runner.act(shop.pending()));
  CHECK(shop.request(id).detail == "event of type project.archived");
  CHECK(get(shop.runner.actions().find(emitting))->action.event_type == "project.archived");
}

TEST_CASE("a webhook that was added meanwhile is known") {
  Workshop shop;
  shop.add_emitting(1);
  ok(shop.runner.actions().refresh());
  const auto projects = shop.add_projects(2);
  const RequestId of_new = shop.receive(projects, R"({"name":"Atlas"})");
  ok(shop.runner.act(shop.pending()));
  CHECK(shop.request(of_new).state == RequestState::done);
  CHECK(shop.endings.told == Told{"projects: done"});
}

TEST_CASE("the requests of a webhook that was removed are gone with it, the others end") {
  Workshop shop;
  const auto emitting = shop.add_emitting(1);
  const auto projects = shop.add_projects(2);
  const RequestId gone = shop.receive(emitting);
  const RequestId stays = shop.receive(projects, R"({"name":"Atlas"})");
  ok(shop.runner.actions().refresh());
  const auto page = shop.pending();
  REQUIRE(page.size() == 2);
  ok(shop.elsewhere->incoming().remove(emitting, shop.now(), {}));
  ok(shop.runner.act(page));
  CHECK(shop.endings.told == Told{"projects: done"});
  CHECK(shop.request(stays).state == RequestState::done);
  CHECK(code_of(shop.elsewhere->requests().one(gone)) == ErrorCode::not_found);
  ok(shop.runner.act({}));
}

TEST_CASE("what somebody else has ended has its effects once") {
  Workshop shop;
  const auto projects = shop.add_projects(1);
  const RequestId id = shop.receive(projects, R"({"name":"Atlas"})");
  ok(shop.runner.actions().refresh());
  const auto page = shop.pending();
  ok(shop.runner.act(page));
  ok(shop.runner.act(page));
  CHECK(get(shop.store->requests().projects(10)).size() == 1);
  CHECK(shop.request(id).runs == 1);
}

TEST_CASE("one request alone is acted on, whatever is pending besides") {
  Workshop shop;
  const auto projects = shop.add_projects(1);
  const RequestId before = shop.receive(projects, R"({"name":"Atlas"})");
  const RequestId one = shop.receive(projects, R"({"name":"Boreas"})");
  ok(act_on_one(shop.runner, shop.request(one), false));
  CHECK(shop.request(one).state == RequestState::done);
  CHECK(shop.request(before).state == RequestState::pending);
  // Nobody's any more: nothing is done, and it is no error.
  const IncomingRequest kept = shop.request(before);
  ok(shop.elsewhere->incoming().remove(projects, shop.now(), {}));
  ok(act_on_one(shop.runner, kept, false));
  CHECK(shop.endings.told == Told{"projects: done"});
}

TEST_CASE("a command is waited for, and how it ended is recorded") {
  const NoSigpipe ignored;
  Workshop shop;
  const auto command =
      shop.add_command(1, "grep -q fail && { echo no; exit 3; }; echo $HOOK_REQUEST_ID");
  const RequestId good = shop.receive(command, R"({"go":"yes"})");
  const RequestId bad = shop.receive(command, R"({"go":"yes","x":"fail"})");
  const RequestId other = shop.receive(command, R"({"go":"no"})");
  CHECK(shop.pending().empty());  // commands are not among what ends in a page
  for (const RequestId id : {good, bad, other}) {
    ok(act_on_one(shop.runner, shop.request(id), false));
  }
  CHECK(shop.endings.told == Told{"command: done", "command: failed", "command: skipped"});
  CHECK(shop.request(good).detail == "exit status 0: " + to_text(good) + " ");
  CHECK(shop.request(bad).detail == "exit status 3: no ");
  CHECK(shop.request(other).detail == "condition not met: /go=yes");
  CHECK(incoming_stats_of(*shop.store, command).failed == 1);
  CHECK(shop.events_told == 0);
}

TEST_CASE("a command that is cut off stays pending, and runs again") {
  const NoSigpipe ignored;
  Workshop shop;
  const auto command = shop.add_command(1, "cat >/dev/null; test -e go || sleep 1000");
  IncomingHook hook = get(shop.store->incoming().find("command"));
  hook.action.directory = shop.place.dir.path();
  ok(shop.elsewhere->incoming().update(hook, std::nullopt, shop.now(), {}));
  const RequestId id = shop.receive(command, R"({"go":"yes"})");
  ok(act_on_one(shop.runner, shop.request(id), true));
  const IncomingRequest cut_off = shop.request(id);
  CHECK(cut_off.state == RequestState::pending);
  CHECK(cut_off.runs == 0);
  CHECK_FALSE(cut_off.ended_at.has_value());
  CHECK(shop.endings.told.empty());
  write_file(shop.place.dir.path("go"), "");
  ok(act_on_one(shop.runner, cut_off, false));
  CHECK(shop.request(id).state == RequestState::done);
  CHECK(shop.request(id).runs == 1);
}

TEST_CASE("a command learns that it runs again, whatever ended it before") {
  const NoSigpipe ignored;
  Workshop shop;
  const auto command =
      shop.add_command(1, "echo $HOOK_ATTEMPT; test $HOOK_ATTEMPT = 3 && sleep 1000; exit 1");
  const RequestId id = shop.receive(command, R"({"go":"yes"})");
  const auto run = [&] {
    ok(act_on_one(shop.runner, shop.request(id), false));
    return shop.request(id).detail;
  };
  CHECK(run() == "exit status 1: 1 ");
  ok(shop.store->requests().requeue(id));
  CHECK(run() == "exit status 1: 2 ");
  ok(shop.store->requests().requeue(id));
  ok(act_on_one(shop.runner, shop.request(id), true));  // cut off
  CHECK(shop.request(id).state == RequestState::pending);
  CHECK(run() == "exit status 1: 4 ");
  CHECK(shop.request(id).runs == 3);
}

TEST_CASE("requests whose events are for many are recorded some at a time") {
  Workshop shop;
  for (std::int64_t n = 1; n <= 100; ++n) add_sample(*shop.elsewhere, "w" + std::to_string(n), n);
  const auto projects = shop.add_projects(1);
  for (int i = 0; i < 100; ++i) shop.receive(projects, R"({"name":"Atlas"})");
  ok(shop.runner.actions().refresh());
  ok(shop.runner.act(shop.pending()));
  CHECK(shop.endings.told.size() == 100);
  CHECK(shop.events_told == 2);  // 50 requests have 5,100 rows
}

TEST_CASE("the end of a command is recorded by the configuration as it is by then") {
  Workshop shop;
  const auto command = shop.add_command(1, "true");
  const RequestId id = shop.receive(command, R"({"go":"yes"})");
  ok(shop.runner.actions().refresh());
  const IncomingHook hook = *get(shop.runner.actions().find(command));
  IncomingRequest request = shop.request(id);
  CHECK(get(shop.runner.wants_command(hook, request)));
  CHECK(shop.request(id).state == RequestState::pending);
  add_sample(*shop.elsewhere, "crm", 1);
  ok(shop.runner.end(
      {{&hook, &request, {.state = RequestState::failed, .detail = "why", .effects = {}}}}));
  CHECK(shop.request(id).state == RequestState::failed);
  CHECK(shop.request(id).detail == "why");
}

TEST_CASE("requests with large bodies end one at a time: each is cut, which takes its time") {
  Workshop shop;
  IncomingHook hook = sample_incoming("emitting", 1);
  hook.max_body = 25u << 20;
  shop.add(hook);
  for (int i = 0; i < 3; ++i) {
    shop.receive(hook.id, "{\"text\":\"" + std::string(3u << 20, 'x') + "\"}");
  }
  std::vector<std::size_t> left;  // pending, when each was told of
  shop.endings.on_ended = [&] {
    left.push_back(get(shop.elsewhere->requests().pending(std::nullopt, 100)).size());
  };
  shop.work();
  CHECK(left == std::vector<std::size_t>{2, 1, 0});
}

TEST_CASE("a webhook that came meanwhile makes the project of a note in the same page") {
  SqlitePlace place;
  FakeClock clock;
  auto store = place.open();
  auto other = place.open();
  Endings quiet;
  Turns turns;
  ActionRunner runner(*store, clock, place.random, turns, quiet);
  IncomingHook notes = sample_incoming("notes", 1);
  notes.action = {};
  notes.action.kind = ActionKind::add_note;
  notes.action.fields = {{"project", get(parse_value_ref("/p"))},
                         {"text", get(parse_value_ref("/t"))}};
  ok(other->incoming().add(notes, sample_secret("a"), std::nullopt, noon, {}));
  ok(runner.actions().refresh());
  IncomingHook projects = sample_incoming("projects", 2);
  projects.action = {};
  projects.action.kind = ActionKind::create_project;
  projects.action.fields = {{"name", get(parse_value_ref("/p"))}};
  ok(other->incoming().add(projects, sample_secret("b"), std::nullopt, noon, {}));
  receive_one(*other, sample_request({2}, {}, R"({"p":"Atlas"})"));
  const auto note = receive_one(*other, sample_request({1}, {}, R"({"p":"Atlas","t":"x"})"));
  ok(runner.act(get(store->requests().pending(std::nullopt, 10))));
  const auto ended = get(store->requests().one(note.id));
  CHECK(to_text(ended.state) == "done");
}
