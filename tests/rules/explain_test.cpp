#include "core/rules/explain.h"

#include "core/rules/event_conditions.h"
#include "tests/support/remark_text.h"

#include <functional>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

namespace {

const Time noon = *parse_rfc3339("2026-01-15T12:00:00Z");
const EventId event_id = next_event_id({}, noon, 1);

Endpoint crm() {
  Endpoint endpoint;
  endpoint.id = {7};
  endpoint.name = "crm";
  endpoint.events = {"project.*", "prd.approved"};
  endpoint.created_at = endpoint.updated_at = endpoint.state_since = noon - 24h;
  return endpoint;
}

Endpoint with(const std::function<void(Endpoint&)>& change) {
  Endpoint endpoint = crm();
  change(endpoint);
  return endpoint;
}

Delivery delivery(DeliveryState state, int attempts = 0) {
  Delivery one;
  one.id = {event_id, {7}};
  one.state = state;
  one.attempts = attempts;
  if (attempts == 0) return one;
  one.last.emplace().number = attempts;
  if (state == DeliveryState::delivered) {
    one.last->status = 200;
  } else {
    one.last->error = "timeout: no answer within 10s";
  }
  return one;
}

}  // namespace

TEST_CASE("why a webhook has no delivery of an event") {
  const auto disable = [](Endpoint& e) { e.state = EndpointState::disabled; };
  const auto final_only = [](Endpoint& e) {
    e.conditions = {*parse_event_condition("/data/kind=prd"),
                    *parse_event_condition("/data/status=FINAL")};
  };
  const struct {
    const char* name;
    Endpoint endpoint;
    const char* type;
    bool test;
    Reception reception;
    const char* why;
  } rows[] = {
      {"another type", crm(), "billing.paid", false, Reception::not_subscribed,
       "it subscribes to project.*, prd.approved"},
      {"a disabled one that does not ask", with(disable), "billing.paid", false,
       Reception::not_subscribed, "it subscribes to project.*, prd.approved"},
      {"another type now, and it was changed since",
       with([](Endpoint& e) { e.updated_at = noon + 1h; }), "billing.paid", false,
       Reception::not_subscribed, "changed at 2026-01-15T13:00:00Z"},
      {"it asks for it, and was changed since", with([](Endpoint& e) { e.updated_at = noon + 1h; }),
       "project.created", false, Reception::changed_since, "it subscribes to project.created now"},
      {"changed before", with([](Endpoint& e) { e.updated_at = noon - 1h; }), "project.created",
       false, Reception::not_recorded, "no longer recorded"},
      {"another status", with(final_only), "project.created", false, Reception::condition_not_met,
       "condition not met: /data/status=FINAL"},
      {"another status now, and it was changed since", with([&](Endpoint& e) {
         final_only(e);
         e.updated_at = noon + 1h;
       }),
       "project.created", false, Reception::condition_not_met,
       "FINAL; its settings were changed at 2026-01-15T13:00:00Z"},
      {"another type and another status", with(final_only), "billing.paid", false,
       Reception::not_subscribed, "it subscribes to"},
      {"it meets the condition",
       with([](Endpoint& e) { e.conditions = {*parse_event_condition("/data/status=DRAFT")}; }),
       "project.created", false, Reception::not_recorded, "no longer recorded"},
      {"added later", with([](Endpoint& e) { e.created_at = e.updated_at = noon + 1h; }),
       "project.created", false, Reception::added_later, "added at 2026-01-15T13:00:00.000Z"},
      {"the event that its adding raised",
       with([](Endpoint& e) { e.created_at = e.updated_at = noon; }), "project.created", false,
       Reception::added_later, "added at"},
      {"one emitted right after it was added, and left out", with([](Endpoint& e) {
         e.created_at = e.updated_at = noon;
         e.conditions = {*parse_event_condition("/data/status=FINAL")};
       }),
       "project.created", false, Reception::condition_not_met, "condition not met"},
      {"added later, and it does not ask", with([](Endpoint& e) { e.created_at = noon + 1h; }),
       "billing.paid", false, Reception::added_later, "added at"},
      {"a test of another", crm(), "project.created", true, Reception::only_a_test,
       "a test of another webhook"},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    const EventFacts facts{.id = event_id,
                           .type = row.type,
                           .body = R"({"event":"?","data":{"kind":"prd","status":"DRAFT"}})",
                           .test = row.test};
    const Explanation told = explain(facts, row.endpoint, {}, nullptr, noon + 2h);
    CHECK(to_text(told.reception) == to_text(row.reception));
    CHECK_MESSAGE(remark_text(told.why).find(row.why) != std::string::npos, remark_text(told.why));
  }
}

namespace {

const Time an_hour_later = noon + 1h;

Endpoint disabled_at(Time since) {
  return with([&](Endpoint& e) {
    e.state = EndpointState::disabled;
    e.state_since = since;
    e.state_reason = "migration";
  });
}

struct Became {
  const char* name;
  Delivery delivery;
  Endpoint endpoint;
  EndpointHealth health;
  const char* why;
};

void check(const Became& row) {
  INFO(row.name);
  const EventFacts facts{.id = event_id, .type = "billing.paid"};
  const Explanation told = explain(facts, row.endpoint, row.health, &row.delivery, an_hour_later);
  CHECK(to_text(told.reception) == to_text(row.delivery.state));
  CHECK_MESSAGE(remark_text(told.why).starts_with(row.why), remark_text(told.why));
  CHECK((told.why == why(row.delivery, row.endpoint, row.health, an_hour_later)));
}

}  // namespace

TEST_CASE("what a pending delivery waits for") {
  EndpointHealth paused;
  paused.paused_until = noon + 2h;
  paused.endpoint_failures = 6;
  Delivery waiting = delivery(DeliveryState::pending, 2);
  waiting.due_at = an_hour_later + 1h;
  const Became rows[] = {
      {"untried", delivery(DeliveryState::pending), crm(), {}, "due, not attempted yet"},
      {"overdue",
       delivery(DeliveryState::pending, 1),
       crm(),
       {},
       "due, after 1 attempt; last: timeout"},
      {"waiting",
       waiting,
       crm(),
       {},
       "next attempt at 2026-01-15T14:00:00Z, after 2 attempts; last: timeout"},
      {"paused", waiting, crm(), paused,
       "paused until 2026-01-15T14:00:00Z, after 6 failures in a row"},
      {"held", waiting, disabled_at(noon), paused,
       "held until its webhook is enabled; it has been disabled since 2026-01-15T12:00:00Z: "
       "migration"},
  };
  for (const Became& row : rows) check(row);
}

TEST_CASE("how a delivery ended") {
  Delivery gone = delivery(DeliveryState::dead, 1);
  gone.last->status = 410;
  gone.last->error = "http: 410";
  const auto missed = delivery(DeliveryState::missed);
  const Became rows[] = {
      {"delivered",
       delivery(DeliveryState::delivered, 2),
       crm(),
       {},
       "answered 200 after 2 attempts"},
      {"dead",
       delivery(DeliveryState::dead, 4),
       crm(),
       {},
       "retries exhausted after 4 attempts; last: timeout: no answer within 10s"},
      {"gone", gone, crm(), {}, "the receiver is gone after 1 attempt; last: 410"},
      {"missed, and disabled ever since",
       missed,
       disabled_at(noon - 1h),
       {},
       "the webhook has been disabled since 2026-01-15T11:00:00Z: migration"},
      {"missed, and enabled since",
       missed,
       crm(),
       {},
       "the webhook was disabled when the event was emitted"},
      {"missed, and disabled again",
       missed,
       disabled_at(noon + 1h),
       {},
       "the webhook was disabled when the event was emitted"},
      {"cancelled",
       delivery(DeliveryState::cancelled, 1),
       crm(),
       {},
       "cancelled by a member after 1 attempt"},
      {"test",
       delivery(DeliveryState::test, 1),
       crm(),
       {},
       "sent once by `thig-hooks test`; last: timeout"},
  };
  for (const Became& row : rows) check(row);
}
