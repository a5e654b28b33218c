// From a request to the call of a command, and from its end to the request's.
#include "core/incoming/action.h"
#include "tests/incoming/requests.h"
#include "tests/store/sqlite_place.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

IncomingHook hook_that_runs() {
  IncomingHook hook = sample_incoming("deploy", 7);
  hook.action = {};
  hook.action.kind = ActionKind::run;
  hook.action.command = {"/usr/bin/deploy", "--fast", "a b"};
  hook.action.directory = "/srv";
  hook.action.timeout = Millis{1500};
  return hook;
}

}  // namespace

TEST_CASE("a command is told of its request by HOOK_ variables, and gets the body") {
  IncomingRequest request = sample_request({7}).request;
  request.id = {99};
  request.query = "ref=main";
  request.delivery_id = "msg_1";
  const IncomingHook hook = hook_that_runs();
  const CommandCall call = command_call(hook, request);
  CHECK(call.command == hook.action.command);
  CHECK(call.directory == "/srv");
  CHECK(call.timeout == Millis{1500});
  CHECK(call.input == request.body);
  CHECK(call.environment ==
        std::vector<std::string>{"HOOK_NAME=deploy", "HOOK_REQUEST_ID=" + to_text(request.id),
                                 "HOOK_ATTEMPT=1", "HOOK_RECEIVED_AT=2026-01-15T12:00:00Z",
                                 "HOOK_PEER=192.0.2.1", "HOOK_CONTENT_TYPE=application/json",
                                 "HOOK_DELIVERY_ID=msg_1", "HOOK_QUERY=ref=main"});
}

TEST_CASE("what a sender says cannot reach beyond its variable") {
  IncomingRequest request = sample_request({7}).request;
  request.delivery_id = std::string("a\0LD_PRELOAD=/tmp/x.so", 22);
  request.query = "a\nPATH=/tmp";
  const CommandCall call = command_call(hook_that_runs(), request);
  REQUIRE(call.environment.size() == 8);
  for (const std::string& variable : call.environment) {
    CHECK(variable.starts_with("HOOK_"));
    CHECK_FALSE(variable.contains('\0'));
  }
  CHECK(call.environment[6] == "HOOK_DELIVERY_ID=a");
  CHECK(call.environment[7] == "HOOK_QUERY=a\nPATH=/tmp");
}

TEST_CASE("how a command ended is how its request ended, with what it wrote on one line") {
  const struct {
    CommandEnd end;
    RequestState state;
    std::string detail;
  } cases[] = {
      {{.failure = "", .output = ""}, RequestState::done, "exit status 0"},
      {{.failure = "", .output = "a\nb"}, RequestState::done, "exit status 0: a b"},
      {{.failure = "exit status 3", .output = ""}, RequestState::failed, "exit status 3"},
      {{.failure = "killed after 1s", .output = "x"}, RequestState::failed, "killed after 1s: x"},
      {{.failure = "", .output = std::string(4096, 'x')},
       RequestState::done,
       "exit status 0: " + std::string(2000, 'x')},
  };
  for (const auto& c : cases) {
    CAPTURE(c.detail);
    const ActionOutcome outcome = outcome_of(c.end);
    CHECK(outcome.state == c.state);
    CHECK(outcome.detail == c.detail);
    CHECK(outcome.effects.events.empty());
  }
  CHECK(is_valid_utf8(outcome_of({.failure = "", .output = "\xff\xc3"}).detail));
}

TEST_CASE("preparing a command is no more than looking at its conditions and values") {
  SqlitePlace place;
  const auto store = place.open();
  Router router = get(Router::load(store->config()));
  IncomingHook hook = hook_that_runs();
  hook.action.conditions = {get(parse_condition("/order=1"))};
  const auto prepared = [&](std::string body) {
    return get(prepare_action(hook, sample_request({7}, {}, std::move(body)).request,
                              store->requests(), router, place.random, noon));
  };
  CHECK(prepared(R"({"order":1})").state == RequestState::done);
  CHECK(prepared(R"({"order":2})").state == RequestState::skipped);
  CHECK(prepared(R"({"order":2})").detail == "condition not met: /order=1");
}
