#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

namespace thig {

namespace {

void reads_only_what_is_due(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  const EventId first = emit(*store, sample_event({{1}}), noon);
  emit(*store, sample_event({{1}}), noon + minute);
  CHECK(all_due(*store, {1}, noon - Millis{1}).empty());
  const auto rows = all_due(*store, {1}, noon);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].id.event == first);
  CHECK(all_due(*store, {1}, noon + minute).size() == 2);
  CHECK(all_due(*store, {1}, Time::max()).size() == 2);
  CHECK(all_due(*store, {2}, Time::max()).empty());
}

void reads_on_after_the_cursor(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  // Groups that are due at the same moment, so that the cursor stands within one.
  std::vector<EventId> expected;
  for (int group = 0; group < 5; ++group) {
    const std::vector<NewEvent> events(7, sample_event({{1}}));
    const auto ids = record(*store, events, noon + group * second);
    expected.insert(expected.end(), ids.begin(), ids.end());
  }
  for (const std::size_t limit : {1u, 3u, 7u, 10u, 35u, 100u}) {
    std::vector<EventId> read;
    std::optional<LaneCursor> after;
    for (;;) {
      const auto rows = get(store->queue().read_due(
          {.endpoint = {1}, .after = after, .limit = limit}, noon + minute));
      if (rows.empty()) break;
      CHECK(rows.size() <= limit);
      for (const auto& row : rows) read.push_back(row.id.event);
      after = LaneCursor{rows.back().due_at, rows.back().id.event};
      REQUIRE(read.size() <= expected.size());
    }
    CHECK_MESSAGE(read == expected, "limit ", limit);
  }
  CHECK(get(store->queue().read_due(
                {.endpoint = {1}, .after = LaneCursor{noon + hour, {}}, .limit = 10}, noon))
            .empty());
  CHECK(get(store->queue().read_due({.endpoint = {1}, .after = {}, .limit = 0}, noon)).empty());
}

void lanes_are_what_has_something_pending(const OpenStore& open) {
  const auto store = open();
  CHECK(get(store->queue().lanes()).empty());
  for (const std::int64_t id : {1, 2, 3}) add_sample(*store, "w" + std::to_string(id), id);
  emit(*store, sample_event({{3}}), noon + minute);
  emit(*store, sample_event({{1}, {3}}), noon + hour);
  const auto lanes = get(store->queue().lanes());
  REQUIRE(lanes.size() == 2);
  CHECK(lanes[0].endpoint == EndpointId{1});
  CHECK(lanes[0].first_due == noon + hour);
  CHECK(lanes[1].endpoint == EndpointId{3});
  CHECK(lanes[1].first_due == noon + minute);

  // A disabled one keeps its lane; whoever dispatches decides.
  ok(store->config().set_endpoint_state({3}, EndpointState::disabled, DisabledBy::member, "", noon,
                                        {}));
  CHECK(get(store->queue().lanes()).size() == 2);
}

void many_webhooks_are_read_at_once(const OpenStore& open) {
  const auto store = open();
  for (const std::int64_t id : {1, 2, 3}) add_sample(*store, "w" + std::to_string(id), id);
  emit(*store, sample_event({{1}, {2}, {3}}), noon);
  const EventId second_of_3 = emit(*store, sample_event({{3}}), noon + second);
  emit(*store, sample_event({{1}}), noon + hour);
  const auto one = get(store->queue().read_due({.endpoint = {3}, .after = {}, .limit = 10}, noon));
  const std::size_t bytes = one.at(0).body.size();
  const LaneCursor first_of_3{one[0].due_at, one[0].id.event};
  constexpr auto unbounded = std::numeric_limits<std::size_t>::max();

  const DueRead reads[] = {{{3}, first_of_3, 10}, {{9}, {}, 10}, {{1}, {}, 10}, {{2}, {}, 1}};
  const auto pages = get(store->queue().due_pages(reads, noon + minute, unbounded));
  REQUIRE(pages.size() == 4);
  REQUIRE(pages[0].rows.size() == 1);
  CHECK(pages[0].rows[0].id.event == second_of_3);
  CHECK(pages[0].all);
  CHECK_FALSE(pages[0].next_due);
  CHECK(pages[1].rows.empty());  // there is no such webhook
  CHECK(pages[1].all);
  CHECK(pages[2].rows.size() == 1);
  CHECK(pages[2].all);
  CHECK(pages[2].next_due == noon + hour);
  CHECK(pages[3].rows.size() == 1);
  CHECK_FALSE(pages[3].all);  // there may be more
  CHECK_FALSE(pages[3].next_due);

  // What all bodies come to ends it with the page that reaches it; each page has a measure of its
  // own.
  CHECK(get(store->queue().due_pages(reads, noon + minute, bytes)).size() == 1);
  CHECK(get(store->queue().due_pages(reads, noon + minute, bytes + 1)).size() == 3);
  const DueRead first_alone{{3}, std::nullopt, 10, 1};
  const auto cut = get(store->queue().due_pages({&first_alone, 1}, noon + minute, unbounded));
  CHECK(cut.at(0).rows.size() == 1);
  CHECK_FALSE(cut[0].all);
  CHECK(get(store->queue().due_pages({}, noon, unbounded)).empty());
  // After a cursor, too, and they count no bytes then.
  for (const auto& after : {std::optional<LaneCursor>(), std::optional(first_of_3)}) {
    const DueRead whole{{3}, after, 10};
    DueRead bodiless = whole;
    bodiless.bodies = false;
    const auto with = get(store->queue().due_pages({&whole, 1}, noon + minute, unbounded));
    const auto without = get(store->queue().due_pages({&bodiless, 1}, noon + minute, 1));
    REQUIRE(without.front().rows.size() == with.front().rows.size());
    REQUIRE_FALSE(with.front().rows.empty());
    for (std::size_t i = 0; i < with.front().rows.size(); ++i) {
      CHECK(without.front().rows[i].id == with.front().rows[i].id);
      CHECK(without.front().rows[i].event_type == with.front().rows[i].event_type);
      CHECK(without.front().rows[i].body.empty());
      CHECK_FALSE(with.front().rows[i].body.empty());
    }
  }
}

void health_is_read_of_many(const OpenStore& open) {
  const auto store = open();
  for (const std::int64_t id : {1, 2}) add_sample(*store, "w" + std::to_string(id), id);
  SettleBatch batch;
  EndpointHealth health;
  health.consecutive_failures = 4;
  batch.endpoints.push_back({.id = {2}, .health = health, .reason = {}});
  ok(store->queue().settle(batch, noon));
  const EndpointId ids[] = {{2}, {9}, {1}};
  const auto all = get(store->queue().healths(ids));
  REQUIRE(all.size() == 3);
  CHECK(all[0] == health);
  CHECK(all[1] == EndpointHealth{});
  CHECK(all[2] == EndpointHealth{});
}

void arrivals_tell_that_rows_have_come(const OpenStore& open) {
  const auto store = open();
  for (const std::int64_t id : {1, 2}) add_sample(*store, "w" + std::to_string(id), id);
  const auto arrivals = [&](std::int64_t id) {
    for (const LaneHead& head : get(store->queue().lanes())) {
      if (head.endpoint == EndpointId{id}) return std::pair(head.arrivals, head.dead);
    }
    FAIL("no such lane");
    return std::pair(std::int64_t{0}, std::int64_t{0});
  };
  for (int i = 0; i < 3; ++i) emit(*store, sample_event({{1}, {2}}), noon);
  const auto before = arrivals(1);
  const auto other = arrivals(2);
  emit(*store, sample_event({{1}}), noon);
  CHECK((arrivals(1) != before));
  CHECK((arrivals(2) == other));
  // Whatever comes of them.
  const auto rows = all_due(*store, {2}, noon);
  REQUIRE(rows.size() == 3);
  ok(settle_one(*store, settled(rows[0], good_attempt(1), DeliveryState::delivered)));
  ok(settle_one(*store, settled(rows[1], failed_attempt(1), DeliveryState::pending, noon + hour)));
  CHECK((arrivals(2) == other));
  ok(settle_one(*store, settled(rows[2], failed_attempt(1), DeliveryState::dead)));
  CHECK(arrivals(2).first == other.first);
}

void a_delivery_ends_with_its_last_attempt(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  const EventId id = emit(*store, sample_event({{1}}));
  const auto row = all_due(*store, {1}).at(0);
  ok(settle_one(*store, settled(row, good_attempt(1, noon + second), DeliveryState::delivered),
                noon + minute));

  CHECK(all_due(*store, {1}).empty());
  CHECK(get(store->queue().lanes()).empty());
  const Timeline timeline = get(open()->history().timeline({id, {1}}));
  CHECK(timeline.delivery.state == DeliveryState::delivered);
  CHECK(timeline.delivery.attempts == 1);
  CHECK(timeline.delivery.finished_at == noon + minute);
  CHECK_FALSE(timeline.delivery.due_at.has_value());
  REQUIRE(timeline.attempts.size() == 1);
  CHECK(timeline.attempts[0].started_at == noon + second);
  CHECK(timeline.attempts[0].duration == Millis{40});
  CHECK(timeline.attempts[0].status == 200);
  CHECK(timeline.attempts[0].ok());
}

void a_retry_moves_to_its_time(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  const EventId retried = emit(*store, sample_event({{1}}), noon);
  const EventId fresh = emit(*store, sample_event({{1}}), noon + minute);
  const auto row = all_due(*store, {1}).at(0);
  ok(settle_one(*store,
                settled(row, failed_attempt(1), DeliveryState::pending, noon + 3 * minute)));

  CHECK(all_due(*store, {1}, noon).empty());
  const auto rows = all_due(*store, {1});
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].id.event == fresh);
  CHECK(rows[1].id.event == retried);
  CHECK(rows[1].due_at == noon + 3 * minute);
  CHECK(rows[1].attempts_made == 1);
  CHECK(rows[1].body == row.body);
}

void every_attempt_is_kept(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  const EventId id = emit(*store, sample_event({{1}}));
  for (int number = 1; number <= 3; ++number) {
    const auto row = all_due(*store, {1}).at(0);
    const bool last = number == 3;
    ok(settle_one(*store, settled(row, failed_attempt(number, noon + number * minute),
                                  last ? DeliveryState::dead : DeliveryState::pending,
                                  noon + (number + 1) * minute)));
    const Timeline timeline = get(store->history().timeline({id, {1}}));
    REQUIRE(timeline.attempts.size() == static_cast<std::size_t>(number));
    CHECK(timeline.delivery.attempts == number);
    CHECK(timeline.delivery.last->number == number);
    for (int k = 1; k <= number; ++k) {
      const Attempt& attempt = timeline.attempts[static_cast<std::size_t>(k - 1)];
      CHECK(attempt.number == k);
      CHECK(attempt.started_at == noon + k * minute);
      CHECK(attempt.status == 503);
      CHECK(attempt.error == "http: 503");
      CHECK(attempt.answer == "try later");
    }
  }
  CHECK(get(store->history().timeline({id, {1}})).delivery.state == DeliveryState::dead);
}

void a_vanished_row_drops_its_settlement(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  add_sample(*store, "gone", 2);
  emit(*store, sample_event({{1}, {2}}));
  const auto row = all_due(*store, {1}).at(0);
  const auto of_gone = all_due(*store, {2}).at(0);
  ok(settle_one(*store, settled(row, good_attempt(1), DeliveryState::delivered)));
  ok(store->config().remove_endpoint({2}, noon, {}));

  SettleBatch late;
  late.deliveries.push_back(settled(row, failed_attempt(1), DeliveryState::dead));
  late.deliveries.push_back(settled(of_gone, failed_attempt(1), DeliveryState::pending, noon));
  late.endpoints.push_back({{2}, {1, noon, false, 1, {}, Millis{0}, 1}, DisabledBy::gone, "410"});
  ok(store->queue().settle(late, noon));

  const EndpointStats stats = stats_of(*store, {1});
  CHECK(stats.delivered == 1);
  CHECK(stats.dead == 0);
  CHECK(stats.attempts() == 1);
  CHECK(stats.pending == 0);
  CHECK(get(store->statistics().stats({})).size() == 1);
  CHECK(get(store->history().deliveries({})).size() == 1);
  CHECK(get(store->queue().lanes()).empty());
}

void a_settlement_at_the_wrong_time_is_dropped(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  emit(*store, sample_event({{1}}));
  auto row = all_due(*store, {1}).at(0);
  row.due_at += second;
  ok(settle_one(*store, settled(row, good_attempt(1), DeliveryState::delivered)));
  CHECK(all_due(*store, {1}).size() == 1);
  CHECK(stats_of(*store, {1}).pending == 1);
}

void names_those_that_fail(const OpenStore& open) {
  const auto store = open();
  for (const std::int64_t id : {3, 1, 2}) add_sample(*store, "w" + std::to_string(id), id);
  CHECK(get(store->queue().failing()).empty());
  const EndpointHealth health{.consecutive_failures = 3,
                              .failing_since = noon - hour,
                              .warned = true,
                              .endpoint_failures = 5,
                              .paused_until = noon + minute,
                              .pause = minute,
                              .window = 1};
  EndpointHealth well;
  well.window = 4;
  SettleBatch batch;
  batch.endpoints.push_back({.id = {3}, .health = health, .reason = {}});
  batch.endpoints.push_back({.id = {2}, .health = well, .reason = {}});
  batch.endpoints.push_back({.id = {1}, .health = health, .reason = {}});
  ok(store->queue().settle(batch, noon));
  // One that is disabled goes on being one that failed.
  ok(store->config().set_endpoint_state({1}, EndpointState::disabled, DisabledBy::member, "", noon,
                                        {}));
  const auto failing = get(store->queue().failing());
  REQUIRE(failing.size() == 2);
  CHECK(failing[0].id == EndpointId{1});
  CHECK(failing[0].health == health);
  CHECK(failing[1].id == EndpointId{3});
  ok(store->config().remove_endpoint({3}, noon, {}));
  CHECK(get(store->queue().failing()).size() == 1);
}

void counters_equal_the_history(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  add_sample(*store, "erp", 2);
  for (int i = 0; i < 6; ++i) emit(*store, sample_event({{1}, {2}}), noon + i * second);
  const auto rows = all_due(*store, {1});
  SettleBatch batch;
  batch.deliveries = {
      settled(rows[0], good_attempt(1, noon + minute), DeliveryState::delivered),
      settled(rows[1], good_attempt(1, noon + 3 * minute), DeliveryState::delivered),
      settled(rows[2], failed_attempt(1, noon + 2 * minute), DeliveryState::dead),
      settled(rows[3], failed_attempt(1, noon), DeliveryState::pending, noon + hour),
  };
  ok(store->queue().settle(batch, noon));

  const EndpointStats crm = stats_of(*store, {1});
  CHECK(crm.attempts_ok == 2);
  CHECK(crm.attempts_failed == 2);
  CHECK(crm.delivered == 2);
  CHECK(crm.dead == 1);
  CHECK(crm.pending == 3);
  CHECK(crm.last_attempt_at == noon + 3 * minute);
  CHECK(crm.last_outcome == "200");
  CHECK(crm.success_rate() == doctest::Approx(0.5));
  CHECK(crm.next_due == noon + 4 * second);

  const EndpointStats erp = stats_of(*store, {2});
  CHECK(erp.attempts() == 0);
  CHECK(erp.pending == 6);
  CHECK(erp.last_outcome.empty());
  CHECK_FALSE(erp.last_attempt_at.has_value());
  CHECK_FALSE(erp.success_rate().has_value());
}

void the_last_outcome_is_the_newest_attempts(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  for (int i = 0; i < 3; ++i) emit(*store, sample_event({{1}}));
  const auto rows = all_due(*store, {1});
  Attempt timeout{1, noon + hour, Millis{10'000}, std::nullopt, "timeout: no answer", ""};
  ok(settle_one(*store, settled(rows[0], timeout, DeliveryState::dead)));
  CHECK(stats_of(*store, {1}).last_outcome == "timeout");
  ok(settle_one(*store, settled(rows[1], good_attempt(1, noon), DeliveryState::delivered)));
  CHECK(stats_of(*store, {1}).last_outcome == "timeout");
  CHECK(stats_of(*store, {1}).last_attempt_at == noon + hour);
  ok(settle_one(*store, settled(rows[2], failed_attempt(1, noon + 2 * hour), DeliveryState::dead)));
  CHECK(stats_of(*store, {1}).last_outcome == "503");
}

void health_is_kept(const OpenStore& open) {
  const EndpointHealth health{4, noon, true, 6, noon + minute, Millis{60'000}, 1};
  {
    const auto store = open();
    add_sample(*store, "crm", 1);
    CHECK(get(store->queue().health({1})) == EndpointHealth{});
    SettleBatch batch;
    batch.endpoints.push_back({{1}, health, DisabledBy::nobody, ""});
    ok(store->queue().settle(batch, noon));
  }
  const auto store = open();
  CHECK(get(store->queue().health({1})) == health);
  CHECK(stats_of(*store, {1}).failing_since == noon);
  CHECK(get(store->queue().health({99})) == EndpointHealth{});
}

void settling_disables(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  add_sample(*store, "ops", 2);
  emit(*store, sample_event({{1}}));
  const auto version = get(store->config().config_version());

  SettleBatch batch;
  batch.deliveries.push_back(
      settled(all_due(*store, {1}).at(0), failed_attempt(1), DeliveryState::dead));
  batch.endpoints.push_back({{1},
                             {10, noon, true, 10, {}, Millis{0}, 1},
                             DisabledBy::gone,
                             "410",
                             {.action = "webhook.disable", .subject = "its name before"}});
  batch.raised.push_back({"webhook.disabled", R"({"name":"crm"})", {{2}}, {}});
  ok(store->queue().settle(batch, noon + minute));

  const Endpoint endpoint = get(store->config().find_endpoint("crm"));
  CHECK(endpoint.state == EndpointState::disabled);
  CHECK(endpoint.disabled_by == DisabledBy::gone);
  CHECK(endpoint.state_reason == "410");
  CHECK(endpoint.state_since == noon + minute);
  CHECK(get(store->config().config_version()) > version);
  const auto raised = all_due(*store, {2});
  REQUIRE(raised.size() == 1);
  CHECK(raised[0].event_type == "webhook.disabled");
  const auto trail = get(store->config().audit({}));
  REQUIRE(trail.size() == 1);
  CHECK(trail[0].at == noon + minute);
  CHECK(trail[0].actor.name.empty());
  CHECK(trail[0].action == "webhook.disable");
  CHECK(trail[0].subject == "crm");
}

void a_members_word_outlives_a_later_settlement(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  ok(store->config().set_endpoint_state({1}, EndpointState::disabled, DisabledBy::member, "by hand",
                                        noon, {}));
  SettleBatch batch;
  batch.endpoints.push_back({{1}, {}, DisabledBy::failures, "10 failures"});
  ok(store->queue().settle(batch, noon + minute));
  const Endpoint endpoint = get(store->config().find_endpoint("crm"));
  CHECK(endpoint.disabled_by == DisabledBy::member);
  CHECK(endpoint.state_reason == "by hand");
  CHECK(get(store->config().audit({})).empty());
}

// A wall clock that is set back, with a restart in between, must not leave retries waiting for it.
void time_does_not_go_back(const OpenStore& open) {
  const auto store = open();
  CHECK(get(store->queue().time_floor(noon)) == noon);
  SettleBatch batch;
  batch.dispatcher_time = noon + 24 * hour;
  batch.endpoints.push_back({.id = {1}, .health = {}, .disable = DisabledBy::nobody, .reason = {}});
  REQUIRE(store->queue().settle(batch, noon));
  const auto reopened = open();
  CHECK(get(reopened->queue().time_floor(noon)) == noon + 24 * hour);
  CHECK(get(reopened->queue().time_floor(noon + hour)) == noon + 25 * hour);
  CHECK(get(reopened->queue().time_floor(noon - hour)) == noon + 24 * hour);
}

void others_commits_are_noticed(const OpenStore& open) {
  const auto store = open();
  const auto other = open();
  add_sample(*store, "crm", 1);
  const auto before = get(store->queue().data_version());
  CHECK(get(store->queue().data_version()) == before);
  emit(*other, sample_event({{1}}));
  CHECK(get(store->queue().data_version()) != before);
  CHECK(all_due(*store, {1}).size() == 1);
}

constexpr StoreRule rules_of_queue[] = {
    {"reads only what is due", reads_only_what_is_due},
    {"reads on after the cursor", reads_on_after_the_cursor},
    {"lanes are the webhooks with something pending", lanes_are_what_has_something_pending},
    {"many webhooks are read at once", many_webhooks_are_read_at_once},
    {"health is read of many", health_is_read_of_many},
    {"arrivals tell that rows have come", arrivals_tell_that_rows_have_come},
    {"a delivery ends with its last attempt", a_delivery_ends_with_its_last_attempt},
    {"a retry moves to its time", a_retry_moves_to_its_time},
    {"every attempt is kept", every_attempt_is_kept},
    {"a vanished row drops its settlement", a_vanished_row_drops_its_settlement},
    {"a settlement of another due time is dropped", a_settlement_at_the_wrong_time_is_dropped},
    {"names those that fail", names_those_that_fail},
    {"counters equal the history", counters_equal_the_history},
    {"the last outcome is the newest attempt's", the_last_outcome_is_the_newest_attempts},
    {"health is kept", health_is_kept},
    {"settling disables a webhook", settling_disables},
    {"a member's word outlives a later settlement", a_members_word_outlives_a_later_settlement},
    {"time does not go back", time_does_not_go_back},
    {"others' commits are noticed", others_commits_are_noticed},
};

}  // namespace

std::span<const StoreRule> queue_rules() {
  return rules_of_queue;
}

}  // namespace thig
