#include "core/model/event.h"

#include "core/base/json.h"
#include "core/model/event_catalog.h"

#include <algorithm>
#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("a body has the product's form and keeps the data's bytes") {
  const Time at = *parse_rfc3339("2026-01-15T10:30:00.999Z");
  const std::string_view data = R"({ "projectId":"proj_123",  "n": 1.0 })";
  const std::string body = event_body(EventId{1}, "project.created", at, data);
  CHECK(body ==
        R"({"id":"evt_0000000000001","event":"project.created",)"
        R"("timestamp":"2026-01-15T10:30:00Z","data":{ "projectId":"proj_123",  "n": 1.0 }})");
  CHECK(check_json(body).has_value());
  CHECK(json_find(body, "data") == data);
}

TEST_CASE("the catalogue has 46 types, sorted, each complete") {
  const auto types = event_catalog();
  CHECK(types.size() == 46);
  CHECK(std::ranges::is_sorted(types, {}, &EventType::name));
  CHECK(std::ranges::adjacent_find(types, {}, &EventType::name) == types.end());

  const std::set<std::string> categories{"AI",     "Billing", "Comment", "Export", "Incoming",
                                         "Member", "PRD",     "Project", "Team",   "Webhook"};
  std::set<std::string> used;
  for (const EventType& type : types) {
    INFO(type.name);
    CHECK(is_event_type_name(type.name));
    CHECK(categories.contains(type.category));
    CHECK(type.description.size() > 10);
    CHECK(type.builtin);
    CHECK(check_json(type.sample).has_value());
    CHECK(json_members(type.sample).size() >= 2);
    CHECK(find_builtin_event_type(type.name) == &type);
    used.insert(type.category);
  }
  CHECK(used == categories);
}

TEST_CASE("the catalogue has every type of the product page and every one this system raises") {
  const char* const documented[] = {
      "project.created",
      "project.updated",
      "project.deleted",
      "project.status_changed",
      "project.assigned",
      "project.archived",
      "project.completed",
      "prd.generated",
      "prd.exported",
      "prd.version_created",
      "prd.approved",
      "prd.rejected",
      "comment.created",
      "comment.resolved",
      "comment.replied",
      "team.member_added",
      "team.member_removed",
      "team.member_role_changed",
      "team.invitation_sent",
      "team.invitation_accepted",
      "ai.conversation_started",
      "ai.conversation_completed",
      "ai.suggestion_accepted",
      "billing.subscription_created",
      "billing.subscription_updated",
      "billing.subscription_cancelled",
      "billing.payment_failed",
  };
  const char* const once_documented[] = {"prd.updated", "export.completed", "member.joined",
                                         "member.added", "member.removed"};
  const char* const raised[] = {
      "webhook.created",        "webhook.updated",
      "webhook.deleted",        "webhook.enabled",
      "webhook.disabled",       "webhook.failing",
      "webhook.secret_rotated", "webhook.delivery_exhausted",
      "webhook.paused",         "webhook.recovered",
      "webhook.test",           "incoming.received",
      "incoming.rejected",      "project.note_added",
  };
  CHECK(std::size(documented) == 27);
  CHECK(std::size(documented) + std::size(once_documented) + std::size(raised) == 46);
  for (const std::string name : documented) CHECK_MESSAGE(find_builtin_event_type(name), name);
  for (const std::string name : once_documented) CHECK_MESSAGE(find_builtin_event_type(name), name);
  for (const std::string name : raised) CHECK_MESSAGE(find_builtin_event_type(name), name);
}

TEST_CASE("a type is found by its exact name") {
  const EventType* type = find_builtin_event_type("project.created");
  REQUIRE(type != nullptr);
  CHECK(type->category == "Project");
  CHECK(type->description == "A new project is created");
  CHECK(type->sample == R"({"projectId":"proj_123","name":"Mobile App PRD","status":"DRAFT"})");
  for (const std::string name : {"", "a", "project", "project.create", "Project.created", "zzz"}) {
    CHECK_MESSAGE(find_builtin_event_type(name) == nullptr, name);
  }
}

TEST_CASE("the system's own notices are told from the rest") {
  CHECK(is_webhook_event("webhook.failing"));
  CHECK(is_webhook_event("webhook.delivery_exhausted"));
  CHECK_FALSE(is_webhook_event("incoming.received"));
  CHECK_FALSE(is_webhook_event("webhooks.created"));
  CHECK_FALSE(is_webhook_event("webhook"));
  CHECK(is_operational_event("webhook.paused"));
  CHECK(is_operational_event("incoming.received"));
  CHECK_FALSE(is_operational_event("incomings.received"));
  CHECK_FALSE(is_operational_event("project.created"));
}

TEST_CASE("names of event types") {
  const std::string longest = "a." + std::string(98, 'b');
  for (const std::string& name : {std::string("a.b"), std::string("order.paid_2"),
                                  std::string("a.b.c.d"), std::string("x1.y_"), longest}) {
    CHECK_MESSAGE(is_event_type_name(name), name);
  }
  for (const std::string& name :
       {std::string(""), std::string("."), std::string("order"), std::string("order."),
        std::string(".paid"), std::string("a..b"), std::string("Order.paid"), std::string("a.1b"),
        std::string("a._b"), std::string("a.b-c"), std::string("a.b c"), std::string("a.*"),
        std::string("*"), std::string("a.é"), std::string("a.b\n"), std::string("a.b\0", 4),
        longest + "b"}) {
    CHECK_MESSAGE(!is_event_type_name(name), name);
  }
}
