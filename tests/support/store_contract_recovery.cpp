#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

#include <algorithm>
#include <array>
#include <map>

namespace thig {

namespace {

Timeline timeline_of(Store& store, DeliveryId id) {
  return get(store.history().timeline(id));
}
DeliveryState state_of(Store& store, DeliveryId id) {
  return timeline_of(store, id).delivery.state;
}

// The webhook's one due row.
QueuedDelivery only_due(Store& store, EndpointId endpoint) {
  auto rows = all_due(store, endpoint);
  REQUIRE(rows.size() == 1);
  return std::move(rows.front());
}

// A delivery that died at its second attempt, the first of which is in the attempts.
DeliveryId dead_sample(Store& store, EndpointId endpoint, Time now = noon) {
  const EventId event = emit(store, sample_event({endpoint}), now);
  const auto row_of = [&] {
    for (const QueuedDelivery& row : all_due(store, endpoint)) {
      if (row.id.event == event) return row;
    }
    FAIL("not pending");
    return QueuedDelivery{};
  };
  ok(settle_one(store,
                settled(row_of(), failed_attempt(1, now), DeliveryState::pending, now + minute)));
  ok(settle_one(store, settled(row_of(), failed_attempt(2, now + minute), DeliveryState::dead),
                now + minute));
  return {event, endpoint};
}

// Figures are equal to what they sum up.
void check_figures(Store& store, EndpointId endpoint) {
  DeliveryFilter filter;
  filter.endpoint = endpoint;
  filter.limit = 100'000;
  std::map<DeliveryState, std::int64_t> sums;
  for (const Delivery& one : get(store.history().deliveries(filter))) ++sums[one.state];
  const EndpointStats stats = stats_of(store, endpoint);
  CHECK(stats.pending == sums[DeliveryState::pending]);
  CHECK(stats.delivered == sums[DeliveryState::delivered]);
  CHECK(stats.dead == sums[DeliveryState::dead]);
  CHECK(stats.missed == sums[DeliveryState::missed]);
  CHECK(stats.cancelled == sums[DeliveryState::cancelled]);
}

std::int64_t recalls_of(Store& store, EndpointId endpoint) {
  for (const LaneHead& head : get(store.queue().lanes())) {
    if (head.endpoint == endpoint) return head.recalls;
  }
  FAIL("nothing is pending");
  return 0;
}

void retry_brings_a_dead_one_back(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const DeliveryId id = dead_sample(*store, crm);
  const std::string body = timeline_of(*store, id).body;
  const std::int64_t failed = stats_of(*store, crm).attempts_failed;

  const auto retried = get(store->recovery().retry(std::array{id}, noon + hour));
  REQUIRE(retried.size() == 1);
  CHECK(retried[0].id == id);
  CHECK(retried[0].was == DeliveryState::dead);
  CHECK_FALSE(retried[0].due_already);

  const QueuedDelivery row = only_due(*store, crm);
  CHECK(row.id == id);
  CHECK(row.due_at == noon + hour);
  CHECK(row.attempts_made == 2);
  CHECK(row.earlier_attempts == 2);
  CHECK(row.body == body);
  const Timeline timeline = timeline_of(*store, id);
  CHECK(timeline.delivery.state == DeliveryState::pending);
  CHECK(timeline.delivery.attempts == 2);
  REQUIRE(timeline.delivery.last.has_value());
  CHECK(timeline.delivery.last->number == 2);
  REQUIRE(timeline.attempts.size() == 2);
  CHECK(timeline.attempts[1].started_at == noon + minute);
  CHECK(timeline.attempts[1].error == "http: 503");
  CHECK(timeline.attempts[1].answer == "try later");
  CHECK(stats_of(*store, crm).attempts_failed == failed);
  check_figures(*store, crm);
}

void attempts_go_on_after_it(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const DeliveryId id = dead_sample(*store, crm);
  for (int life = 1; life <= 2; ++life) {
    get(store->recovery().retry(std::array{id}, noon + life * hour));
    const int made = 2 * life;
    CHECK(only_due(*store, crm).earlier_attempts == made);
    ok(settle_one(*store, settled(only_due(*store, crm), failed_attempt(made + 1),
                                  DeliveryState::pending, noon + life * hour + minute)));
    // Waiting for its retry it still knows what counts.
    CHECK(only_due(*store, crm).attempts_made == made + 1);
    CHECK(only_due(*store, crm).earlier_attempts == made);
    ok(settle_one(*store,
                  settled(only_due(*store, crm), failed_attempt(made + 2), DeliveryState::dead)));
    check_figures(*store, crm);
  }
  const auto attempts = timeline_of(*store, id).attempts;
  REQUIRE(attempts.size() == 6);
  for (int i = 0; i < 6; ++i) CHECK(attempts[static_cast<std::size_t>(i)].number == i + 1);
}

void retry_takes_every_ended_state(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const EventId delivered = emit(*store, sample_event({crm}));
  ok(settle_one(*store, settled(only_due(*store, crm), good_attempt(1), DeliveryState::delivered)));
  const EventId missed = emit(*store, sample_event({}, {crm}));
  const EventId cancelled = emit(*store, sample_event({crm}));
  CHECK(get(store->recovery().cancel(std::array{DeliveryId{cancelled, crm}}, noon, Unfit::refuse))
            .cancelled == 1);
  const DeliveryId dead = dead_sample(*store, crm);

  const std::array ids = {DeliveryId{missed, crm}, dead, DeliveryId{delivered, crm},
                          DeliveryId{cancelled, crm}};
  const auto retried = get(store->recovery().retry(ids, noon + hour));
  REQUIRE(retried.size() == 4);
  CHECK(retried[0].was == DeliveryState::missed);
  CHECK(retried[1].was == DeliveryState::dead);
  CHECK(retried[2].was == DeliveryState::delivered);
  CHECK(retried[3].was == DeliveryState::cancelled);
  CHECK(all_due(*store, crm).size() == 4);
  CHECK(timeline_of(*store, {missed, crm}).attempts.empty());
  CHECK(timeline_of(*store, {delivered, crm}).attempts.size() == 1);
  CHECK(timeline_of(*store, {delivered, crm}).attempts[0].ok());
  check_figures(*store, crm);
}

void retry_brings_forward_what_waits(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const EventId event = emit(*store, sample_event({crm}));
  const std::array ids = {DeliveryId{event, crm}};
  auto retried = get(store->recovery().retry(ids, noon));
  CHECK(retried[0].due_already);
  CHECK(recalls_of(*store, crm) == 0);

  ok(settle_one(*store, settled(only_due(*store, crm), failed_attempt(1), DeliveryState::pending,
                                noon + hour)));
  retried = get(store->recovery().retry(ids, noon + minute));
  CHECK_FALSE(retried[0].due_already);
  CHECK(retried[0].was == DeliveryState::pending);
  CHECK(recalls_of(*store, crm) == 1);
  const QueuedDelivery row = only_due(*store, crm);
  CHECK(row.due_at == noon + minute);
  CHECK(row.attempts_made == 1);
  CHECK(row.earlier_attempts == 0);
  check_figures(*store, crm);
}

void retry_is_all_or_nothing(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const DeliveryId dead = dead_sample(*store, crm);
  const Event test = get(store->test_deliveries().begin_test(crm, "webhook.test", "{}", noon));

  const DeliveryId unknown{{dead.event.value + 99}, crm};
  const Error missing = error_of(store->recovery().retry(std::array{dead, unknown}, noon + hour));
  CHECK(missing.code == ErrorCode::not_found);
  CHECK(missing.text.find(to_text(unknown)) != std::string::npos);
  CHECK(missing.text.find(to_text(dead)) == std::string::npos);
  CHECK(state_of(*store, dead) == DeliveryState::dead);

  const Error of_test =
      error_of(store->recovery().retry(std::array{dead, DeliveryId{test.id, crm}}, noon));
  CHECK(of_test.code == ErrorCode::conflict);
  CHECK(state_of(*store, dead) == DeliveryState::dead);
  CHECK(get(store->queue().lanes()).empty());
  check_figures(*store, crm);

  ok(store->config().remove_endpoint(crm, noon, {}));
  CHECK(code_of(store->recovery().retry(std::array{dead}, noon)) == ErrorCode::not_found);
  CHECK(get(store->recovery().retry({}, noon)).empty());
}

void cancel_keeps_the_attempts(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const EventId event = emit(*store, sample_event({crm}));
  for (int number = 1; number <= 2; ++number) {
    ok(settle_one(*store, settled(only_due(*store, crm), failed_attempt(number),
                                  DeliveryState::pending, noon + number * minute)));
  }
  const DeliveryId id{event, crm};
  CHECK(get(store->recovery().cancel(std::array{id}, noon + hour, Unfit::refuse)).cancelled == 1);
  CHECK(get(store->queue().lanes()).empty());
  Timeline timeline = timeline_of(*store, id);
  CHECK(timeline.delivery.state == DeliveryState::cancelled);
  CHECK(timeline.delivery.attempts == 2);
  CHECK(timeline.delivery.finished_at == noon + hour);
  REQUIRE(timeline.attempts.size() == 2);
  CHECK(timeline.attempts[0].number == 1);
  CHECK(timeline.attempts[1].number == 2);
  check_figures(*store, crm);

  // There and back again.
  get(store->recovery().retry(std::array{id}, noon + hour));
  CHECK(timeline_of(*store, id).attempts.size() == 2);
  CHECK(only_due(*store, crm).earlier_attempts == 2);
  check_figures(*store, crm);
}

void cancel_is_all_or_nothing(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const DeliveryId dead = dead_sample(*store, crm);
  const DeliveryId pending{emit(*store, sample_event({crm})), crm};
  const Error ended =
      error_of(store->recovery().cancel(std::array{pending, dead}, noon, Unfit::refuse));
  CHECK(ended.code == ErrorCode::conflict);
  CHECK(ended.text.find(to_text(dead) + " is dead") != std::string::npos);
  const DeliveryId unknown{{pending.event.value + 99}, crm};
  CHECK(code_of(store->recovery().cancel(std::array{pending, unknown}, noon, Unfit::refuse)) ==
        ErrorCode::not_found);
  CHECK(state_of(*store, pending) == DeliveryState::pending);
  check_figures(*store, crm);
}

// A result that comes for a row that was cancelled, or cancelled and queued again, changes nothing.
void late_results_are_dropped(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const DeliveryId id{emit(*store, sample_event({crm})), crm};
  const QueuedDelivery under_way = only_due(*store, crm);
  CHECK(get(store->recovery().cancel(std::array{id}, noon, Unfit::refuse)).cancelled == 1);
  ok(settle_one(*store, settled(under_way, good_attempt(1), DeliveryState::delivered)));
  CHECK(state_of(*store, id) == DeliveryState::cancelled);
  CHECK(stats_of(*store, crm).attempts() == 0);

  get(store->recovery().retry(std::array{id}, noon + minute));
  ok(settle_one(*store,
                settled(under_way, failed_attempt(1), DeliveryState::pending, noon + 2 * hour)));
  CHECK(only_due(*store, crm).due_at == noon + minute);
  CHECK(stats_of(*store, crm).attempts() == 0);
  check_figures(*store, crm);
}

// Deaths and misses by turns, one a minute; and others' that must not be touched.
struct Ended {
  std::vector<DeliveryId> dead, missed, all;
};
Ended fill_ended(Store& store, EndpointId endpoint, EndpointId other, int pairs) {
  Ended ended;
  for (int i = 0; i < pairs; ++i) {
    const Time now = noon + i * 10 * minute;
    ended.dead.push_back(dead_sample(store, endpoint, now));
    ended.missed.push_back({emit(store, sample_event({}, {endpoint}), now + 5 * minute), endpoint});
    ended.all.push_back(ended.dead.back());
    ended.all.push_back(ended.missed.back());
    dead_sample(store, other, now);
  }
  return ended;
}

std::int64_t sum_of(const EndedPart& part) {
  std::int64_t sum = 0;
  for (const auto& [endpoint, counts] : part.counts) {
    for (const DeliveryCount& one : counts) sum += one.count;
  }
  return sum;
}

void ranges_are_queued_in_parts(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const EndpointId other = add_sample(*store, "other", 2);
  const Ended ended = fill_ended(*store, crm, other, 4);
  EndedRange range{.endpoint = crm, .events = {}};

  auto counted = get(store->recovery().count_ended(range, 100));
  CHECK_FALSE(counted.rest.has_value());
  const auto& counts = counted.counts[crm];
  REQUIRE(counts.size() == 2);
  CHECK(counts[0].state == DeliveryState::dead);
  CHECK(counts[0].event_type == "project.created");
  CHECK(counts[0].count == 4);
  CHECK(counts[1].count == 4);
  CHECK(counted.counts.size() == 1);

  const Time later = noon + 24 * hour;
  const auto due = [&](EndpointId) { return later; };
  std::vector<DeliveryId> queued;
  for (int parts = 0;; ++parts) {
    REQUIRE(parts < 4);
    const auto part = get(store->recovery().requeue_ended(range, 3, noon, due));
    check_figures(*store, crm);
    if (!part.rest) break;
    range.after = part.rest;
    // What has ended again meanwhile lies behind.
    if (parts == 0) {
      ok(settle_one(*store, settled(all_due(*store, crm, later).front(), failed_attempt(3),
                                    DeliveryState::dead)));
    }
  }
  for (const QueuedDelivery& row : all_due(*store, crm, later)) queued.push_back(row.id);
  CHECK(queued == std::vector(ended.all.begin() + 1, ended.all.end()));
  CHECK(stats_of(*store, crm).dead == 1);
  CHECK(stats_of(*store, other).dead == 4);
  CHECK(stats_of(*store, other).pending == 0);
}

void ranges_have_ends_and_states(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const EndpointId other = add_sample(*store, "other", 2);
  const Ended ended = fill_ended(*store, crm, other, 4);
  const EventRange middle{.first = ended.dead[1].event, .end = ended.dead[2].event};
  const auto count = [&](const EndedRange& range) {
    return sum_of(get(store->recovery().count_ended(range, 100)));
  };
  CHECK(count({.endpoint = crm, .events = middle}) == 2);
  CHECK(count({.endpoint = crm, .events = {}, .missed = false}) == 4);
  CHECK(count({.endpoint = crm, .events = {}, .dead = false}) == 4);
  CHECK(count({.endpoint = EndpointId{9}, .events = {}}) == 0);

  const std::array moments = {noon, noon + second, noon + minute};
  std::size_t asked = 0;
  const auto due = [&](EndpointId) { return moments.at(asked++); };
  get(store->recovery().requeue_ended({.endpoint = crm, .events = middle, .dead = false}, 3, noon,
                                      due));
  CHECK(only_due(*store, crm).id == ended.missed[1]);
  CHECK(only_due(*store, crm).due_at == noon);
  asked = 0;
  get(store->recovery().requeue_ended({.endpoint = crm, .events = {}}, 3, noon, due));
  const auto rows = all_due(*store, crm);
  REQUIRE(rows.size() == 4);
  for (const auto& [id, due_at] : {std::pair{ended.dead[0], noon},
                                   {ended.missed[0], noon + second},
                                   {ended.dead[1], noon + minute}}) {
    CHECK(std::ranges::count_if(rows, [&, id = id, at = due_at](const QueuedDelivery& row) {
            return row.id == id && row.due_at == at;
          }) == 1);
  }
  check_figures(*store, crm);
  ok(store->config().remove_endpoint(crm, noon, {}));
  CHECK(code_of(store->recovery().requeue_ended({.endpoint = crm, .events = {}}, 3, noon, due)) ==
        ErrorCode::not_found);
}

// Three events, missed by three webhooks each; the third webhook is then removed.
void all_webhooks_are_queued_by_events(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const EndpointId erp = add_sample(*store, "erp", 2);
  const EndpointId gone = add_sample(*store, "gone", 3);
  std::vector<EventId> events;
  for (int i = 0; i < 3; ++i) {
    events.push_back(emit(*store, sample_event({}, {crm, erp, gone}), noon + i * minute));
  }
  ok(store->config().remove_endpoint(gone, noon, {}));
  const EndedRange all{.endpoint = {}, .events = {}};
  EndedRange range = all;
  std::int64_t counted = 0;
  for (bool more = true; more;) {
    const EndedPart part = get(store->recovery().count_ended(range, 1));
    counted += sum_of(part);
    more = part.rest.has_value();
    range.after = part.rest;
  }
  CHECK(counted == 6);

  range = all;
  std::vector<EndpointId> asked;
  const auto due = [&](EndpointId endpoint) {
    asked.push_back(endpoint);
    return noon;
  };
  for (int parts = 0;; ++parts) {
    REQUIRE(parts < 4);
    const EndedPart part = get(store->recovery().requeue_ended(range, 3, noon, due));
    if (!part.rest) break;
    range.after = part.rest;
    // Within an event, too, what has ended again meanwhile lies behind.
    if (parts > 0) continue;
    const QueuedDelivery last = all_due(*store, erp, noon).back();
    CHECK(last.id == DeliveryId{events[1], erp});
    ok(settle_one(*store, settled(last, failed_attempt(1), DeliveryState::dead)));
  }
  CHECK(asked == std::vector{erp, crm, erp, crm, erp, crm});
  CHECK(all_due(*store, crm, noon).size() == 3);
  CHECK(all_due(*store, erp, noon).size() == 2);
  CHECK(stats_of(*store, erp).dead == 1);
  for (const EndpointId endpoint : {crm, erp}) check_figures(*store, endpoint);
}

void pending_ranges_are_cancelled_in_parts(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const EndpointId other = add_sample(*store, "other", 2);
  std::vector<EventId> events;
  // Many of one moment, then some of others.
  for (int i = 0; i < 12; ++i) {
    events.push_back(emit(*store, sample_event({crm, other}), noon + (i < 8 ? 0 : i) * second));
  }
  const PendingRange all{.endpoint = crm, .events = {}, .after = {}};
  PendingRange range = all;
  range.events = {.first = events[2], .end = events[10]};
  CHECK(get(store->recovery().count_pending(range, 100)).counts.at(0).count == 8);
  std::int64_t cancelled = 0;
  for (int parts = 0;; ++parts) {
    REQUIRE(parts < 6);
    const auto part = get(store->recovery().cancel_pending(range, 3, noon + minute));
    for (const DeliveryCount& one : part.counts) cancelled += one.count;
    check_figures(*store, crm);
    if (!part.rest) break;
    range.after = part.rest;
  }
  CHECK(cancelled == 8);
  std::vector<EventId> left;
  for (const QueuedDelivery& row : all_due(*store, crm)) left.push_back(row.id.event);
  CHECK(left == std::vector{events[0], events[1], events[10], events[11]});
  CHECK(all_due(*store, other).size() == 12);
  CHECK(state_of(*store, {events[5], crm}) == DeliveryState::cancelled);
  CHECK(get(store->recovery().cancel_pending(all, 100, noon)).counts.at(0).count == 4);
  CHECK(code_of(store->recovery().cancel_pending({.endpoint = {9}, .events = {}, .after = {}}, 9,
                                                 noon)) == ErrorCode::not_found);
}

// What was emitted before a webhook was added, or for others.
void unsent_events_are_recorded_in_parts(const OpenStore& open) {
  const auto store = open();
  const EndpointId old = add_sample(*store, "old", 1);
  std::vector<EventId> events;
  for (int i = 0; i < 7; ++i) {
    events.push_back(emit(*store, sample_event({old}), noon + i * minute));
  }
  const EndpointId fresh = add_sample(*store, "fresh", 2);
  const EventId pending = emit(*store, sample_event({fresh}), noon + hour);
  const EventId missed = emit(*store, sample_event({}, {fresh}), noon + hour);
  get(store->test_deliveries().begin_test(old, "project.created", "{}", noon + hour));
  UnsentRange range{.endpoint = fresh,
                    .events = {.first = events[1]},
                    .wanted = [](std::string_view type) { return type == "project.created"; }};
  const UnsentPart counted = get(store->recovery().count_unsent(range, 100));
  REQUIRE(counted.counts.size() == 1);
  CHECK(counted.counts[0].count == 6);
  CHECK(counted.counts[0].state == DeliveryState::missed);
  CHECK_FALSE(counted.rest.has_value());
  UnsentRange none = range;
  none.wanted = [](std::string_view) { return false; };
  CHECK(get(store->recovery().count_unsent(none, 100)).counts.empty());

  // Bodies are looked at of those alone that are wanted and unsent.
  UnsentRange some = range;
  std::vector<std::string> bodies;
  some.wanted_body = [&](std::string_view body) {
    bodies.emplace_back(body);
    return bodies.size() % 2 == 1;
  };
  CHECK(get(store->recovery().count_unsent(some, 100)).counts.at(0).count == 3);
  REQUIRE(bodies.size() == 6);
  CHECK(bodies.front() == get(store->history().event(events[1])).body);
  none.wanted_body = some.wanted_body;
  get(store->recovery().count_unsent(none, 100));
  CHECK(bodies.size() == 6);

  std::int64_t recorded = 0;
  for (int parts = 0;; ++parts) {
    REQUIRE(parts < 8);
    const UnsentPart part = get(store->recovery().record_unsent(range, 2, noon + 2 * hour));
    for (const DeliveryCount& one : part.counts) recorded += one.count;
    check_figures(*store, fresh);
    if (!part.rest) break;
    range.after = part.rest;
  }
  CHECK(recorded == 6);
  CHECK(stats_of(*store, fresh).missed == 7);
  CHECK(state_of(*store, {events[1], fresh}) == DeliveryState::missed);
  CHECK(state_of(*store, {pending, fresh}) == DeliveryState::pending);
  CHECK(state_of(*store, {missed, fresh}) == DeliveryState::missed);
  CHECK(get(store->recovery().count_unsent(range, 100)).counts.empty());
  // They are sent as all that was missed is.
  get(store->recovery().requeue_ended({.endpoint = fresh, .events = {}}, 100, noon + 2 * hour,
                                      [](EndpointId) { return noon + 2 * hour; }));
  CHECK(all_due(*store, fresh, noon + 3 * hour).size() == 8);
  range.endpoint = {9};
  CHECK(code_of(store->recovery().record_unsent(range, 9, noon)) == ErrorCode::not_found);
}

void unsent_events_are_recorded_by_what_is_in_them(const OpenStore& open) {
  const auto store = open();
  const EndpointId old = add_sample(*store, "old", 1);
  std::vector<EventId> events;
  for (const char* data : {R"("a")", R"("b")", R"("a")"}) {
    NewEvent event = sample_event({old});
    event.data = data;
    events.push_back(emit(*store, event));
  }
  // Of large bodies few are read in one part.
  NewEvent large = sample_event({old});
  large.data = '"' + std::string(3u << 20, 'a') + '"';
  for (int i = 0; i < 4; ++i) events.push_back(emit(*store, large));
  const EndpointId fresh = add_sample(*store, "fresh", 2);
  UnsentRange range{.endpoint = fresh,
                    .events = {},
                    .wanted = [](std::string_view) { return true; },
                    .wanted_body = [](std::string_view body) { return body.ends_with("a\"}"); }};
  int parts = 0;
  std::int64_t recorded = 0;
  for (;; ++parts) {
    REQUIRE(parts < 8);
    const UnsentPart part = get(store->recovery().record_unsent(range, 100, noon + hour));
    for (const DeliveryCount& one : part.counts) recorded += one.count;
    if (!part.rest) break;
    range.after = part.rest;
  }
  CHECK(parts > 0);
  CHECK(recorded == 6);
  check_figures(*store, fresh);
  CHECK(state_of(*store, {events[0], fresh}) == DeliveryState::missed);
  CHECK(code_of(store->history().timeline({events[1], fresh})) == ErrorCode::not_found);
  CHECK(state_of(*store, {events[2], fresh}) == DeliveryState::missed);
  CHECK(state_of(*store, {events[6], fresh}) == DeliveryState::missed);
}

constexpr StoreRule rules_of_recovery[] = {
    {"recovery: a dead delivery is pending again with its attempts", retry_brings_a_dead_one_back},
    {"recovery: attempts are numbered on, and the schedule starts again", attempts_go_on_after_it},
    {"recovery: all that has ended can be retried", retry_takes_every_ended_state},
    {"recovery: what waits for its retry becomes due", retry_brings_forward_what_waits},
    {"recovery: a retry is all or nothing", retry_is_all_or_nothing},
    {"recovery: what is cancelled keeps its attempts", cancel_keeps_the_attempts},
    {"recovery: a cancellation is all or nothing", cancel_is_all_or_nothing},
    {"recovery: late results are dropped", late_results_are_dropped},
    {"recovery: a range is queued in parts, oldest first", ranges_are_queued_in_parts},
    {"recovery: a range has ends and states", ranges_have_ends_and_states},
    {"recovery: all webhooks' are queued by their events", all_webhooks_are_queued_by_events},
    {"recovery: pending ones are cancelled in parts", pending_ranges_are_cancelled_in_parts},
    {"recovery: events that a webhook never had are recorded as missed",
     unsent_events_are_recorded_in_parts},
    {"recovery: events that a webhook never had are chosen by their bodies",
     unsent_events_are_recorded_by_what_is_in_them},
};

}  // namespace

std::span<const StoreRule> recovery_rules() {
  return rules_of_recovery;
}

}  // namespace thig
