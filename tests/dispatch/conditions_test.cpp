// Webhooks that get some events of a type only: who is chosen by what is in an event.
#include "core/dispatch/batch.h"
#include "core/rules/event_conditions.h"
#include "tests/support/world.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

Endpoint add_with(World& world, const std::string& name,
                  std::initializer_list<std::string_view> conditions,
                  std::vector<std::string> events = {"project.*"}) {
  WebhookDraft draft = World::draft(name, std::move(events));
  for (const std::string_view text : conditions) {
    auto condition = parse_event_condition(text);
    REQUIRE(condition);
    draft.settings.conditions.push_back(std::move(*condition));
  }
  return world.add(draft);
}

bool has(World& world, const Receipt& receipt, const Endpoint& endpoint) {
  return world.store().history().timeline({receipt.id, endpoint.id}).has_value();
}

const std::string final_data = R"({"status":"FINAL","n":1})";
const std::string draft_data = R"({"status":"DRAFT","n":1})";

}  // namespace

TEST_CASE("an event goes to a webhook if it meets all of its conditions") {
  World world;
  const Endpoint all = world.add("all", {"project.*"});
  const Endpoint finals = add_with(world, "finals", {"/data/status=FINAL"});
  const Endpoint both = add_with(world, "both", {"/data/status=FINAL", "/data/n=2"});
  const Endpoint not_final = add_with(world, "not-final", {"/data/status!=FINAL"});
  const Endpoint other = add_with(world, "other", {"/data/status=FINAL"}, {"prd.*"});

  const Receipt final_event = world.emit("project.created", final_data);
  CHECK(final_event.queued == 2);
  CHECK(final_event.unmet == 2);
  CHECK(has(world, final_event, all));
  CHECK(has(world, final_event, finals));
  for (const Endpoint& one : {both, not_final, other}) CHECK_FALSE(has(world, final_event, one));

  const Receipt draft_event = world.emit("project.created", draft_data);
  CHECK(draft_event.queued == 2);
  CHECK(has(world, draft_event, not_final));
  CHECK_FALSE(has(world, draft_event, finals));
  CHECK(has(world, world.emit("project.created", R"({"status":"FINAL","n":2})"), both));
  // Where there is nothing at the place, it equals nothing.
  CHECK(world.emit("project.created", "{}").queued == 2);
  CHECK(world.emit("project.created", "7").queued == 2);
}

TEST_CASE("a disabled webhook has missed what meets its conditions, and nothing else") {
  World world;
  const Endpoint finals = add_with(world, "finals", {"/data/status=FINAL"});
  REQUIRE(world.webhooks().disable("finals", ""));
  const Receipt missed = world.emit("project.created", final_data);
  CHECK(missed.missed == std::vector{finals.id});
  CHECK(world.delivery(missed, finals).state == DeliveryState::missed);
  const Receipt none = world.emit("project.created", draft_data);
  CHECK(none.missed.empty());
  CHECK(none.unmet == 0);
}

TEST_CASE("those with and without conditions come by their ids") {
  World world;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "w" + std::to_string(i);
    if (i % 3 == 0) {
      add_with(world, name, {"/data/n=1"});
    } else if (i % 3 == 1) {
      add_with(world, name, {"/event~^project", "/data/status=FINAL"});
    } else {
      world.add(name, {"project.*"});
    }
    if (i % 4 == 0) REQUIRE(world.webhooks().disable(name, ""));
  }
  Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor);
  const auto event = emitter.preview({.type = "project.created", .data = final_data});
  REQUIRE(event);
  CHECK(event->queue.size() == 15);
  CHECK(event->missed.size() == 5);
  CHECK(std::ranges::is_sorted(event->queue));
  CHECK(std::ranges::is_sorted(event->missed));
}

TEST_CASE("conditions that are changed or removed count from the next event on") {
  World world;
  const Endpoint finals = add_with(world, "finals", {"/data/status=FINAL"});
  Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor);
  const EventDraft draft{.type = "project.created", .data = draft_data};
  CHECK(emitter.emit({&draft, 1})->front().queued == 0);
  const auto edited = world.webhooks().edit("finals", [](Endpoint& endpoint) -> Status {
    endpoint.conditions.clear();
    return {};
  });
  REQUIRE(edited);
  CHECK_FALSE(edited->difference.empty());
  CHECK(edited->endpoint.epoch == finals.epoch);  // results of attempts under way still count
  CHECK(emitter.emit({&draft, 1})->front().queued == 1);
}

TEST_CASE("conditions that no event can be looked at by are refused wherever they come from") {
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.settings.conditions = {{.value = {ValueSource::header, "x-a"}, .expected = "1"}};
  const auto added = world.webhooks().add(draft);
  REQUIRE_FALSE(added);
  CHECK(added.error().code == ErrorCode::invalid);
  CHECK(added.error().field == "when");
}

TEST_CASE("each line of a batch is looked at by itself") {
  World world;
  const Endpoint finals = add_with(world, "finals", {"/data/status=FINAL"});
  Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor);
  std::vector<std::size_t> queued;
  BatchIntake batch(emitter, false, [&](const LineResult& line) {
    REQUIRE(line.receipt);
    queued.push_back(line.receipt->queued);
  });
  for (const std::string& data : {final_data, draft_data, final_data}) {
    REQUIRE(batch.add(R"({"event":"project.created","data":)" + data + "}"));
  }
  REQUIRE(batch.finish());
  CHECK(queued == std::vector<std::size_t>{1, 0, 1});
}

TEST_CASE("operational events are looked at, too") {
  World world;
  const Endpoint watcher =
      add_with(world, "watcher", {"/data/name=crm"}, {"webhook.created", "webhook.disabled"});
  world.add("wiki");
  world.add("crm");
  DeliveryFilter filter;
  filter.endpoint = watcher.id;
  const auto deliveries = world.store().history().deliveries(filter);
  REQUIRE(deliveries);
  REQUIRE(deliveries->size() == 1);
  CHECK(deliveries->front().event_type == "webhook.created");
}
