// Actions of incoming webhooks: what is to be run, by whom, and how it ends.
#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

#include <algorithm>

namespace thig {

namespace {

constexpr std::size_t kWhole = 1u << 20;

IncomingHookId add_command(Store& store, const std::string& name, std::int64_t id) {
  IncomingHook hook = sample_incoming(name, id);
  hook.action.kind = ActionKind::run;
  hook.action.command = {"/bin/true"};
  ok(store.incoming().add(hook, sample_secret("token-" + name), std::nullopt, noon, {}));
  return {id};
}

void keeps_commands_apart(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId note = add_sample_incoming(*store, "note", 1);
  const IncomingHookId command = add_command(*store, "command", 2);
  std::vector<RequestId> of_note;
  std::vector<RequestId> of_command;
  for (int i = 0; i < 3; ++i) {
    of_command.push_back(receive_one(*store, sample_request(command)).id);
    of_note.push_back(receive_one(*store, sample_request(note)).id);
  }
  CHECK(ids_of(get(store->requests().pending(std::nullopt, 10))) == of_note);
  CHECK(ids_of(get(store->requests().pending_of(command, 10))) == of_command);
  CHECK(ids_of(get(store->requests().pending_of(note, 2))).size() == 2);
  finish_one(*store, of_command[0]);
  CHECK(get(store->requests().pending_of(command, 1)).front().id == of_command[1]);
  CHECK(get(store->requests().pending_of({9}, 10)).empty());
}

void gives_the_oldest_of_all_webhooks(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId hooks[] = {add_sample_incoming(*store, "a", 1),
                                  add_sample_incoming(*store, "b", 2), add_command(*store, "c", 3),
                                  add_sample_incoming(*store, "d", 4)};
  std::vector<RequestId> wanted;
  for (const int which : {3, 3, 2, 0, 3, 1, 0, 2, 1, 3, 0, 0}) {
    const RequestId id = receive_one(*store, sample_request(hooks[which])).id;
    if (which != 2) wanted.push_back(id);
  }
  finish_one(*store, wanted[4]);
  wanted.erase(wanted.begin() + 4);
  for (const std::size_t limit : {1u, 2u, 4u, 100u}) {
    std::vector<RequestId> found;
    std::optional<RequestId> after;
    for (;;) {
      const auto page = get(store->requests().pending(after, limit));
      if (page.empty()) break;
      CHECK(page.size() == std::min(limit, wanted.size() - found.size()));
      for (const IncomingRequest& request : page) found.push_back(request.id);
      after = page.back().id;
    }
    CHECK(found == wanted);
  }
}

// So that a page of them does not fill the memory.
void gives_fewer_of_the_large(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const std::string large(10u << 20, 'x');
  for (int i = 0; i < 3; ++i) receive_one(*store, sample_request(id, {}, large));
  const auto page = get(store->requests().pending(std::nullopt, 10));
  CHECK(page.size() == 2);
  CHECK(get(store->requests().pending(page.back().id, 10)).size() == 1);
}

void ends_many_at_once(const OpenStore& open) {
  const auto store = open();
  const EndpointId listener = add_sample(*store, "listener", 1);
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  std::vector<EndedRequest> ended;
  for (std::int64_t i = 0; i < 5; ++i) {
    EndedRequest& one = ended.emplace_back();
    one.id = receive_one(*store, sample_request(id)).id;
    one.hook = id;
    one.outcome.state = i == 3 ? RequestState::failed : RequestState::done;
    one.outcome.effects.project = sample_project(i + 1, "made");
    one.outcome.effects.events = {sample_event({listener})};
  }
  finish_one(*store, ended[1].id);
  const auto events =
      get(store->requests().finish(ended, noon, get(store->config().config_version()), kWhole));
  CHECK(events.size() == 4);
  CHECK(std::ranges::is_sorted(events, {}, &EventId::value));
  CHECK(all_due(*store, listener).size() == 4);
  CHECK(get(store->requests().projects(10)).size() == 4);
  CHECK(incoming_stats_of(*store, id).failed == 1);
  CHECK(incoming_stats_of(*store, id).last_outcome == "done");
  CHECK(get(store->requests().finish({}, noon, -1, kWhole)).empty());
}

void lets_one_run_the_actions(const OpenStore& open) {
  auto first = open();
  const auto second = open();
  CHECK(get(first->requests().own_actions()));
  CHECK(get(first->requests().own_actions()));
  CHECK_FALSE(get(second->requests().own_actions()));
  first.reset();
  CHECK(get(second->requests().own_actions()));
}

void gives_pending_ones_in_order(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const IncomingHookId other = add_sample_incoming(*store, "other", 2);
  std::vector<RequestId> expected;
  for (int i = 0; i < 5; ++i) {
    expected.push_back(
        receive_one(*store, sample_request(i % 2 == 0 ? id : other, {}, std::to_string(i))).id);
    receive_one(*store, rejected_request(id));
  }
  finish_one(*store, expected[1]);
  expected.erase(expected.begin() + 1);

  const auto first = get(store->requests().pending(std::nullopt, 3));
  REQUIRE(first.size() == 3);
  CHECK(first[0].body == "0");
  CHECK(first[1].body == "2");
  CHECK(first[1].headers == R"({"x-kind":"order"})");
  auto all = ids_of(first);
  const auto second = ids_of(get(store->requests().pending(first.back().id, 3)));
  all.insert(all.end(), second.begin(), second.end());
  CHECK(all == expected);
  CHECK(get(store->requests().pending(all.back(), 3)).empty());
}

void ends_a_request_with_its_effects(const OpenStore& open) {
  const auto store = open();
  const EndpointId listener = add_sample(*store, "listener", 1);
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const RequestId request = receive_one(*store, sample_request(id)).id;
  ActionEffects effects;
  effects.project = sample_project(5, "made");
  effects.note = Note{
      .id = {6}, .project = {5}, .text = "a\nnote", .source = "in", .created_at = noon + minute};
  effects.events = {sample_event({listener}), sample_event({})};
  const auto version = get(store->config().config_version());
  const EndedRequest ended{
      .id = request,
      .hook = id,
      .outcome = {.state = RequestState::done, .detail = "project made", .effects = effects}};
  const auto events = get(store->requests().finish({&ended, 1}, noon + minute, version, kWhole));
  REQUIRE(events.size() == 2);
  CHECK(get(store->history().event(events[1])).type == "project.created");
  const auto due = all_due(*store, listener);
  REQUIRE(due.size() == 1);
  CHECK(due[0].id.event == events[0]);

  const IncomingRequest found = get(open()->requests().one(request));
  CHECK(found.state == RequestState::done);
  CHECK(found.detail == "project made");
  CHECK(found.runs == 1);
  CHECK(found.ended_at == noon + minute);
  CHECK(found.body == R"({"order":1})");
  CHECK(incoming_stats_of(*store, id).last_outcome == "done");

  const Project project = get(store->requests().find_project(to_text(ProjectId{5})));
  CHECK(project.name == "made");
  CHECK(project.status == "open");
  CHECK(project.description == "made");
  CHECK(project.source == "in");
  CHECK(project.created_at == noon);
  CHECK(project.notes == 1);
  const auto notes = get(store->requests().notes({5}));
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].id == NoteId{6});
  CHECK(notes[0].project == ProjectId{5});
  CHECK(notes[0].text == "a\nnote");
  CHECK(notes[0].source == "in");
  CHECK(notes[0].created_at == noon + minute);
}

void ends_a_request_once(const OpenStore& open) {
  const auto store = open();
  const EndpointId listener = add_sample(*store, "listener", 1);
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const RequestId request = receive_one(*store, sample_request(id, {"a"})).id;
  const RequestId duplicate = receive_one(*store, sample_request(id, {"a"})).id;
  ActionEffects effects;
  effects.project = sample_project(5, "made");
  effects.events = {sample_event({listener})};
  const auto end = [&](RequestId one, RequestState state, Time now) {
    return finish_one(*store, one, state, effects, now);
  };
  CHECK(end(request, RequestState::done, noon).size() == 1);
  CHECK(end(request, RequestState::failed, noon + minute).empty());
  CHECK(end(duplicate, RequestState::failed, noon + minute).empty());
  CHECK(end({request.value + 1'000}, RequestState::failed, noon).empty());

  CHECK(get(store->requests().one(request)).state == RequestState::done);
  CHECK(get(store->requests().one(request)).ended_at == noon);
  CHECK(get(store->requests().one(request)).runs == 1);
  CHECK(all_due(*store, listener).size() == 1);
  CHECK(get(store->requests().projects(10)).size() == 1);
  CHECK(incoming_stats_of(*store, id).failed == 0);
}

void ends_none_by_an_old_configuration(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const RequestId request = receive_one(*store, sample_request(id)).id;
  const auto version = get(store->config().config_version());
  add_sample_incoming(*open(), "other", 2);
  ActionEffects effects;
  effects.project = sample_project(5, "made");
  const EndedRequest ended{
      .id = request,
      .hook = id,
      .outcome = {.state = RequestState::done, .detail = "", .effects = effects}};
  CHECK(code_of(store->requests().finish({&ended, 1}, noon, version, kWhole)) ==
        ErrorCode::conflict);
  CHECK(get(store->requests().one(request)).state == RequestState::pending);
  CHECK(get(store->requests().projects(10)).empty());
  finish_one(*store, request, RequestState::done, effects);
  CHECK(get(store->requests().projects(10)).size() == 1);
}

// Everything or nothing: here the effects are refused, as the project is there already.
void an_end_that_fails_changes_nothing(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  ActionEffects effects;
  effects.project = sample_project(5, "made");
  finish_one(*store, receive_one(*store, sample_request(id)).id, RequestState::done, effects);
  const RequestId request = receive_one(*store, sample_request(id)).id;
  const RequestId other = receive_one(*store, sample_request(id)).id;
  const EndedRequest fine{.id = other,
                          .hook = id,
                          .outcome = {.state = RequestState::failed, .detail = "", .effects = {}}};
  const EndedRequest refused{
      .id = request,
      .hook = id,
      .outcome = {.state = RequestState::failed, .detail = "", .effects = effects}};
  CHECK_FALSE(store->requests().finish(std::vector{fine, refused}, noon,
                                       get(store->config().config_version()), kWhole));
  CHECK(get(store->requests().one(other)).state == RequestState::pending);
  CHECK(get(store->requests().one(request)).state == RequestState::pending);
  CHECK(get(store->requests().one(request)).runs == 0);
  CHECK(incoming_stats_of(*store, id).failed == 0);
}

void counts_failed_actions(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  for (const RequestState state :
       {RequestState::failed, RequestState::skipped, RequestState::failed}) {
    const RequestId request = receive_one(*store, sample_request(id)).id;
    finish_one(*store, request, state);
    CHECK(get(store->requests().one(request)).state == state);
    CHECK(incoming_stats_of(*store, id).last_outcome == to_text(state));
  }
  CHECK(incoming_stats_of(*store, id).failed == 2);
}

void cuts_long_bodies(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  struct Row {
    RequestState state;
    std::size_t kept;
    const char* body;
    bool whole;
  };
  const Row rows[] = {
      {RequestState::done, 3, "abc", false},
      {RequestState::done, 4, "abcd", true},
      {RequestState::done, 0, "", false},
      {RequestState::done, std::size_t(-1), "abcd", true},
      // What is not done may have to be run again.
      {RequestState::failed, 3, "abcd", true},
      {RequestState::skipped, 0, "abcd", true},
  };
  for (const Row& row : rows) {
    const RequestId request = receive_one(*store, sample_request(id, {}, "abcd")).id;
    const EndedRequest ended{
        .id = request, .hook = id, .outcome = {.state = row.state, .detail = "", .effects = {}}};
    get(store->requests().finish({&ended, 1}, noon, get(store->config().config_version()),
                                 row.kept));
    const IncomingRequest found = get(store->requests().one(request));
    CHECK(found.body == row.body);
    CHECK(found.body_size == 4);
    const Status again = store->requests().requeue(request);
    CHECK_MESSAGE(again.has_value() == row.whole, row.kept);
    if (!row.whole) CHECK(code_of(again) == ErrorCode::invalid);
  }
}

void requeues_ended_ones(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const RequestId request = receive_one(*store, sample_request(id)).id;
  ok(store->requests().requeue(request));  // is pending anyway
  for (const RequestState state :
       {RequestState::failed, RequestState::skipped, RequestState::done}) {
    finish_one(*store, request, state);
    CHECK(get(store->requests().pending(std::nullopt, 10)).empty());
    ok(open()->requests().requeue(request));
    const auto pending = get(store->requests().pending(std::nullopt, 10));
    REQUIRE(pending.size() == 1);
    CHECK(pending[0].id == request);
    CHECK(pending[0].body == R"({"order":1})");
    CHECK_FALSE(pending[0].ended_at.has_value());
  }
  finish_one(*store, request);
  CHECK(get(store->requests().one(request)).runs == 4);
  CHECK(incoming_stats_of(*store, id).received == 1);
  CHECK(code_of(store->requests().requeue({request.value + 1})) == ErrorCode::not_found);
}

constexpr StoreRule rules_of_actions[] = {
    {"gives pending requests in order", gives_pending_ones_in_order},
    {"ends a request with its effects", ends_a_request_with_its_effects},
    {"ends a request once", ends_a_request_once},
    {"ends no request by an old configuration", ends_none_by_an_old_configuration},
    {"an end that fails changes nothing", an_end_that_fails_changes_nothing},
    {"counts failed actions", counts_failed_actions},
    {"cuts long bodies", cuts_long_bodies},
    {"makes ended requests pending again", requeues_ended_ones},
    {"keeps commands apart from other actions", keeps_commands_apart},
    {"gives the oldest requests of all webhooks, page by page", gives_the_oldest_of_all_webhooks},
    {"gives fewer pending requests where they are large", gives_fewer_of_the_large},
    {"ends many requests at once", ends_many_at_once},
    {"lets one run the actions", lets_one_run_the_actions},
};

}  // namespace

std::span<const StoreRule> action_rules() {
  return rules_of_actions;
}

}  // namespace thig
