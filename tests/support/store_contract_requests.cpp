// Requests to incoming webhooks: recorded, known again, listed.
#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

#include <algorithm>

namespace thig {

namespace {

void keeps_requests_byte_for_byte(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  ArrivedRequest arrived = sample_request(id, {"key"}, std::string("\"a\0b\xff\"", 6));
  arrived.request.received_at = noon - second;
  arrived.request.query = "a=%20&b";
  arrived.request.delivery_id = "ümlaut-1";
  arrived.request.body_size = 77;
  const Received received = receive_one(*store, arrived);
  CHECK_FALSE(received.duplicate);

  const IncomingRequest& given = arrived.request;
  const IncomingRequest found = get(open()->requests().one(received.id));
  CHECK(found.id == received.id);
  CHECK(found.hook == id);
  CHECK(found.received_at == given.received_at);
  CHECK(found.peer == given.peer);
  CHECK(found.content_type == given.content_type);
  CHECK(found.headers == given.headers);
  CHECK(found.query == given.query);
  CHECK(found.delivery_id == given.delivery_id);
  CHECK(found.body == given.body);
  CHECK(found.body_size == 77);
  CHECK(found.state == RequestState::pending);
  CHECK(found.runs == 0);
  CHECK_FALSE(found.ended_at.has_value());
  CHECK(code_of(store->requests().one({received.id.value + 1})) == ErrorCode::not_found);
}

void counts_what_comes(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const IncomingHookId other = add_sample_incoming(*store, "other", 2);
  CHECK_FALSE(incoming_stats_of(*store, id).last_request_at.has_value());
  CHECK(get(store->requests().receive({}, noon)).empty());
  const std::vector<ArrivedRequest> batch = {sample_request(id, {"a"}), sample_request(id, {"a"}),
                                             rejected_request(id), sample_request(other, {"a"}),
                                             sample_request(id, {"b"})};
  const auto received = get(store->requests().receive(batch, noon + minute));
  REQUIRE(received.size() == batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) CHECK(received[i].duplicate == (i == 1));

  const IncomingStats stats = incoming_stats_of(*store, id);
  CHECK(stats.received == 2);
  CHECK(stats.duplicates == 1);
  CHECK(stats.rejected == 1);
  CHECK(stats.failed == 0);
  CHECK(stats.last_request_at == noon + minute);
  CHECK(incoming_stats_of(*store, other).received == 1);
}

void knows_what_came_before(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const IncomingHookId other = add_sample_incoming(*store, "other", 2);
  receive_one(*store, sample_request(id, {"id 1", std::string("h\0a", 3)}));
  struct Row {
    const char* what;
    IncomingHookId hook;
    std::vector<std::string> keys;
    Time at;
    bool duplicate;
  };
  const Row rows[] = {
      {"its first key", id, {"id 1", "other"}, noon, true},
      {"its second key", id, {"id 2", std::string("h\0a", 3)}, noon, true},
      {"the first key of that one: a duplicate is not remembered", id, {"id 2"}, noon, false},
      {"a key cut at a NUL", id, {"h"}, noon, false},
      {"another webhook", other, {"id 1"}, noon, false},
      {"no key at all", id, {}, noon, false},
      {"no key again", id, {}, noon, false},
      {"just before it expires", id, {"id 1"}, noon + hour - Millis{1}, true},
      {"when it has expired", id, {"id 1"}, noon + hour, false},
      {"and again after that", id, {"id 1"}, noon + hour + minute, true},
      {"a duplicate does not prolong", id, {"id 1"}, noon + 2 * hour, false},
  };
  for (const Row& row : rows) {
    const Received received = receive_one(*open(), sample_request(row.hook, row.keys), row.at);
    CHECK_MESSAGE(received.duplicate == row.duplicate, row.what);
  }
}

void records_duplicates_without_a_body(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  receive_one(*store, sample_request(id, {"a"}));
  const Received again = receive_one(*store, sample_request(id, {"a"}), noon + minute);
  REQUIRE(again.duplicate);
  const IncomingRequest found = get(store->requests().one(again.id));
  CHECK(found.state == RequestState::duplicate);
  CHECK(found.body.empty());
  CHECK(found.body_size > 0);
  CHECK(found.ended_at == noon + minute);
  CHECK(get(store->requests().pending(std::nullopt, 10)).size() == 1);
  CHECK(code_of(store->requests().requeue(again.id)) == ErrorCode::invalid);
}

void a_rejected_one_is_not_remembered(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const Received refused = receive_one(*store, rejected_request(id, {"a"}));
  CHECK_FALSE(refused.duplicate);
  const IncomingRequest found = get(store->requests().one(refused.id));
  CHECK(found.state == RequestState::rejected);
  CHECK(found.detail == "bad signature");
  CHECK(found.ended_at.has_value());
  CHECK_FALSE(receive_one(*store, sample_request(id, {"a"})).duplicate);
  CHECK_FALSE(receive_one(*store, rejected_request(id, {"a"})).duplicate);
  CHECK(incoming_stats_of(*store, id).rejected == 2);
  CHECK(code_of(store->requests().requeue(refused.id)) == ErrorCode::invalid);
}

void records_what_requests_raise(const OpenStore& open) {
  const auto store = open();
  const EndpointId listener = add_sample(*store, "listener", 1);
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  std::vector<ArrivedRequest> batch = {sample_request(id, {"a"}), sample_request(id, {"a"}),
                                       sample_request({9}, {"b"}), sample_request(id, {"c"})};
  for (ArrivedRequest& arrived : batch) arrived.raised.push_back(sample_event({listener}));
  get(store->requests().receive(batch, noon));
  CHECK(all_due(*store, listener).size() == 2);
}

void drops_what_is_for_a_missing_one(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const std::vector<ArrivedRequest> batch = {sample_request({9}), sample_request(id)};
  const auto received = get(store->requests().receive(batch, noon));
  REQUIRE(received.size() == 2);
  CHECK(received[0].duplicate);
  CHECK_FALSE(received[1].duplicate);
  CHECK(get(store->requests().list({})).size() == 1);
  CHECK(get(store->requests().stats()).size() == 1);
}

void numbers_requests_in_order(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  RequestId last;
  const auto grows = [&](Store& by, Time now) {
    const std::vector<ArrivedRequest> batch(3, sample_request(id));
    for (const Received& one : get(by.requests().receive(batch, now))) {
      CHECK(last < one.id);
      last = one.id;
    }
  };
  grows(*store, noon);
  grows(*open(), noon);
  grows(*store, noon - 24 * hour);
  // Also when the newest are gone, and the clock is behind them.
  ok(store->incoming().remove(id, noon, {}));
  add_sample_incoming(*store, "in", 1);
  grows(*store, noon - hour);
}

void lists_newest_requests_first(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId hooks[] = {add_sample_incoming(*store, "in", 1),
                                  add_sample_incoming(*store, "other", 2)};
  for (int i = 0; i < 24; ++i) {
    const RequestId id = receive_one(*store, sample_request(hooks[i % 2])).id;
    if (i % 3 == 0) finish_one(*store, id, RequestState::failed);
    if (i % 3 == 1) finish_one(*store, id);
  }
  const auto all = get(store->requests().list({}));
  REQUIRE(all.size() == 24);
  CHECK(all[0].body.empty());
  CHECK(all[0].headers.empty());
  CHECK(all[0].body_size > 0);
  for (const auto& hook : {std::optional<IncomingHookId>(), std::optional(hooks[0])}) {
    for (const auto& state :
         {std::optional<RequestState>(), std::optional(RequestState::pending),
          std::optional(RequestState::done), std::optional(RequestState::failed)}) {
      std::vector<RequestId> expected;
      for (const IncomingRequest& one : all) {
        if ((!hook || one.hook == *hook) && (!state || one.state == *state)) {
          expected.push_back(one.id);
        }
      }
      std::vector<RequestId> found;
      RequestFilter filter{.hook = hook, .state = state, .before = std::nullopt, .limit = 3};
      for (;;) {
        const auto page = ids_of(get(store->requests().list(filter)));
        if (page.empty()) break;
        CHECK(page.size() <= 3);
        found.insert(found.end(), page.begin(), page.end());
        filter.before = page.back();
      }
      CHECK(std::is_sorted(found.rbegin(), found.rend()));
      CHECK(found == expected);
    }
  }
  // By when they came: `since` is part of it, `until` is not.
  const Time first = all.back().received_at;
  const Time last = all.front().received_at;
  CHECK(get(store->requests().list({.since = first, .limit = 100})).size() == all.size());
  CHECK(get(store->requests().list({.until = first, .limit = 100})).empty());
  CHECK(get(store->requests().list({.since = last + Millis{1}, .limit = 100})).empty());
  CHECK(get(store->requests().list({.until = last + Millis{1}, .limit = 100})).size() ==
        all.size());
}

void finds_projects(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const auto make = [&](std::optional<Project> project, std::optional<Note> note) {
    finish_one(*store, receive_one(*store, sample_request(id)).id, RequestState::done,
               {.project = std::move(project), .note = std::move(note), .events = {}});
  };
  CHECK(get(store->requests().projects(10)).empty());
  make(sample_project(7, "same", noon), {});
  make(sample_project(5, "same", noon + minute), {});
  make(sample_project(6, "other", noon + second), {});
  for (std::int64_t n = 1; n <= 3; ++n) {
    make({}, Note{.id = {9 - n},
                  .project = {7},
                  .text = std::to_string(n),
                  .source = "in",
                  .created_at = noon + n * second});
  }
  CHECK(get(store->requests().find_project("same")).id == ProjectId{5});
  CHECK(get(store->requests().find_project(to_text(ProjectId{7}))).notes == 3);
  const Error missing = error_of(store->requests().find_project("none"));
  CHECK(missing.code == ErrorCode::not_found);
  CHECK(missing.text.find("none") != std::string::npos);
  CHECK(code_of(store->requests().find_project(to_text(ProjectId{8}))) == ErrorCode::not_found);

  const auto newest = get(store->requests().projects(2));
  REQUIRE(newest.size() == 2);
  CHECK(newest[0].id == ProjectId{5});
  CHECK(newest[0].notes == 0);
  CHECK(newest[1].id == ProjectId{6});
  CHECK(get(store->requests().projects(10)).size() == 3);
  std::string texts;
  for (const Note& note : get(store->requests().notes({7}))) texts += note.text;
  CHECK(texts == "123");
  CHECK(get(store->requests().notes({5})).empty());
}

void acts_again_upon_what_has_only_failed(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const auto receive = [&](std::vector<std::string> keys) {
    return receive_one(*open(), sample_request(id, std::move(keys)));
  };
  const Received first = receive({"id 1", "body"});
  CHECK(receive({"id 1", "body"}).duplicate);  // it is still to be run
  CHECK(get(store->requests().begin_command(first.id)) == 1);
  finish_one(*store, first.id, RequestState::failed);
  const Received second = receive({"id 2", "body"});
  REQUIRE_FALSE(second.duplicate);
  CHECK(get(store->requests().one(second.id)).state == RequestState::pending);
  CHECK(get(store->requests().one(second.id)).starts == 1);  // of the message, by the first
  CHECK(get(store->requests().begin_command(second.id)) == 2);
  // By then it is the second that is known by these names, and by its own.
  CHECK(receive({"body"}).duplicate);
  CHECK(receive({"id 2"}).duplicate);
  finish_one(*store, second.id, RequestState::failed);
  const Received third = receive({"id 2", "body"});
  CHECK_FALSE(third.duplicate);
  finish_one(*store, third.id);
  CHECK(receive({"id 2", "body"}).duplicate);
  // One that was done has been acted upon, however its later runs end.
  ok(store->requests().requeue(third.id));
  finish_one(*store, third.id, RequestState::failed);
  CHECK(receive({"id 2", "body"}).duplicate);
  // A condition that does not hold is no failure; what is forgotten is known by its name alone.
  const Received skipped = receive({"s"});
  finish_one(*store, skipped.id, RequestState::skipped);
  CHECK(receive({"s"}).duplicate);
  CHECK(incoming_stats_of(*store, id).received == 4);
}

void an_old_message_takes_no_other_name(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  receive_one(*store, sample_request(id, {"id 1", "body 1"}));
  CHECK(receive_one(*store, sample_request(id, {"id 2", "body 1"})).duplicate);
  CHECK_FALSE(receive_one(*store, sample_request(id, {"id 2", "body 2"})).duplicate);
}

void counts_starts_of_commands(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const RequestId request = receive_one(*store, sample_request(id)).id;
  CHECK(get(store->requests().begin_command(request)) == 1);
  CHECK(get(open()->requests().begin_command(request)) == 2);
  CHECK(get(store->requests().one(request)).starts == 2);
  CHECK(get(store->requests().list({}))[0].starts == 2);
  finish_one(*store, request);
  CHECK(get(store->requests().begin_command(request)) == 0);
  CHECK(get(store->requests().begin_command({request.value + 1})) == 0);
}

void bounds_what_failed_ones_hold(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const IncomingHookId other = add_sample_incoming(*store, "other", 2);
  const auto receive = [&](IncomingHookId hook, std::size_t size, std::vector<std::string> keys) {
    ArrivedRequest arrived = sample_request(hook, std::move(keys), std::string(size, 'x'));
    arrived.most_failed = 1000;
    return receive_one(*open(), arrived);  // opened again: what it knew is only as old as that
  };
  const Received large = receive(id, 2000, {"large"});  // the first is always taken
  REQUIRE_FALSE(large.refused);
  finish_one(*store, large.id, RequestState::failed);
  const Received refused = receive(id, 1, {"a"});
  CHECK(refused.refused);
  CHECK_FALSE(refused.duplicate);
  CHECK(code_of(store->requests().one(refused.id)) == ErrorCode::not_found);
  CHECK(incoming_stats_of(*store, id).received == 1);
  CHECK_FALSE(receive(other, 900, {"a"}).refused);
  // What is acted upon again holds nothing any more, and nothing was remembered of what was
  // refused.
  ok(store->requests().requeue(large.id));
  const Received again = receive(id, 600, {"a"});
  CHECK_FALSE(again.refused);
  CHECK_FALSE(again.duplicate);
  finish_one(*store, again.id, RequestState::failed);
  CHECK(receive(id, 401, {"b"}).refused);
  CHECK_FALSE(receive(id, 400, {"b"}).refused);
  CHECK(receive(id, 900, {"b"}).duplicate);  // that is said, whatever there is space for
  finish_one(*store, large.id);
  CHECK_FALSE(receive(id, 10, {"c"}).refused);
}

constexpr StoreRule rules_of_requests[] = {
    {"keeps requests byte for byte", keeps_requests_byte_for_byte},
    {"counts what comes", counts_what_comes},
    {"knows what came before", knows_what_came_before},
    {"acts again upon what has only failed", acts_again_upon_what_has_only_failed},
    {"gives an old message no other name", an_old_message_takes_no_other_name},
    {"counts the starts of commands", counts_starts_of_commands},
    {"bounds what failed requests hold", bounds_what_failed_ones_hold},
    {"records duplicates without a body", records_duplicates_without_a_body},
    {"does not remember what was rejected", a_rejected_one_is_not_remembered},
    {"records what requests raise", records_what_requests_raise},
    {"drops requests for a missing webhook", drops_what_is_for_a_missing_one},
    {"numbers requests in order", numbers_requests_in_order},
    {"lists requests newest first", lists_newest_requests_first},
    {"finds projects and notes", finds_projects},
};

}  // namespace

std::span<const StoreRule> request_rules() {
  return rules_of_requests;
}

}  // namespace thig
