#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

#include <algorithm>
#include <tuple>

namespace thig {

namespace {

constexpr DeliveryState all_states[] = {DeliveryState::pending, DeliveryState::delivered,
                                        DeliveryState::dead, DeliveryState::missed,
                                        DeliveryState::cancelled};

// Events to three webhooks, in every state that the interface can make: of each webhook's events
// some delivered, some dead, some waiting for a retry, some fresh; and some missed.
void fill(Store& store) {
  for (const std::int64_t id : {1, 2, 3}) add_sample(store, "w" + std::to_string(id), id);
  for (int i = 0; i < 12; ++i) {
    emit(store, sample_event({{3}, {1}}, {{2}}), noon + i * second);
    emit(store, sample_event({{2}}), noon + i * second);
  }
  SettleBatch batch;
  for (const std::int64_t id : {1, 2, 3}) {
    const auto rows = all_due(store, {id});
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i % 4 == 0) {
        batch.deliveries.push_back(settled(rows[i], good_attempt(1), DeliveryState::delivered));
      } else if (i % 4 == 1) {
        batch.deliveries.push_back(settled(rows[i], failed_attempt(1), DeliveryState::dead));
      } else if (i % 4 == 2) {
        batch.deliveries.push_back(
            settled(rows[i], failed_attempt(1), DeliveryState::pending, noon + hour));
      }
    }
  }
  ok(store.queue().settle(batch, noon + minute));
}

bool in_order(const Delivery& a, const Delivery& b) {
  return std::tie(b.id.event, a.id.endpoint) < std::tie(a.id.event, b.id.endpoint);
}

std::vector<DeliveryId> ids_of(const std::vector<Delivery>& deliveries) {
  std::vector<DeliveryId> ids;
  for (const Delivery& one : deliveries) ids.push_back(one.id);
  return ids;
}

DeliveryFilter everything() {
  DeliveryFilter filter;
  filter.limit = 10'000;
  return filter;
}

void lists_newest_first(const OpenStore& open) {
  const auto store = open();
  fill(*store);
  const auto all = get(store->history().deliveries(everything()));
  CHECK(all.size() == 48);
  CHECK(std::ranges::is_sorted(all, in_order));
  CHECK(get(store->history().deliveries({})).size() == 48);
  DeliveryFilter few;
  few.limit = 5;
  const auto page = ids_of(get(store->history().deliveries(few)));
  const auto ids = ids_of(all);
  CHECK(page == std::vector(ids.begin(), ids.begin() + 5));
  few.limit = 0;
  CHECK(get(store->history().deliveries(few)).empty());
}

void shows_what_a_list_needs(const OpenStore& open) {
  const auto store = open();
  fill(*store);
  DeliveryFilter filter = everything();
  filter.endpoint = EndpointId{1};
  const auto all = get(store->history().deliveries(filter));
  REQUIRE(all.size() == 12);
  // Newest first: fresh, waiting for a retry, dead, delivered, and so on.
  const Delivery& fresh = all[0];
  CHECK(fresh.endpoint_name == "w1");
  CHECK(fresh.event_type == "project.created");
  CHECK(fresh.state == DeliveryState::pending);
  CHECK(fresh.attempts == 0);
  CHECK(fresh.due_at == noon + 11 * second);
  CHECK_FALSE(fresh.finished_at.has_value());
  CHECK_FALSE(fresh.last.has_value());
  const Delivery& retried = all[1];
  CHECK(retried.state == DeliveryState::pending);
  CHECK(retried.attempts == 1);
  CHECK(retried.due_at == noon + hour);
  REQUIRE(retried.last.has_value());
  CHECK(retried.last->status == 503);
  const Delivery& dead = all[2];
  CHECK(dead.state == DeliveryState::dead);
  CHECK(dead.finished_at == noon + minute);
  CHECK_FALSE(dead.due_at.has_value());
  CHECK(dead.last->error == "http: 503");
  CHECK(dead.last->answer == "try later");
  CHECK(all[3].state == DeliveryState::delivered);
  CHECK(all[3].last->ok());
}

bool matches(const Delivery& one, const DeliveryFilter& filter) {
  return (!filter.endpoint || one.id.endpoint == *filter.endpoint) &&
         (!filter.event || one.id.event == *filter.event) &&
         (filter.states.empty() ||
          std::ranges::find(filter.states, one.state) != filter.states.end()) &&
         (!filter.since || time_of(one.id.event) >= *filter.since) &&
         (!filter.until || time_of(one.id.event) < *filter.until);
}

std::vector<DeliveryFilter> every_filter(const std::vector<Delivery>& all) {
  std::vector<std::optional<EndpointId>> endpoints = {std::nullopt, EndpointId{1}, EndpointId{2},
                                                      EndpointId{3}, EndpointId{4}};
  std::vector<std::optional<EventId>> events = {std::nullopt, all[0].id.event, all[20].id.event,
                                                EventId{5}};
  std::vector<std::vector<DeliveryState>> states = {{}};
  for (const DeliveryState state : all_states) states.push_back({state});
  states.push_back({DeliveryState::dead, DeliveryState::missed});
  states.push_back({DeliveryState::pending, DeliveryState::delivered, DeliveryState::dead});
  std::vector<DeliveryFilter> filters;
  for (const auto& endpoint : endpoints) {
    for (const auto& event : events) {
      for (const auto& state : states) {
        DeliveryFilter filter = everything();
        filter.endpoint = endpoint;
        filter.event = event;
        filter.states = state;
        filters.push_back(filter);
        filter.since = noon + 3 * second;
        filters.push_back(filter);
        filter.until = noon + 8 * second;
        filters.push_back(filter);
      }
    }
  }
  return filters;
}

void filters_and_pages(const OpenStore& open) {
  const auto store = open();
  fill(*store);
  const auto all = get(store->history().deliveries(everything()));
  for (DeliveryFilter filter : every_filter(all)) {
    std::vector<DeliveryId> expected;
    for (const Delivery& one : all) {
      if (matches(one, filter)) expected.push_back(one.id);
    }
    CHECK(ids_of(get(store->history().deliveries(filter))) == expected);

    std::vector<DeliveryId> paged;
    filter.limit = 5;
    for (;;) {
      const auto page = ids_of(get(store->history().deliveries(filter)));
      if (page.empty()) break;
      paged.insert(paged.end(), page.begin(), page.end());
      filter.before = page.back();
      REQUIRE(paged.size() <= expected.size());
    }
    CHECK(paged == expected);
  }
}

void a_long_queue_is_listed_the_same(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "long", 1);
  add_sample(*store, "short", 2);
  std::vector<NewEvent> events(3'000, sample_event({{1}}));
  events[10] = sample_event({{1}, {2}});
  const auto ids = record(*store, events);
  DeliveryFilter filter;
  filter.limit = 2;
  filter.endpoint = EndpointId{1};
  CHECK(ids_of(get(store->history().deliveries(filter))) ==
        std::vector<DeliveryId>{{ids[2'999], {1}}, {ids[2'998], {1}}});
  filter.before = DeliveryId{ids[11], {1}};
  CHECK(ids_of(get(store->history().deliveries(filter))) ==
        std::vector<DeliveryId>{{ids[10], {1}}, {ids[9], {1}}});
  filter.before.reset();
  filter.endpoint = EndpointId{2};
  CHECK(ids_of(get(store->history().deliveries(filter))) ==
        std::vector<DeliveryId>{{ids[10], {2}}});
}

void unknown_things_are_not_found(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  const EventId id = emit(*store, sample_event({}));
  const Error delivery = error_of(store->history().timeline({id, {1}}));
  CHECK(delivery.code == ErrorCode::not_found);
  CHECK(delivery.text.find(to_text(DeliveryId{id, {1}})) != std::string::npos);
  const Error event = error_of(store->history().event({id.value + 1}));
  CHECK(event.code == ErrorCode::not_found);
  CHECK(event.text.find(to_text(EventId{id.value + 1})) != std::string::npos);
}

void a_timeline_has_the_body(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  const EventId id = emit(*store, sample_event({{1}}));
  const Timeline timeline = get(store->history().timeline({id, {1}}));
  CHECK(timeline.body == get(store->history().event(id)).body);
  CHECK(timeline.delivery.state == DeliveryState::pending);
  CHECK(timeline.attempts.empty());
}

void latency_is_of_the_asked_span(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  add_sample(*store, "erp", 2);
  for (int i = 0; i < 4; ++i) emit(*store, sample_event({{1}, {2}}));
  const auto rows = all_due(*store, {1});
  SettleBatch batch;
  batch.deliveries = {
      settled(rows[0], good_attempt(1, noon - 3 * hour, Millis{1'000}), DeliveryState::delivered),
      settled(rows[1], good_attempt(1, noon, Millis{10}), DeliveryState::delivered),
      settled(rows[2], failed_attempt(1, noon, Millis{10}), DeliveryState::dead),
  };
  ok(store->queue().settle(batch, noon));
  SettleBatch more;
  more.deliveries = {settled(rows[3], good_attempt(1, noon, Millis{10}), DeliveryState::delivered)};
  ok(store->queue().settle(more, noon));

  const auto slow = static_cast<std::size_t>(latency_bucket(Millis{1'000}));
  const auto quick = static_cast<std::size_t>(latency_bucket(Millis{10}));
  const LatencyBuckets recent = stats_of(*store, {1}, noon - hour).latency;
  CHECK(recent[quick] == 3);
  CHECK(recent[slow] == 0);
  const LatencyBuckets ever = stats_of(*store, {1}, Time{}).latency;
  CHECK(ever[quick] == 3);
  CHECK(ever[slow] == 1);
  CHECK(stats_of(*store, {2}, Time{}).latency == LatencyBuckets{});
}

void figures_come_by_id(const OpenStore& open) {
  const auto store = open();
  CHECK(get(store->statistics().stats({})).empty());
  add_sample(*store, "a", 9);
  add_sample(*store, "b", 4);
  const auto stats = get(store->statistics().stats({}));
  REQUIRE(stats.size() == 2);
  CHECK(stats[0].id == EndpointId{4});
  CHECK(stats[1].id == EndpointId{9});
}

void keeps_tests_apart(const OpenStore& open) {
  const auto store = open();
  const EndpointId id = add_sample(*store, "crm", 1);
  const Event begun =
      get(store->test_deliveries().begin_test(id, "webhook.test", R"({"a":1})", noon));
  const DeliveryId test{begun.id, id};
  CHECK(begun.type == "webhook.test");
  CHECK(begun.body == event_body(begun.id, "webhook.test", noon, R"({"a":1})"));

  // Before anything has come of it.
  const Timeline open_one = get(store->history().timeline(test));
  CHECK(open_one.delivery.state == DeliveryState::test);
  CHECK(open_one.delivery.attempts == 0);
  CHECK_FALSE(open_one.delivery.last.has_value());
  CHECK(open_one.body == begun.body);

  ok(store->test_deliveries().finish_test(test, failed_attempt(1), noon + second));
  const Timeline ended = get(open()->history().timeline(test));
  CHECK(ended.delivery.state == DeliveryState::test);
  REQUIRE(ended.attempts.size() == 1);
  CHECK(ended.attempts[0].error == "http: 503");
  CHECK(ended.attempts[0].answer == "try later");
  CHECK(ended.delivery.finished_at == noon + second);

  // In the list, and in no figure; nothing is due.
  DeliveryFilter tests_only = everything();
  tests_only.states = {DeliveryState::test};
  CHECK(ids_of(get(store->history().deliveries(tests_only))) == std::vector<DeliveryId>{test});
  const EndpointStats stats = get(store->statistics().stats({})).at(0);
  CHECK(stats.attempts() == 0);
  CHECK(stats.pending + stats.delivered + stats.dead + stats.missed == 0);
  CHECK_FALSE(stats.last_attempt_at.has_value());
  CHECK(get(store->queue().health(id)) == EndpointHealth{});
  CHECK(get(store->queue().lanes()).empty());
}

void a_test_is_finished_once_and_only_a_test_is(const OpenStore& open) {
  const auto store = open();
  const EndpointId id = add_sample(*store, "crm", 1);
  CHECK(code_of(store->test_deliveries().begin_test({9}, "webhook.test", "{}", noon)) ==
        ErrorCode::not_found);
  const EventId real = emit(*store, sample_event({}, {id}));
  ok(store->test_deliveries().finish_test({real, id}, good_attempt(1), noon));
  CHECK(get(store->history().timeline({real, id})).delivery.state == DeliveryState::missed);
  CHECK(get(store->history().timeline({real, id})).attempts.empty());

  const Event begun = get(store->test_deliveries().begin_test(id, "webhook.test", "{}", noon));
  ok(store->config().remove_endpoint(id, noon, {}));
  ok(store->test_deliveries().finish_test({begun.id, id}, good_attempt(1), noon));
  CHECK(code_of(store->history().timeline({begun.id, id})) == ErrorCode::not_found);
}

constexpr StoreRule rules_of_history[] = {
    {"keeps tests apart from deliveries", keeps_tests_apart},
    {"finishes tests and nothing else", a_test_is_finished_once_and_only_a_test_is},
    {"lists deliveries newest first", lists_newest_first},
    {"shows what a list needs", shows_what_a_list_needs},
    {"filters and pages alike", filters_and_pages},
    {"lists a long queue as a short one", a_long_queue_is_listed_the_same},
    {"says what is not found", unknown_things_are_not_found},
    {"a timeline has the body", a_timeline_has_the_body},
    {"latency is of the asked span", latency_is_of_the_asked_span},
    {"figures come by id", figures_come_by_id},
};

}  // namespace

std::span<const StoreRule> history_rules() {
  return rules_of_history;
}

}  // namespace thig
