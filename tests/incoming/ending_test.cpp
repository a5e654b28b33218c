// Actions that only write are done with the recording of their request, in one commit; what takes
// its time, or would not be in order, is left to the worker.
#include "core/incoming/action_runner.h"
#include "tests/incoming/field_rule.h"
#include "tests/incoming/site.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

IncomingHook writing(ActionKind kind, std::vector<FieldRule> fields) {
  IncomingHook hook;
  hook.id = {7};
  hook.name = "inbox";
  hook.action.kind = kind;
  hook.action.fields = std::move(fields);
  hook.dedupe = Millis{0};
  return hook;
}

IncomingHook projects() {
  return writing(ActionKind::create_project, {rule("name", "/name")});
}

// What has these bodies, all of them recorded together.
std::vector<RequestState> states_of(Site& site, const std::vector<std::string>& bodies,
                                    const std::string& token = sample_token) {
  const std::size_t before = site.recorded().size();
  std::vector<std::shared_ptr<std::optional<HttpResponse>>> answers;
  for (const std::string& body : bodies) {
    answers.push_back(site.begin(to_target(incoming_path + token, post(body))));
  }
  site.intake->record();
  for (const auto& answer : answers) {
    REQUIRE(answer->has_value());
    CHECK((*answer)->status == 200);
  }
  const auto recorded = site.recorded();
  REQUIRE(recorded.size() == before + bodies.size());
  std::vector<RequestState> states;
  for (std::size_t i = bodies.size(); i > 0; --i) states.push_back(recorded[i - 1].state);
  return states;
}

using States = std::vector<RequestState>;
constexpr auto was_done = RequestState::done;
constexpr auto was_failed = RequestState::failed;
constexpr auto was_pending = RequestState::pending;
constexpr auto was_skipped = RequestState::skipped;

}  // namespace

TEST_CASE("a request and what its action writes are one commit, each with its own end") {
  Site site;
  site.owns_actions = true;
  IncomingHook hook = projects();
  hook.action.conditions = {get(parse_condition("/kind!=draft"))};
  site.add(hook);
  const auto others = site.place.open();
  std::vector<std::size_t> seen;  // projects, at each answer
  for (const std::string body :
       {R"({"name":"Atlas"})", "{}", R"({"kind":"draft"})", R"({"name":"Boreas"})"}) {
    HttpRequest request = post(body);
    hand_over(request, site.receiver->admit(request));
    site.receiver->handle(request, [&](const HttpResponse& answer) {
      CHECK(answer.status == 200);
      seen.push_back(get(others->requests().projects(10)).size());
    });
  }
  site.intake->record();
  CHECK(seen == std::vector<std::size_t>{2, 2, 2, 2});
  const auto recorded = site.recorded();
  REQUIRE(recorded.size() == 4);
  const struct {
    RequestState state;
    std::string detail;
  } ends[] = {
      {was_done, "project " + to_text(get(others->requests().find_project("Boreas")).id)},
      {was_skipped, "condition not met: /kind!=draft"},
      {was_failed, "no value for name: there is nothing at /name"},
      {was_done, "project " + to_text(get(others->requests().find_project("Atlas")).id)},
  };
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(recorded[i].state == ends[i].state);
    CHECK(recorded[i].detail == ends[i].detail);
    CHECK(recorded[i].runs == 1);
    CHECK(recorded[i].ended_at == site.now());
  }
  CHECK(incoming_stats_of(*others, hook.id).failed == 1);
  CHECK(site.ended.ids ==
        std::vector{recorded[3].id, recorded[2].id, recorded[1].id, recorded[0].id});
  CHECK(site.left_pending == 0);
}

TEST_CASE("what an action raises as its request comes is for who asks for it, and rings the bell") {
  Site site;
  site.owns_actions = true;
  site.add(projects());
  const EndpointId crm = add_sample(*site.store, "crm", 1);
  int rung = 0;
  site.store->on_change([&] { ++rung; });
  CHECK(states_of(site, {R"({"name":"Atlas"})", R"({"name":"Boreas"})"}) ==
        States{was_done, was_done});
  CHECK(rung == 1);
  CHECK(all_due(*site.store, crm).size() == 2);
}

TEST_CASE("what takes its time, or is not ours, is left to the worker") {
  const std::string body = R"({"name":"Atlas"})";
  const auto left = [](const IncomingHook& hook, const std::string& sent, bool ours) {
    Site site;
    site.owns_actions = ours;
    site.add(hook);
    const States states = states_of(site, {sent});
    CHECK(site.left_pending == (states == States{was_pending} ? 1 : 0));
    CHECK(site.ended.ids.size() == (states == States{was_pending} ? 0 : 1));
    CHECK(get(site.store->requests().projects(10)).size() == (states == States{was_done} ? 1 : 0));
    return states == States{was_pending};
  };
  const std::string pad = R"({"name":"Atlas","pad":")";
  const std::string largest = pad + std::string((64u << 10) - pad.size() - 2, 'x') + "\"}";
  IncomingHook with_regex = projects();
  with_regex.action.conditions = {get(parse_condition("/name~^A"))};
  IncomingHook command = projects();
  command.action = {};
  command.action.kind = ActionKind::run;
  command.action.command = {"/bin/true"};
  CHECK_FALSE(left(projects(), body, true));
  CHECK(left(projects(), body, false));
  CHECK_FALSE(left(projects(), largest, true));
  CHECK(left(projects(), largest + " ", true));
  CHECK(left(with_regex, body, true));
  CHECK(left(command, body, true));
}

TEST_CASE("a request behind a pending one of its webhook waits for it") {
  Site site;
  site.add(projects());
  IncomingHook other = projects();
  other.id = {8};
  other.name = "other";
  site.add(other, "other");
  CHECK(states_of(site, {R"({"name":"first"})"}) == States{was_pending});
  site.owns_actions = true;
  CHECK(states_of(site, {R"({"name":"second"})", "{}"}) == States{was_pending, was_pending});
  CHECK(states_of(site, {R"({"name":"third"})"}, "other") == States{was_done});
  CHECK(site.left_pending == 2);
  site.ended.ids.clear();
  ActionRunner runner(*site.store, site.clock, site.place.random, site.turns, site.ended);
  ok(runner.actions().refresh());
  ok(runner.act(get(site.store->requests().pending(std::nullopt, 10))));
  CHECK(std::ranges::is_sorted(site.ended.ids));
  CHECK(site.ended.ids.size() == 3);
  CHECK(states_of(site, {R"({"name":"fourth"})"}) == States{was_done});
}

TEST_CASE("a note is written as it comes, unless its project may still have to be made") {
  Site site;
  site.owns_actions = true;
  site.add(writing(ActionKind::add_note, {rule("project", "/name"), rule("text", "/name")}));
  IncomingHook make = projects();
  make.id = {8};
  make.name = "make";
  site.add(make, "make");
  const std::string body = R"({"name":"Atlas"})";
  CHECK(states_of(site, {body}) == States{was_failed});  // there is nothing that could make it
  CHECK(states_of(site, {body}, "make") == States{was_done});
  CHECK(states_of(site, {body}) == States{was_done});

  const auto again = site.begin(to_target(incoming_path + "make", post(body)));
  const auto note = site.begin(post(body));
  site.intake->record();
  CHECK(site.recorded()[1].state == was_done);
  CHECK(site.recorded()[0].state == was_pending);  // behind one that makes a project
  CHECK(site.left_pending == 1);
  finish_one(*site.store, site.recorded()[0].id);

  site.owns_actions = false;
  CHECK(states_of(site, {body}, "make") == States{was_pending});
  site.owns_actions = true;
  CHECK(states_of(site, {body}) == States{was_pending});
}

TEST_CASE("a configuration that changes meanwhile leaves the request to the worker") {
  Site site;
  site.owns_actions = true;
  IncomingHook hook = projects();
  site.add(hook);
  const auto elsewhere = site.place.open();
  site.on_ask = [&] {  // between the look at the configuration and the commit
    hook.action.fields = {rule("name", "/title")};
    ok(elsewhere->incoming().update(hook, std::nullopt, site.now(), {}));
  };
  CHECK(states_of(site, {R"({"name":"Atlas"})"}) == States{was_pending});
  CHECK(get(elsewhere->requests().projects(10)).empty());
  CHECK(site.left_pending == 1);
}

TEST_CASE("what cannot be committed is refused to all of a batch, and nothing is left of it") {
  Site site;
  site.owns_actions = true;
  site.add(projects());
  const auto elsewhere = site.place.open();
  std::vector<std::shared_ptr<std::optional<HttpResponse>>> answers;
  for (const std::string body : {R"({"name":"Atlas"})", "{}", R"({"name":"Boreas"})"}) {
    answers.push_back(site.begin(post(body)));
  }
  ok(elsewhere->config().in_transaction([&]() -> Status {
    site.intake->record();
    return {};
  }));
  for (const auto& answer : answers) {
    REQUIRE(answer->has_value());
    CHECK((*answer)->status == 503);
    CHECK(error_code(**answer) == "BUSY");
  }
  CHECK(site.recorded().empty());
  CHECK(get(elsewhere->requests().projects(10)).empty());
  CHECK(site.ended.ids.empty());
  CHECK(site.left_pending == 0);
  CHECK(site.broken == 0);
  CHECK(states_of(site, {R"({"name":"Atlas"})"}) == States{was_done});
}

TEST_CASE("what arrives waits until it is handed over, and then shares a commit") {
  Site site;
  site.hands_over = false;
  site.add();
  const auto others = site.place.open();
  const auto first = site.begin(post("1"));
  const auto second_one = site.begin(post("2"));
  CHECK(site.arrivals == 1);  // of both
  CHECK(site.woken == 0);
  CHECK_FALSE(site.intake->record());
  CHECK(site.intake->arriving() == 2);
  site.intake->hand_over();
  CHECK(site.woken == 1);
  CHECK(site.intake->arriving() == 0);
  const auto late = site.begin(post("3"));
  CHECK(site.arrivals == 2);
  CHECK(site.intake->record());
  CHECK(first->has_value());
  CHECK(second_one->has_value());
  CHECK_FALSE(late->has_value());
  site.intake->hand_over();
  CHECK(site.intake->record());
  CHECK(late->has_value());
}
