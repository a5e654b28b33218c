// Searching the history, and figures by hour.
#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

#include <algorithm>

namespace thig {

namespace {

Attempt timed_out(int number, Time at = noon) {
  Attempt attempt;
  attempt.number = number;
  attempt.started_at = at;
  attempt.duration = Millis{10'000};
  attempt.error = "timeout: no answer within 10s";
  return attempt;
}

NewEvent event_of(std::string type, std::vector<EndpointId> queue,
                  std::vector<EndpointId> missed = {}) {
  return {std::move(type), "{}", std::move(queue), std::move(missed)};
}

std::vector<DeliveryId> ids_in(const std::vector<Delivery>& deliveries) {
  std::vector<DeliveryId> ids;
  for (const Delivery& one : deliveries) ids.push_back(one.id);
  return ids;
}

// Ends, or puts off, each due delivery of webhook 1: the first with the first attempt, and so on.
void settle_in_order(Store& store, const std::vector<std::pair<Attempt, DeliveryState>>& results) {
  const auto rows = all_due(store, {1});
  REQUIRE(rows.size() >= results.size());
  SettleBatch batch;
  for (std::size_t i = 0; i < results.size(); ++i) {
    batch.deliveries.push_back(
        settled(rows[i], results[i].first, results[i].second, noon + 48 * hour));
  }
  ok(store.queue().settle(batch, noon));
}

void searches_by_type(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  for (const char* type : {"a.x", "b.x", "a.y", "a", "a.z"}) {
    emit(*store, event_of(type, {{1}}));
  }
  settle_in_order(*store, {{good_attempt(1), DeliveryState::delivered},
                           {good_attempt(1), DeliveryState::delivered},
                           {failed_attempt(1), DeliveryState::dead}});
  const auto types_of = [&](const std::string& pattern) {
    DeliveryFilter filter;
    filter.type = pattern;
    std::string types;
    for (const Delivery& one : get(store->history().deliveries(filter)))
      types += one.event_type + " ";
    return types;
  };
  CHECK(types_of("a.*") == "a.z a.y a.x ");
  CHECK(types_of("b.x") == "b.x ");
  CHECK(types_of("*") == "a.z a a.y b.x a.x ");
  CHECK(types_of("none") == "");
  CHECK(types_of("' OR 1 --") == "");
}

void searches_by_outcome(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  std::vector<EventId> events;
  for (int i = 0; i < 6; ++i) events.push_back(emit(*store, event_of("a.x", {{1}})));
  events.push_back(emit(*store, event_of("a.x", {}, {{1}})));
  settle_in_order(*store, {{good_attempt(1), DeliveryState::delivered},
                           {failed_attempt(1), DeliveryState::dead},
                           {timed_out(1), DeliveryState::dead},
                           {failed_attempt(1), DeliveryState::pending},
                           {timed_out(1), DeliveryState::pending}});
  // What each event's delivery came to: 200, 503, timeout, 503, timeout, nothing, missed.
  const auto found = [&](std::vector<std::string> outcomes,
                         std::vector<DeliveryState> states = {}) {
    DeliveryFilter filter;
    filter.outcomes = std::move(outcomes);
    filter.states = std::move(states);
    std::vector<std::size_t> numbers;
    for (const DeliveryId id : ids_in(get(store->history().deliveries(filter)))) {
      numbers.push_back(
          static_cast<std::size_t>(std::ranges::find(events, id.event) - events.begin()));
    }
    return numbers;
  };
  using Numbers = std::vector<std::size_t>;
  CHECK(found({"503"}) == Numbers{3, 1});
  CHECK(found({"5xx"}) == Numbers{3, 1});
  CHECK(found({"timeout"}) == Numbers{4, 2});
  CHECK(found({"2xx"}) == Numbers{0});
  CHECK(found({"200", "timeout"}) == Numbers{4, 2, 0});
  CHECK(found({"4xx"}) == Numbers{});
  CHECK(found({"503"}, {DeliveryState::pending}) == Numbers{3});
  CHECK(found({"503"}, {DeliveryState::delivered}) == Numbers{});
}

// However few rows a page may look at, paging finds everything once and in order.
void a_search_goes_on_where_it_left_off(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  add_sample(*store, "erp", 2);
  for (int i = 0; i < 60; ++i) {
    emit(*store, event_of(i % 7 == 0 ? "rare.x" : "often.x", {{1}, {2}}));
  }
  std::vector<std::pair<Attempt, DeliveryState>> results;
  for (int i = 0; i < 45; ++i) {
    results.emplace_back(i % 2 == 0 ? good_attempt(1) : failed_attempt(1),
                         i % 2 == 0 ? DeliveryState::delivered : DeliveryState::dead);
  }
  settle_in_order(*store, results);
  DeliveryFilter filter;
  filter.type = "rare.*";
  for (const std::vector<DeliveryState>& states :
       {std::vector<DeliveryState>{},
        {DeliveryState::pending, DeliveryState::dead, DeliveryState::delivered},
        {DeliveryState::dead}}) {
    filter.states = states;
    filter.before.reset();
    filter.limit = 50;
    filter.most_rows = 100'000;
    const DeliveryPage whole = get(store->history().search(filter));
    CHECK_FALSE(whole.searched_to.has_value());
    REQUIRE_FALSE(whole.deliveries.empty());

    filter.limit = 2;
    filter.most_rows = 5;
    std::vector<DeliveryId> paged;
    bool left_off = false;
    for (int pages = 0; pages < 200; ++pages) {
      const DeliveryPage page = get(store->history().search(filter));
      const auto ids = ids_in(page.deliveries);
      paged.insert(paged.end(), ids.begin(), ids.end());
      left_off = left_off || page.searched_to.has_value();
      if (page.searched_to) {
        filter.before = page.searched_to;
      } else if (ids.size() == filter.limit) {
        filter.before = ids.back();
      } else {
        break;
      }
    }
    CHECK(left_off);
    CHECK(paged == ids_in(whole.deliveries));
  }
}

void keeps_the_headers_of_failing_answers(const OpenStore& open) {
  const auto store = open();
  const EndpointId id = add_sample(*store, "crm", 1);
  Attempt first = failed_attempt(1);
  first.answer_headers = "retry-after: 30\nserver: x";
  Attempt second = failed_attempt(2);
  second.answer_headers = "server: y";
  const EventId event = emit(*store, event_of("a.x", {id}));
  ok(settle_one(*store,
                settled(all_due(*store, id)[0], first, DeliveryState::pending, noon + hour)));
  CHECK(get(store->history().deliveries({}))[0].last->answer_headers == first.answer_headers);
  ok(settle_one(*store, settled(all_due(*store, id)[0], second, DeliveryState::dead)));
  const Timeline timeline = get(store->history().timeline({event, id}));
  REQUIRE(timeline.attempts.size() == 2);
  CHECK(timeline.attempts[0].answer_headers == first.answer_headers);
  CHECK(timeline.attempts[1].answer_headers == second.answer_headers);

  const Event test = get(store->test_deliveries().begin_test(id, "webhook.test", "{}", noon));
  ok(store->test_deliveries().finish_test({test.id, id}, first, noon));
  CHECK(get(store->history().timeline({test.id, id})).attempts.at(0).answer_headers ==
        first.answer_headers);
}

void counts_hours_and_failures(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  add_sample(*store, "erp", 2);
  for (int i = 0; i < 6; ++i) emit(*store, event_of("a.x", {{1}, {2}}));
  settle_in_order(*store, {{good_attempt(1, noon - 3 * hour), DeliveryState::delivered},
                           {failed_attempt(1, noon - 3 * hour), DeliveryState::dead},
                           {failed_attempt(1, noon), DeliveryState::pending},
                           {timed_out(1, noon + minute), DeliveryState::dead},
                           {failed_attempt(1, noon + 2 * minute), DeliveryState::dead}});
  ok(settle_one(*store, settled(all_due(*store, {2})[0], timed_out(1), DeliveryState::dead)));

  const Activity crm = get(store->statistics().activity(EndpointId{1}, noon - 10 * hour));
  CHECK(crm.hours == std::vector<HourCount>{{.begins = noon - 3 * hour, .ok = 1, .failed = 1},
                                            {.begins = noon, .ok = 0, .failed = 3}});
  CHECK(crm.failures == std::vector<FailureCount>{{"503", 3}, {"timeout", 1}});
  CHECK(crm.latency[static_cast<std::size_t>(latency_bucket(Millis{90}))] == 3);

  const Activity recent = get(store->statistics().activity(std::nullopt, noon));
  CHECK(recent.hours == std::vector<HourCount>{{.begins = noon, .ok = 0, .failed = 4}});
  CHECK(recent.failures == std::vector<FailureCount>{{"503", 2}, {"timeout", 2}});

  const auto failures = get(store->statistics().failures(noon));
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].id == EndpointId{1});
  CHECK(failures[0].failures == std::vector<FailureCount>{{"503", 2}, {"timeout", 1}});
  CHECK(failures[1].failures == std::vector<FailureCount>{{"timeout", 1}});

  // What a removed webhook did stays in the totals; its own figures go.
  ok(store->config().remove_endpoint({2}, noon, {}));
  CHECK(get(store->statistics().activity(std::nullopt, noon)).hours == recent.hours);
  CHECK(get(store->statistics().activity(EndpointId{2}, noon)).hours.empty());
  CHECK(get(store->statistics().activity(EndpointId{2}, noon)).failures.empty());
  CHECK(get(store->statistics().failures(noon)).size() == 1);
}

void a_dropped_settlement_counts_nowhere(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  emit(*store, event_of("a.x", {{1}}));
  const auto row = all_due(*store, {1})[0];
  ok(settle_one(*store, settled(row, failed_attempt(1), DeliveryState::dead)));
  ok(settle_one(*store, settled(row, failed_attempt(1), DeliveryState::dead)));
  CHECK(get(store->statistics().activity(std::nullopt, noon)).failures ==
        std::vector<FailureCount>{{"503", 1}});
}

void figures_of_one(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  add_sample(*store, "erp", 2);
  emit(*store, event_of("a.x", {{1}, {2}}), noon);
  settle_in_order(*store, {{good_attempt(1), DeliveryState::delivered}});
  const EndpointStats crm = get(store->statistics().stats_of({1}, noon - hour));
  CHECK(crm.delivered == 1);
  CHECK(crm.latency != LatencyBuckets{});
  CHECK_FALSE(crm.backlog_age(noon).has_value());
  CHECK(get(store->statistics().stats_of({1}, std::nullopt)).latency == LatencyBuckets{});
  const EndpointStats erp = get(store->statistics().stats_of({2}, std::nullopt));
  CHECK(erp.pending == 1);
  CHECK(erp.backlog_age(noon + 5 * second) == 5 * second);
  CHECK(error_of(store->statistics().stats_of({3}, std::nullopt)).code == ErrorCode::not_found);
}

void sums_of_all(const OpenStore& open) {
  const auto store = open();
  CHECK(get(store->statistics().totals()) == WebhookTotals{});
  for (const std::int64_t id : {1, 2, 3, 4}) add_sample(*store, "w" + std::to_string(id), id);
  CHECK(get(store->statistics().totals()) == WebhookTotals{.webhooks = 4});
  for (int i = 0; i < 5; ++i) emit(*store, event_of("a.x", {{1}, {2}}, {{3}}));
  settle_in_order(*store, {{good_attempt(1), DeliveryState::delivered},
                           {failed_attempt(1), DeliveryState::dead},
                           {failed_attempt(1), DeliveryState::pending}});
  const auto cancelled = all_due(*store, {2}).at(0).id;
  get(store->recovery().cancel({&cancelled, 1}, noon, Unfit::refuse));
  using enum DisabledBy;
  for (const auto& [id, by] : {std::pair{1, failures}, std::pair{2, gone}, std::pair{3, member}}) {
    ok(store->config().set_endpoint_state({id}, EndpointState::disabled, by, "x", noon, {}));
  }
  WebhookTotals expected{.webhooks = 4,
                         .disabled_by_failures = 2,
                         .pending = 7,
                         .delivered = 1,
                         .dead = 1,
                         .missed = 5,
                         .cancelled = 1};
  CHECK(get(store->statistics().totals()) == expected);
  // What goes with a webhook is in no sum any more.
  ok(store->config().remove_endpoint({2}, noon, {}));
  expected = {.webhooks = 3,
              .disabled_by_failures = 1,
              .pending = 3,
              .delivered = 1,
              .dead = 1,
              .missed = 5};
  CHECK(get(open()->statistics().totals()) == expected);
}

void counts_recent_events_by_type(const OpenStore& open) {
  const auto store = open();
  const EndpointId id = add_sample(*store, "crm", 1);
  using Counts = decltype(RecentEvents::by_type);
  CHECK(get(store->history().recent_events({}, 10)).by_type.empty());
  emit(*store, event_of("a.old", {}), noon - hour);
  const EventId first = emit(*store, event_of("a.x", {{1}}), noon);
  const EventId second_one = emit(*store, event_of("b.x", {}, {{1}}), noon + second);
  emit(*store, event_of("a.x", {}), noon + minute);
  get(store->test_deliveries().begin_test(id, "webhook.test", "{}", noon + minute));

  const RecentEvents all = get(store->history().recent_events(noon, 10));
  CHECK(all.by_type == Counts{{"a.x", 2}, {"b.x", 1}, {"webhook.test", 1}});
  CHECK_FALSE(all.counted_to.has_value());
  CHECK(get(store->history().recent_events({}, 10)).by_type.at("a.old") == 1);
  CHECK(get(store->history().recent_events(noon + hour, 10)).by_type.empty());

  // As many as there are is all; one fewer is not.
  CHECK_FALSE(get(store->history().recent_events(noon, 4)).counted_to.has_value());
  const RecentEvents some = get(store->history().recent_events(noon, 3));
  CHECK(some.by_type == Counts{{"a.x", 1}, {"b.x", 1}, {"webhook.test", 1}});
  CHECK(some.counted_to == second_one);
  CHECK(get(store->history().recent_events(noon, 4)).by_type.at("a.x") == 2);
  CHECK(time_of(first) == noon);
}

constexpr StoreRule rules_of_seeing[] = {
    {"searches by event type", searches_by_type},
    {"searches by outcome", searches_by_outcome},
    {"a search goes on where it left off", a_search_goes_on_where_it_left_off},
    {"keeps the headers of failing answers", keeps_the_headers_of_failing_answers},
    {"counts hours and failures", counts_hours_and_failures},
    {"a dropped settlement counts nowhere", a_dropped_settlement_counts_nowhere},
    {"figures of one webhook", figures_of_one},
    {"sums of all webhooks", sums_of_all},
    {"counts recent events by type", counts_recent_events_by_type},
};

}  // namespace

std::span<const StoreRule> seeing_rules() {
  return rules_of_seeing;
}

}  // namespace thig
