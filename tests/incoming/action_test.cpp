// What a request brings about, action by action.
#include "core/incoming/action.h"

#include "tests/incoming/field_rule.h"
#include "tests/incoming/requests.h"
#include "tests/store/sqlite_place.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

// A store with an outgoing webhook for everything about projects.
struct Desk {
  SqlitePlace place;
  std::unique_ptr<Store> store = place.open();
  EndpointId crm = add_sample(*store, "crm", 1);
  SeededRandom random{7};

  ActionOutcome prepare(const IncomingHook& hook, const IncomingRequest& request) {
    Router router = get(Router::load(store->config()));
    return get(prepare_action(hook, request, store->requests(), router, random, noon));
  }
};

IncomingHook hook_that(ActionKind kind, std::vector<FieldRule> fields = {}) {
  IncomingHook hook = sample_incoming("helpdesk", 7);
  hook.action.kind = kind;
  hook.action.event_type = kind == ActionKind::emit ? "project.updated" : "";
  hook.action.fields = std::move(fields);
  return hook;
}

IncomingRequest request_of(std::string body) {
  return sample_request({7}, {}, std::move(body)).request;
}

void check_failed(const ActionOutcome& outcome, std::string_view detail) {
  CHECK(outcome.state == RequestState::failed);
  CHECK(outcome.detail == detail);
  CHECK_FALSE(outcome.effects.project.has_value());
  CHECK_FALSE(outcome.effects.note.has_value());
  CHECK(outcome.effects.events.empty());
}

}  // namespace

TEST_CASE("a project is made of values from body, headers and query, and told") {
  Desk desk;
  const auto hook =
      hook_that(ActionKind::create_project, {rule("name", "/data/title"), rule("status", "query:s"),
                                             rule("description", "header:x-text")});
  IncomingRequest request = request_of(R"({"data":{"title":"Mobile \"App\""}})");
  request.headers = R"({"x-text":"über"})";
  request.query = "s=IN+REVIEW";
  const ActionOutcome outcome = desk.prepare(hook, request);
  CHECK(outcome.state == RequestState::done);
  REQUIRE(outcome.effects.project.has_value());
  const Project& project = *outcome.effects.project;
  CHECK(project.name == "Mobile \"App\"");
  CHECK(project.status == "IN REVIEW");
  CHECK(project.description == "über");
  CHECK(project.source == "helpdesk");
  CHECK(project.created_at == noon);
  CHECK(project.id.value > 0);
  CHECK(outcome.detail == "project " + to_text(project.id));
  CHECK_FALSE(outcome.effects.note.has_value());
  REQUIRE(outcome.effects.events.size() == 1);
  const NewEvent& event = outcome.effects.events[0];
  CHECK(event.type == "project.created");
  CHECK(event.data == R"({"projectId":")" + to_text(project.id) +
                          R"(","name":"Mobile \"App\"","status":"IN REVIEW","source":"helpdesk"})");
  CHECK(event.queue == std::vector{desk.crm});
  // Preparing records nothing.
  CHECK(get(desk.store->requests().projects(10)).empty());
}

TEST_CASE("a new project is a draft, and has a name") {
  Desk desk;
  const auto hook = hook_that(ActionKind::create_project, {rule("name", "/name")});
  const auto made = desk.prepare(hook, request_of(R"({"name":"Atlas"})"));
  REQUIRE(made.effects.project.has_value());
  CHECK(made.effects.project->status == "DRAFT");
  CHECK(made.effects.project->description.empty());
  const auto another = desk.prepare(hook, request_of(R"({"name":"Atlas"})"));
  CHECK(another.effects.project->id != made.effects.project->id);
  for (const std::string body : {R"({"name":""})", R"({"name":" \t\r\n"})"}) {
    check_failed(desk.prepare(hook, request_of(body)), "no value for name: it is empty");
  }
  const std::string long_name(300, 'x');
  const auto cut = desk.prepare(hook, request_of("{\"name\":\"" + long_name + "\"}"));
  CHECK(cut.effects.project->name == std::string(200, 'x'));
}

TEST_CASE("a value that is not there is its default, or the outcome says which it was") {
  Desk desk;
  const auto strict = hook_that(ActionKind::create_project,
                                {rule("name", "/name"), rule("status", "header:x-status")});
  check_failed(desk.prepare(strict, request_of("{}")),
               "no value for name: there is nothing at /name");
  check_failed(desk.prepare(strict, request_of(R"({"name":null})")),
               "no value for name: there is nothing at /name");

  const auto lenient = hook_that(ActionKind::create_project, {rule("name", "/name", "Untitled"),
                                                              rule("status", "/status", "")});
  const auto made = desk.prepare(lenient, request_of(R"({"name":null})"));
  REQUIRE(made.effects.project.has_value());
  CHECK(made.effects.project->name == "Untitled");
  CHECK(made.effects.project->status == "DRAFT");
  const auto number = desk.prepare(lenient, request_of(R"({"name":12.50,"status":[1, 2]})"));
  CHECK(number.effects.project->name == "12.50");
  CHECK(number.effects.project->status == "[1, 2]");
}

TEST_CASE("a field that is not needed may be null or not there") {
  Desk desk;
  const auto project = hook_that(ActionKind::create_project,
                                 {rule("name", "/title"), rule("description", "/body"),
                                  rule("status", "header:x-status"), rule("source", "/from")});
  const auto made =
      desk.prepare(project, request_of(R"({"title":"Typo","body":null,"closed_at":null})"));
  REQUIRE_MESSAGE(made.effects.project.has_value(), made.detail);
  CHECK(made.effects.project->description.empty());
  CHECK(made.effects.project->status == "DRAFT");
  CHECK(made.effects.project->source == "helpdesk");

  const auto note = hook_that(ActionKind::add_note, {rule("project", "/p"), rule("text", "/t")});
  check_failed(desk.prepare(note, request_of(R"({"p":"Typo","t":null})")),
               "no value for text: there is nothing at /t");

  const auto event = hook_that(ActionKind::emit, {rule("title", "/title"), rule("body", "/body"),
                                                  rule("kind", "header:x-none")});
  const auto told = desk.prepare(event, request_of(R"({"title":"Typo","body":null})"));
  REQUIRE(told.effects.events.size() == 1);
  CHECK(told.effects.events[0].data == R"({"title":"Typo","body":null,"kind":null})");
}

TEST_CASE("nothing is done unless all conditions hold, and the first that does not is named") {
  Desk desk;
  IncomingHook hook = hook_that(ActionKind::create_project, {rule("name", "/name")});
  for (const std::string text : {"/action=opened", "header:x-kind~^(order|offer)$", "query:a=1"}) {
    hook.action.conditions.push_back(get(parse_condition(text)));
  }
  const struct {
    std::string body;
    std::string query;
    std::string not_met;
  } cases[] = {
      {R"({"action":"opened","name":"Atlas"})", "a=1", ""},
      {R"({"action":"closed"})", "a=2", "/action=opened"},
      {R"({})", "a=1", "/action=opened"},
      {R"({"action":"opened"})", "a=2", "query:a=1"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.body);
    IncomingRequest request = request_of(c.body);
    request.query = c.query;
    const ActionOutcome outcome = desk.prepare(hook, request);
    CHECK(outcome.effects.project.has_value() == c.not_met.empty());
    if (c.not_met.empty()) continue;
    // Before the values: what is not for us may lack them.
    CHECK(outcome.state == RequestState::skipped);
    CHECK(outcome.detail == "condition not met: " + c.not_met);
    CHECK(outcome.effects.events.empty());
  }
  IncomingRequest other = request_of(R"({"action":"opened"})");
  other.headers = R"({"x-kind":"reorder"})";
  CHECK(desk.prepare(hook, other).detail == "condition not met: header:x-kind~^(order|offer)$");
}

TEST_CASE("a note is for a project by id or name, the newest of that name") {
  Desk desk;
  const auto make = [&](std::int64_t id, const std::string& name, Time at) {
    const auto received = receive_one(
        *desk.store,
        sample_request(add_sample_incoming(*desk.store, "in" + std::to_string(id), id)));
    finish_one(*desk.store, received.id, RequestState::done,
               {.project = sample_project(id, name, at), .note = {}, .events = {}});
  };
  make(11, "Atlas", noon);
  make(12, "Atlas", noon + hour);
  const auto hook =
      hook_that(ActionKind::add_note, {rule("project", "/project"), rule("text", "/text")});
  const auto note_for = [&](const std::string& project, const std::string& text = "two\\nlines") {
    return desk.prepare(hook,
                        request_of("{\"project\":\"" + project + "\",\"text\":\"" + text + "\"}"));
  };
  const ActionOutcome outcome = note_for("Atlas");
  CHECK(outcome.state == RequestState::done);
  REQUIRE(outcome.effects.note.has_value());
  const Note& note = *outcome.effects.note;
  CHECK(note.project == ProjectId{12});
  CHECK(note.text == "two\nlines");
  CHECK(note.source == "helpdesk");
  CHECK(note.created_at == noon);
  CHECK(outcome.detail == to_text(note.id) + " of " + to_text(ProjectId{12}));
  CHECK_FALSE(outcome.effects.project.has_value());
  REQUIRE(outcome.effects.events.size() == 1);
  CHECK(outcome.effects.events[0].type == "project.note_added");
  CHECK(outcome.effects.events[0].data == R"({"projectId":")" + to_text(ProjectId{12}) +
                                              R"(","noteId":")" + to_text(note.id) +
                                              R"(","text":"two\nlines","source":"helpdesk"})");
  CHECK(outcome.effects.events[0].queue == std::vector{desk.crm});

  CHECK(note_for(to_text(ProjectId{11})).effects.note->project == ProjectId{11});
  check_failed(note_for("Boreas"), "there is no project Boreas");
  check_failed(note_for(to_text(ProjectId{13})), "there is no project " + to_text(ProjectId{13}));
  check_failed(note_for("Atlas", ""), "no value for text: it is empty");
}

TEST_CASE("an event without fields carries the body as it came") {
  Desk desk;
  const std::string body = R"({ "n" : 1.50, "list": [ ] })";
  const auto outcome = desk.prepare(hook_that(ActionKind::emit), request_of(body));
  CHECK(outcome.state == RequestState::done);
  CHECK(outcome.detail == "event of type project.updated");
  REQUIRE(outcome.effects.events.size() == 1);
  CHECK(outcome.effects.events[0].type == "project.updated");
  CHECK(outcome.effects.events[0].data == body);
  CHECK(outcome.effects.events[0].queue == std::vector{desk.crm});
}

TEST_CASE("an event of fields keeps what was a number a number") {
  Desk desk;
  const auto hook =
      hook_that(ActionKind::emit,
                {rule("number", "/n"), rule("list", "/list"), rule("yes", "/yes"),
                 rule("text", "/text"), rule("kind", "header:x-kind"), rule("fixed", "literal:7"),
                 rule("none", "/none", "12"), rule("null", "/null", "")});
  const auto outcome = desk.prepare(
      hook,
      request_of(R"({"n":1.50,"list":[1, {"a":null}],"yes":true,"text":"\u00fc","null":null})"));
  REQUIRE(outcome.effects.events.size() == 1);
  CHECK(outcome.effects.events[0].data ==
        R"({"number":1.50,"list":[1, {"a":null}],"yes":true,"text":"\u00fc","kind":"order",)"
        R"("fixed":"7","none":"12","null":""})");
}

TEST_CASE("values are read from a form, by what it says it is") {
  Desk desk;
  IncomingRequest request = request_of("payment_status=Completed&charset=windows-1252&n=Garc%EDa");
  request.content_type = "application/x-www-form-urlencoded";
  auto hook = hook_that(ActionKind::create_project, {rule("name", "/n")});
  hook.action.conditions = {get(parse_condition("/payment_status=Completed"))};
  CHECK(desk.prepare(hook, request).effects.project->name == "García");
  const auto told = desk.prepare(hook_that(ActionKind::emit), request);
  REQUIRE(told.effects.events.size() == 1);
  CHECK(told.effects.events[0].data ==
        R"({"payment_status":"Completed","charset":"windows-1252","n":"García"})");
}

TEST_CASE("half a surrogate pair and large numbers pass; taken out they are text") {
  Desk desk;
  const std::string body = R"({"t":"a\ud800b","n":1e999})";
  CHECK(desk.prepare(hook_that(ActionKind::emit), request_of(body)).effects.events[0].data == body);
  const auto fields = hook_that(ActionKind::emit, {rule("t", "/t"), rule("n", "/n")});
  CHECK(desk.prepare(fields, request_of(body)).effects.events[0].data == body);
  const auto project =
      hook_that(ActionKind::create_project, {rule("name", "/t"), rule("description", "/n")});
  const auto made = desk.prepare(project, request_of(body));
  CHECK(made.effects.project->name == "a\uFFFDb");
  CHECK(made.effects.project->description == "1e999");
}

TEST_CASE("a body that was taken for a command and is no JSON fails an action that needs it") {
  Desk desk;
  const auto hook = hook_that(ActionKind::create_project, {rule("name", "/name")});
  const auto outcome = desk.prepare(hook, request_of("<a/>"));
  CHECK(outcome.state == RequestState::failed);
  CHECK_MESSAGE(outcome.detail.contains("not valid JSON"), outcome.detail);
}

TEST_CASE("an event that cannot be is a failed action, not an error") {
  Desk desk;
  IncomingHook hook = hook_that(ActionKind::emit);
  const auto large = desk.prepare(hook, request_of('"' + std::string(1u << 20, 'x') + '"'));
  CHECK(large.state == RequestState::failed);
  CHECK_MESSAGE(large.detail.contains("project.updated"), large.detail);
  CHECK_MESSAGE(large.detail.contains("1048576"), large.detail);
  CHECK(large.effects.events.empty());

  hook.action.event_type = "order.paid";
  check_failed(desk.prepare(hook, request_of("{}")), "there is no event type 'order.paid'");
  ok(desk.store->config().put_event_type({"order.paid", "Own", "", "{}"}, noon));
  const auto known = desk.prepare(hook, request_of("{}"));
  CHECK(known.state == RequestState::done);
  REQUIRE(known.effects.events.size() == 1);
  CHECK(known.effects.events[0].queue.empty());  // nobody asked for it
}
