#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

#include <algorithm>

namespace thig {

namespace {

void records_an_event_with_its_rows(const OpenStore& open) {
  EventId id;
  {
    const auto store = open();
    add_sample(*store, "crm", 1);
    add_sample(*store, "erp", 2);
    add_sample(*store, "off", 3);
    id = emit(*store, sample_event({{1}, {2}}, {{3}}));
  }
  const auto store = open();
  const Event event = get(store->history().event(id));
  CHECK(event.id == id);
  CHECK(event.type == "project.created");
  CHECK(event.body == event_body(id, "project.created", noon, R"({"projectId":"proj_123"})"));

  const auto rows = all_due(*store, {1});
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].id == DeliveryId{id, {1}});
  CHECK(rows[0].due_at == noon);
  CHECK(rows[0].attempts_made == 0);
  CHECK(rows[0].event_type == "project.created");
  CHECK(rows[0].body == event.body);
  CHECK(all_due(*store, {2}).size() == 1);
  CHECK(all_due(*store, {3}).empty());

  CHECK(stats_of(*store, {1}).pending == 1);
  CHECK(stats_of(*store, {3}).pending == 0);
  CHECK(stats_of(*store, {3}).missed == 1);
  const Timeline missed = get(store->history().timeline({id, {3}}));
  CHECK(missed.delivery.state == DeliveryState::missed);
  CHECK(missed.delivery.attempts == 0);
  CHECK(missed.delivery.finished_at == noon);
  CHECK_FALSE(missed.delivery.last.has_value());
  CHECK(missed.attempts.empty());
}

void keeps_bodies_byte_for_byte(const OpenStore& open) {
  const auto store = open();
  const std::string data = "{ \"a\" : [1,\t2], \"\\u00e4\":\"ä\" , \"a\":3 }";
  const NewEvent odd{"project.created", data, {}, {}};
  const EventId id = emit(*store, odd);
  CHECK(get(store->history().event(id)).body == event_body(id, "project.created", noon, data));
}

void answers_ids_in_order(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  std::vector<NewEvent> events(10'000, sample_event({{1}}));
  const auto ids = record(*store, events);
  REQUIRE(ids.size() == events.size());
  CHECK(std::ranges::is_sorted(ids));
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
  CHECK(time_of(ids.front()) == noon);
  CHECK(stats_of(*store, {1}).pending == 10'000);
  CHECK(get(store->queue().time_floor({})) == time_of(ids.back()));
}

void nothing_is_nothing(const OpenStore& open) {
  const auto store = open();
  CHECK(accept(*store, {}).empty());
  CHECK(get(store->queue().time_floor({})) == Time{});
}

void an_event_nobody_asked_for_is_kept(const OpenStore& open) {
  const auto store = open();
  const EventId id = emit(*store, sample_event({}));
  CHECK(get(store->history().event(id)).id == id);
  CHECK(get(store->history().deliveries({})).empty());
}

void refuses_an_old_configuration(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  const auto version = get(store->config().config_version());
  add_sample(*open(), "erp", 2);

  const NewEvent event = sample_event({{1}});
  CHECK(code_of(store->intake().accept({&event, 1}, noon, version)) == ErrorCode::conflict);
  CHECK(all_due(*store, {1}).empty());
  CHECK(stats_of(*store, {1}).pending == 0);
  CHECK(record(*store, {&event, 1}).size() == 1);
}

void keeps_its_order_when_the_clock_goes_back(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  const EventId first = emit(*store, sample_event({{1}}), noon);
  const EventId second = emit(*store, sample_event({{1}}), noon - 24 * hour);
  const EventId third = emit(*open(), sample_event({{1}}), Time{});
  CHECK(first < second);
  CHECK(second < third);
  CHECK(get(store->queue().time_floor({})) >= noon);

  const auto rows = all_due(*store, {1});
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].id.event == first);
  CHECK(rows[1].id.event == second);
  CHECK(rows[2].id.event == third);
  CHECK(rows[2].due_at >= rows[0].due_at);

  const auto listed = get(store->history().deliveries({}));
  REQUIRE(listed.size() == 3);
  CHECK(listed[0].id.event == third);
}

void two_stores_share_one_numbering(const OpenStore& open) {
  const auto one = open();
  const auto two = open();
  EventId last;
  for (int turn = 0; turn < 20; ++turn) {
    const EventId next = emit(turn % 2 == 0 ? *one : *two, sample_event({}));
    CHECK(last < next);
    last = next;
  }
}

// ---------------------------------------------------------------------------- idempotency keys

using Kind = Acceptance::Kind;

Acceptance accept_one(Store& store, const NewEvent& event, Time now = noon) {
  const auto accepted = accept(store, {&event, 1}, now);
  REQUIRE(accepted.size() == 1);
  return accepted.front();
}

bool is_recorded(Store& store, EventId id) {
  return store.history().event(id).has_value();
}

// The newest event is this one: nothing was recorded since.
bool is_newest(Store& store, EventId id) {
  return emit(store, sample_event({}), time_of(id)).value == id.value + 1;
}

void records_a_key_once(const OpenStore& open) {
  const auto store = open();
  for (const int id : {1, 2, 3}) add_sample(*store, "w" + std::to_string(id), id);
  const NewEvent event = keyed_event("order-1", "{}", {{1}, {2}}, {{3}});
  const EventId first = emit(*store, event);
  // What the webhooks are meanwhile makes no difference.
  const NewEvent routed_again = keyed_event("order-1", "{}", {{1}});
  const auto other = open();
  for (Store* again : {store.get(), other.get()}) {
    const Acceptance duplicate = accept_one(*again, routed_again, noon + hour);
    CHECK(duplicate.kind == Kind::duplicate);
    CHECK(duplicate.id == first);
    CHECK(duplicate.at == noon);
    CHECK(duplicate.queued == 2);
    CHECK(duplicate.missed == std::vector<EndpointId>{{3}});
  }
  CHECK(stats_of(*store, {1}).pending == 1);
  CHECK(stats_of(*store, {3}).missed == 1);
  CHECK(is_newest(*store, first));
  // Another key, and none, is another event, whatever its content.
  CHECK(emit(*store, keyed_event("order-2", "{}", {{1}})) > first);
  CHECK(emit(*store, sample_event({{1}})) > first);
  CHECK(stats_of(*store, {1}).pending == 3);
}

void tells_other_content(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  const EventId first = emit(*store, keyed_event("order-1", R"({"n":1})"));
  const NewEvent other = keyed_event("order-1", R"({"n":2})", {{1}});
  const Acceptance mismatch = accept_one(*store, other, noon + hour);
  CHECK(mismatch.kind == Kind::mismatch);
  CHECK(mismatch.id == first);
  CHECK(stats_of(*store, {1}).pending == 0);
  CHECK(is_newest(*store, first));
  // The key goes on standing for what it stood for.
  CHECK(accept_one(*store, keyed_event("order-1", R"({"n":1})"), noon + hour).kind ==
        Kind::duplicate);
}

void a_mismatch_stops_all_or_itself(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  const EventId first = emit(*store, keyed_event("a"));
  const std::vector<NewEvent> events{keyed_event("b", "{}", {{1}}), keyed_event("a", "1", {{1}}),
                                     keyed_event("a"), keyed_event("b", "{}", {{1}}),
                                     sample_event({{1}})};
  const auto refused = accept(*store, events, noon, Portion::all);
  REQUIRE(refused.size() == 5);
  CHECK(refused[0].kind == Kind::left_out);
  CHECK(refused[1].kind == Kind::mismatch);
  CHECK(refused[1].id == first);
  CHECK(refused[2].kind == Kind::duplicate);
  CHECK(refused[2].id == first);
  CHECK(refused[3].kind == Kind::left_out);
  CHECK(refused[4].kind == Kind::left_out);
  CHECK(stats_of(*store, {1}).pending == 0);

  const auto others = accept(*store, events, noon, Portion::first);
  REQUIRE(others.size() == 5);
  CHECK(others[0].kind == Kind::recorded);  // so its key was not used up before
  CHECK(others[1].kind == Kind::mismatch);
  CHECK(others[2].kind == Kind::duplicate);
  CHECK(others[3].kind == Kind::duplicate);
  CHECK(others[3].id == others[0].id);
  CHECK(others[4].kind == Kind::recorded);
  CHECK(others[4].id > others[0].id);
  CHECK(stats_of(*store, {1}).pending == 2);
}

void one_call_may_have_a_key_twice(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  add_sample(*store, "off", 2);
  const std::vector<NewEvent> same{keyed_event("a", "{}", {{1}}, {{2}}),
                                   keyed_event("a", "{}", {{1}}, {{2}})};
  const auto accepted = accept(*store, same, noon);
  REQUIRE(accepted.size() == 2);
  CHECK(accepted[0].kind == Kind::recorded);
  CHECK(accepted[1].kind == Kind::duplicate);
  CHECK(accepted[1].id == accepted[0].id);
  CHECK(accepted[1].at == noon);
  CHECK(accepted[1].queued == 1);
  CHECK(accepted[1].missed == std::vector<EndpointId>{{2}});
  CHECK(stats_of(*store, {1}).pending == 1);

  const std::vector<NewEvent> differ{keyed_event("b", "1"), keyed_event("b", "2")};
  const auto all = accept(*store, differ, noon, Portion::all);
  CHECK(all[0].kind == Kind::left_out);
  CHECK(all[1].kind == Kind::mismatch);
  const auto some = accept(*store, differ, noon, Portion::first);
  CHECK(some[0].kind == Kind::recorded);
  CHECK(some[1].kind == Kind::mismatch);
  CHECK(some[1].id == some[0].id);
}

void a_key_is_free_after_a_day(const OpenStore& open) {
  const auto store = open();
  const EventId first = emit(*store, keyed_event("order-1"));
  CHECK(accept_one(*store, keyed_event("order-1"), noon + 24 * hour - Millis{1}).id == first);
  const EventId second = emit(*store, keyed_event("order-1", "2"), noon + 24 * hour);
  CHECK(second != first);
  // From then on it is kept for a day again.
  CHECK(accept_one(*store, keyed_event("order-1", "2"), noon + 47 * hour).id == second);
  CHECK(accept_one(*store, keyed_event("order-1"), noon + 47 * hour).kind == Kind::mismatch);
  // A clock that has gone back frees none.
  CHECK(accept_one(*store, keyed_event("order-1", "2"), noon).id == second);
}

void prunes_keys_that_are_free(const OpenStore& open) {
  const auto store = open();
  for (const char* key : {"a", "b", "c"}) emit(*store, keyed_event(key));
  const EventId young = emit(*store, keyed_event("d"), noon + minute);
  const auto prune = [&](Time now, std::size_t most) {
    return get(store->maintenance().prune_figures(Time{}, now, most));
  };
  CHECK(prune(noon + 24 * hour - Millis{1}, 100).empty());
  // History may go before its keys do.
  get(store->maintenance().prune_history({}, first_event_id_at(noon + hour), 100));
  CHECK_FALSE(is_recorded(*store, young));
  CHECK(accept_one(*store, keyed_event("d"), noon + hour).id == young);

  CHECK(prune(noon + 24 * hour, 2).keys == 2);
  CHECK(prune(noon + 24 * hour, 2).keys == 1);
  CHECK(prune(noon + 24 * hour, 2).empty());
  CHECK(accept_one(*store, keyed_event("d"), noon + 24 * hour).id == young);
  // Gone also for a clock that goes back, which a row that is only too old would not be.
  CHECK(accept_one(*store, keyed_event("a", "2"), noon + hour).kind == Kind::recorded);
}

void refuses_keys_at_the_limit(const OpenStore& open) {
  const auto store = open();
  const auto limited = [](const std::string& key, std::uint64_t most) {
    NewEvent event = keyed_event(key);
    event.idempotency->most_kept = most;
    return event;
  };
  const auto refused = [&](const NewEvent& event, Time now) {
    return store->intake().accept({&event, 1}, now, get(store->config().config_version()));
  };
  const std::string long_key(200, 'k');
  for (int i = 0; i < 50; ++i) {
    emit(*store, limited(long_key + std::to_string(i), 100'000), noon + i * second);
  }
  const Error full = error_of(refused(limited("new", 5'000), noon + hour));
  CHECK(full.code == ErrorCode::full);
  CHECK(full.text.find("nothing was recorded") != full.text.npos);
  CHECK_FALSE(full.hint.empty());
  // What is known still is, and what has no key or no limit comes in.
  CHECK(accept_one(*store, limited(long_key + "0", 5'000), noon + hour).kind == Kind::duplicate);
  emit(*store, sample_event({}), noon + hour);
  const EventId unlimited = emit(*store, keyed_event("unlimited"), noon + hour);
  const std::vector<NewEvent> together{sample_event({}), limited("new", 5'000)};
  CHECK(code_of(store->intake().accept(together, noon + hour,
                                       get(store->config().config_version()))) == ErrorCode::full);
  CHECK(is_newest(*store, unlimited));

  // There is room again once keys have gone: by pruning, by being used again, by erasing.
  CHECK(get(store->maintenance().prune_figures({}, noon + 24 * hour + 30 * second, 100)).keys ==
        31);
  CHECK(code_of(refused(limited("new", 5'000), noon + 25 * hour)) == ErrorCode::full);
  CHECK(get(store->maintenance().prune_figures({}, noon + 24 * hour + 40 * second, 100)).keys ==
        10);
  CHECK(emit(*store, limited("new", 10'000), noon + 25 * hour) > unlimited);
}

void erases_the_key_with_its_event(const OpenStore& open) {
  const auto store = open();
  const EventId erased = emit(*store, keyed_event("user-1"));
  const EventId stays = emit(*store, keyed_event("user-2"));
  CHECK(get(store->maintenance().erase({&erased, 1}, {})).counts.events == 1);
  CHECK(accept_one(*store, keyed_event("user-1"), noon + hour).kind == Kind::recorded);
  CHECK(accept_one(*store, keyed_event("user-2"), noon + hour).id == stays);
}

void a_refused_accept_uses_up_no_key(const OpenStore& open) {
  const auto store = open();
  const auto version = get(store->config().config_version());
  add_sample(*store, "crm", 1);
  const NewEvent event = keyed_event("order-1", "{}", {{1}});
  CHECK(code_of(store->intake().accept({&event, 1}, noon, version)) == ErrorCode::conflict);
  const EventId id = emit(*store, event);
  // A duplicate is one by the present configuration alone, too.
  CHECK(code_of(store->intake().accept({&event, 1}, noon, version)) == ErrorCode::conflict);
  CHECK(accept_one(*store, event).id == id);
}

constexpr StoreRule rules_of_intake[] = {
    {"records an event with its queue and missed rows", records_an_event_with_its_rows},
    {"keeps bodies byte for byte", keeps_bodies_byte_for_byte},
    {"answers ids in the order of the events", answers_ids_in_order},
    {"accepts nothing as nothing", nothing_is_nothing},
    {"keeps an event that nobody asked for", an_event_nobody_asked_for_is_kept},
    {"refuses events routed by an old configuration", refuses_an_old_configuration},
    {"keeps its order when the clock goes back", keeps_its_order_when_the_clock_goes_back},
    {"numbers events through all who write", two_stores_share_one_numbering},
    {"records an idempotency key once", records_a_key_once},
    {"tells a key that was used with other content", tells_other_content},
    {"a mismatch stops all, or itself alone", a_mismatch_stops_all_or_itself},
    {"one call may have a key twice", one_call_may_have_a_key_twice},
    {"a key is free after a day", a_key_is_free_after_a_day},
    {"prunes keys that are free", prunes_keys_that_are_free},
    {"refuses new keys at the limit", refuses_keys_at_the_limit},
    {"erases the key with its event", erases_the_key_with_its_event},
    {"a refused accept uses up no key", a_refused_accept_uses_up_no_key},
};

}  // namespace

std::span<const StoreRule> intake_rules() {
  return rules_of_intake;
}

}  // namespace thig
