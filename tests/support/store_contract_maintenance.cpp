#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

#include <limits>

namespace thig {

namespace {

constexpr Millis one_day = 24 * hour;
constexpr EventId no_end{std::numeric_limits<std::int64_t>::max()};

// Whole walks, in steps of so many rows.
PruneCounts prune(Store& store, EventId before, std::size_t most = 1'000) {
  PruneCounts gone;
  EventId from;
  for (int steps = 0;; ++steps) {
    REQUIRE(steps < 1'000);
    const auto step = get(store.maintenance().prune_history(from, before, most));
    gone += step.counts;
    CHECK(step.reached >= from);
    from = step.reached;
    if (!step.more) return gone;
  }
}

PruneCounts count(Store& store, EventId before, std::size_t most = 1'000) {
  PruneCounts counts;
  EventId from;
  HistoryStep step;
  for (step.more = true; step.more;) {
    step = get(store.maintenance().count_history(from, before, most));
    counts += step.counts;
    from = step.reached;
  }
  return counts;
}

// Makes the head of that webhook's queue end, with an attempt before the last.
void end_first(Store& store, EndpointId endpoint, DeliveryState state) {
  auto rows = all_due(store, endpoint, noon + 400 * one_day);
  REQUIRE_FALSE(rows.empty());
  const Time retry = rows[0].due_at + minute;
  ok(settle_one(store, settled(rows[0], failed_attempt(1), DeliveryState::pending, retry)));
  QueuedDelivery again = rows[0];
  again.due_at = retry;
  const Attempt last = state == DeliveryState::delivered ? good_attempt(2) : failed_attempt(2);
  ok(settle_one(store, settled(again, last, state)));
}

bool has_event(Store& store, EventId id) {
  const auto found = store.history().event(id);
  if (!found) CHECK(found.error().code == ErrorCode::not_found);
  return found.has_value();
}

void prunes_what_is_old_and_has_ended(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const EventId old = emit(*store, sample_event({crm}), noon);
  end_first(*store, crm, DeliveryState::dead);
  const EventId missed = emit(*store, sample_event({}, {crm}), noon + hour);
  const EventId nobody = emit(*store, sample_event({}), noon + 2 * hour);
  const EventId pending = emit(*store, sample_event({crm}), noon + 3 * hour);
  const EventId young = emit(*store, sample_event({}, {crm}), noon + 10 * one_day);

  const EventId before = first_event_id_at(noon + 10 * one_day);
  const auto would = count(*store, before);
  const auto gone = prune(*store, before);
  CHECK(gone.events == 3);
  CHECK(gone.deliveries == 2);
  CHECK(gone.attempts == 1);
  CHECK(would.events == gone.events);
  CHECK(would.deliveries == gone.deliveries);
  CHECK(would.attempts == gone.attempts);

  CHECK_FALSE(has_event(*store, old));
  CHECK_FALSE(has_event(*store, missed));
  CHECK_FALSE(has_event(*store, nobody));
  CHECK(has_event(*store, pending));
  CHECK(has_event(*store, young));
  const EndpointStats stats = stats_of(*store, crm);
  CHECK(stats.dead == 0);
  CHECK(stats.missed == 1);
  CHECK(stats.pending == 1);
  CHECK(stats.attempts_failed == 2);  // of all time
  CHECK(all_due(*store, crm, noon + 400 * one_day).size() == 1);
  CHECK(code_of(store->history().timeline({old, crm})) == ErrorCode::not_found);
  CHECK(prune(*store, before).empty());
}

void keeps_an_event_whole_while_some_of_it_is_pending(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const EndpointId erp = add_sample(*store, "erp", 2);
  const EventId id = emit(*store, sample_event({crm, erp}));
  end_first(*store, crm, DeliveryState::delivered);
  CHECK(prune(*store, no_end).empty());
  CHECK(get(store->history().timeline({id, crm})).attempts.size() == 2);
  end_first(*store, erp, DeliveryState::delivered);
  CHECK(prune(*store, no_end).events == 1);
}

void prunes_in_bounded_steps(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  std::vector<EventId> pending;
  for (int i = 0; i < 50; ++i) {
    const bool waits = i % 5 == 0;
    const auto queue = waits ? std::vector{crm} : std::vector<EndpointId>();
    const EventId id = emit(*store, sample_event(queue, {}), noon + i * second);
    if (waits) pending.push_back(id);
  }
  EventId from;
  std::int64_t gone = 0;
  int steps = 0;
  HistoryStep step;
  for (step.more = true; step.more; ++steps) {
    step = get(store->maintenance().prune_history(from, no_end, 4));
    CHECK(step.counts.events <= 4);
    gone += step.counts.events;
    from = step.reached;
  }
  CHECK(gone == 40);
  CHECK(steps >= 12);
  for (const EventId id : pending) CHECK(has_event(*store, id));
  // What comes later is not before where it stopped.
  CHECK(emit(*store, sample_event({}), noon) >= from);
}

void one_event_with_many_deliveries_is_one_step(const OpenStore& open) {
  const auto store = open();
  std::vector<EndpointId> all;
  for (int i = 1; i <= 20; ++i) all.push_back(add_sample(*store, "w" + std::to_string(i), i));
  emit(*store, sample_event({}, all), noon);
  emit(*store, sample_event({}, all), noon + second);
  const auto step = get(store->maintenance().prune_history({}, no_end, 5));
  CHECK(step.counts.events == 1);
  CHECK(step.counts.deliveries == 20);
  CHECK(step.more);
  CHECK(stats_of(*store, all[3]).missed == 1);
  CHECK(prune(*store, no_end, 5).deliveries == 20);
  CHECK(stats_of(*store, all[3]).missed == 0);
}

void prunes_requests_with_events(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId hook = add_sample_incoming(*store, "orders", 9);
  const RequestId done = receive_one(*store, sample_request(hook, {"a"}), noon).id;
  finish_one(*store, done);
  const RequestId waits = receive_one(*store, sample_request(hook, {"b"}), noon + hour).id;
  const RequestId young = receive_one(*store, sample_request(hook, {"c"}), noon + 9 * one_day).id;
  finish_one(*store, young);
  CHECK(count(*store, first_event_id_at(noon + one_day)).requests == 1);
  CHECK(prune(*store, first_event_id_at(noon + one_day), 1).requests == 1);
  CHECK(code_of(store->requests().one(done)) == ErrorCode::not_found);
  CHECK(store->requests().one(waits).has_value());
  CHECK(store->requests().one(young).has_value());
  CHECK(incoming_stats_of(*store, hook).received == 3);
}

void prunes_figures_and_expired_keys(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  emit(*store, sample_event({crm}), noon);
  end_first(*store, crm, DeliveryState::dead);
  const IncomingHookId hook = add_sample_incoming(*store, "orders", 9);
  receive_one(*store, sample_request(hook, {"key"}), noon);

  CHECK(get(store->maintenance().prune_figures(noon - one_day, noon, 100)).empty());
  CHECK_FALSE(get(store->statistics().activity(std::nullopt, {})).hours.empty());
  CHECK_FALSE(get(store->statistics().activity(std::nullopt, {})).failures.empty());
  const auto gone = get(store->maintenance().prune_figures(noon + one_day, noon + one_day, 100));
  CHECK(gone.figures >= 1);
  CHECK(gone.keys == 1);
  CHECK(get(store->maintenance().prune_figures(noon + one_day, noon + one_day, 100)).empty());
  CHECK(latency_percentile(stats_of(*store, crm).latency, 0.5) == std::nullopt);
  CHECK(get(store->statistics().activity(crm, {})).hours.empty());
  // Of all together, too.
  CHECK(get(store->statistics().activity(std::nullopt, {})).hours.empty());
  CHECK(get(store->statistics().activity(std::nullopt, {})).failures.empty());
  CHECK(stats_of(*store, crm).attempts_failed == 2);
  // The message is a new one now.
  CHECK_FALSE(receive_one(*store, sample_request(hook, {"key"}), noon + one_day).duplicate);
}

void gets_smaller(const OpenStore& open) {
  const auto store = open();
  const NewEvent large{"project.created", "\"" + std::string(100'000, 'x') + "\"", {}, {}};
  const auto empty = get(store->maintenance().database_size()).used;
  for (int i = 0; i < 40; ++i) emit(*store, large, noon + i * second);
  const auto full = get(store->maintenance().database_size());
  CHECK(full.used > empty + 3'900'000);
  const auto gone = prune(*store, no_end);
  CHECK(gone.events == 40);
  CHECK(gone.bytes > 3'900'000);
  const auto pruned = get(store->maintenance().database_size());
  CHECK(pruned.used < empty + 100'000);
  CHECK(pruned.free > 3'500'000);
  for (int steps = 0; get(store->maintenance().shrink(Millis{1})); ++steps) REQUIRE(steps < 10'000);
  const auto shrunk = get(store->maintenance().database_size());
  CHECK(shrunk.free == 0);
  CHECK(shrunk.used <= pruned.used);
}

void pages_through_what_is_recorded(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId hook = add_sample_incoming(*store, "orders", 9);
  std::vector<EventId> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(emit(*store, sample_event({}), noon + i * second));
  const RequestId request = receive_one(*store, sample_request(hook), noon + second).id;
  receive_one(*store, rejected_request(hook), noon + second);
  std::vector<EventId> found;
  std::vector<RequestId> requests;
  EventId from;
  for (bool more = true; more;) {
    const auto page = get(store->maintenance().recorded(from));
    for (const Event& event : page.events) {
      found.push_back(event.id);
      CHECK(event.body.find("proj_123") != std::string::npos);
    }
    for (const IncomingRequest& one : page.requests) {
      requests.push_back(one.id);
      CHECK(one.body == R"({"order":1})");
    }
    from = page.reached;
    more = page.more;
  }
  CHECK(found == ids);
  CHECK(requests == std::vector{request});
}

void erases_with_all_that_belongs_to_it(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  const EndpointId erp = add_sample(*store, "erp", 2);
  const EventId mixed = emit(*store, sample_event({crm, erp}, {}), noon);
  end_first(*store, crm, DeliveryState::dead);
  const EventId missed = emit(*store, sample_event({}, {crm}), noon + second);
  const EventId other = emit(*store, sample_event({crm}, {erp}), noon + 2 * second);
  const IncomingHookId hook = add_sample_incoming(*store, "orders", 9);
  const RequestId request = receive_one(*store, sample_request(hook), noon).id;
  const auto under_way = all_due(*store, erp, noon + one_day);

  const EventId events[] = {mixed, missed, EventId{12345}};
  const auto [looked_at, erased] = get(store->maintenance().erase(events, {&request, 1}));
  CHECK(looked_at == 4);
  CHECK(erased.events == 2);
  CHECK(erased.pending == 1);
  CHECK(erased.deliveries == 2);
  CHECK(erased.requests == 1);

  CHECK_FALSE(has_event(*store, mixed));
  CHECK_FALSE(has_event(*store, missed));
  CHECK(has_event(*store, other));
  CHECK(code_of(store->history().timeline({mixed, crm})) == ErrorCode::not_found);
  CHECK(code_of(store->requests().one(request)) == ErrorCode::not_found);
  CHECK(stats_of(*store, crm).dead == 0);
  CHECK(stats_of(*store, crm).missed == 0);
  CHECK(stats_of(*store, crm).pending == 1);
  CHECK(stats_of(*store, erp).pending == 0);
  CHECK(stats_of(*store, erp).missed == 1);
  CHECK(all_due(*store, erp, noon + one_day).empty());

  // What comes of an attempt that was under way is dropped.
  REQUIRE(under_way.size() == 1);
  ok(settle_one(*store, settled(under_way[0], good_attempt(1), DeliveryState::delivered)));
  CHECK(code_of(store->history().timeline({mixed, erp})) == ErrorCode::not_found);
  CHECK(stats_of(*store, erp).delivered == 0);
}

constexpr StoreRule rules_of_maintenance[] = {
    {"prunes what is old and has ended", prunes_what_is_old_and_has_ended},
    {"keeps an event whole while some of it is pending",
     keeps_an_event_whole_while_some_of_it_is_pending},
    {"prunes in bounded steps", prunes_in_bounded_steps},
    {"one event with many deliveries is one step", one_event_with_many_deliveries_is_one_step},
    {"prunes requests with events", prunes_requests_with_events},
    {"prunes figures and expired keys", prunes_figures_and_expired_keys},
    {"gets smaller", gets_smaller},
    {"pages through what is recorded", pages_through_what_is_recorded},
    {"erases with all that belongs to it", erases_with_all_that_belongs_to_it},
};

}  // namespace

std::span<const StoreRule> maintenance_rules() {
  return rules_of_maintenance;
}

}  // namespace thig
