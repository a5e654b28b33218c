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
  const auto ids = get(store->intake().accept(events, noon, get(store->config().config_version())));
  REQUIRE(ids.size() == events.size());
  CHECK(std::ranges::is_sorted(ids));
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
  CHECK(time_of(ids.front()) == noon);
  CHECK(stats_of(*store, {1}).pending == 10'000);
  CHECK(get(store->queue().time_floor({})) == time_of(ids.back()));
}

void nothing_is_nothing(const OpenStore& open) {
  const auto store = open();
  CHECK(get(store->intake().accept({}, noon, get(store->config().config_version()))).empty());
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
  CHECK(get(store->intake().accept({&event, 1}, noon, get(store->config().config_version())))
            .size() == 1);
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

constexpr StoreRule rules_of_intake[] = {
    {"records an event with its queue and missed rows", records_an_event_with_its_rows},
    {"keeps bodies byte for byte", keeps_bodies_byte_for_byte},
    {"answers ids in the order of the events", answers_ids_in_order},
    {"accepts nothing as nothing", nothing_is_nothing},
    {"keeps an event that nobody asked for", an_event_nobody_asked_for_is_kept},
    {"refuses events routed by an old configuration", refuses_an_old_configuration},
    {"keeps its order when the clock goes back", keeps_its_order_when_the_clock_goes_back},
    {"numbers events through all who write", two_stores_share_one_numbering},
};

}  // namespace

std::span<const StoreRule> intake_rules() {
  return rules_of_intake;
}

}  // namespace thig
