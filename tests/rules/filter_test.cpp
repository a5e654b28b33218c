#include "core/rules/filter.h"

#include "tests/support/remark_text.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("subscriptions are exact names, prefixes or everything") {
  const struct {
    std::string pattern;
    std::string type;
    bool match;
  } rows[] = {
      {"project.created", "project.created", true},
      {"project.created", "project.create", false},
      {"project.created", "project.created.x", false},
      {"project.*", "project.created", true},
      {"project.*", "project.note.added", true},
      {"project.*", "project", false},
      {"project.*", "project.", false},
      {"project.*", "projects.created", false},
      {"project.*", "my.project.created", false},
      {"project.note.*", "project.note.added", true},
      {"project.note.*", "project.created", false},
      {"*", "project.created", true},
      {"*", "webhook.failing", true},
      {"project*", "project.created", false},
      {"*.created", "project.created", false},
      {"", "project.created", false},
      {".*", "project.created", false},
      {"PROJECT.*", "project.created", false},
  };
  for (const auto& row : rows) {
    CHECK_MESSAGE(matches(row.pattern, row.type) == row.match, row.pattern, " ", row.type);
  }
}

TEST_CASE("one matching pattern is enough") {
  const std::vector<std::string> patterns{"prd.approved", "comment.*"};
  CHECK(subscribes(patterns, "prd.approved"));
  CHECK(subscribes(patterns, "comment.created"));
  CHECK_FALSE(subscribes(patterns, "prd.rejected"));
  CHECK_FALSE(subscribes({}, "prd.approved"));
}

TEST_CASE("operational events go only to who names them") {
  const struct {
    std::vector<std::string> patterns;
    std::string type;
    bool gets;
  } rows[] = {
      {{"*"}, "project.created", true},
      {{"*"}, "webhook.created", false},
      {{"*"}, "incoming.received", false},
      {{"*"}, "webhooks.created", true},
      {{"*", "webhook.*"}, "webhook.created", true},
      {{"*", "webhook.*"}, "incoming.received", false},
      {{"incoming.*"}, "incoming.rejected", true},
      {{"webhook.failing"}, "webhook.failing", true},
      {{"webhook.failing"}, "webhook.paused", false},
      {{"webhook.own.thing"}, "webhook.own.thing", true},
      {{"webhook.own.*"}, "webhook.own.thing", false},
      {{"webhook*"}, "webhook.created", false},
      {{"webhook.**"}, "webhook.created", false},
  };
  for (const auto& row : rows) {
    CHECK_MESSAGE(subscribes(row.patterns, row.type) == row.gets, row.patterns[0], " ", row.type);
  }
}

TEST_CASE("only what can match something may be subscribed to") {
  const std::vector<std::string> known{"project.created", "project.updated", "shop.order.paid"};
  for (const std::string good : {"*", "project.created", "project.*", "shop.*", "shop.order.*"}) {
    CHECK_MESSAGE(check_pattern(good, known).has_value(), good);
  }
  CHECK(check_pattern("*", {}).has_value());

  const struct {
    std::string pattern;
    std::string hint;
  } rows[] = {
      {"project.craeted", "did you mean \"project.created\"?"},
      {"Project.Created", "did you mean \"project.created\"?"},
      {"projct.*", "did you mean \"project.*\"?"},
      {"shop.oder.*", "did you mean \"shop.order.*\"?"},
      {"billing.failed", "`thig-hooks events` lists the event types"},
      {"", "`thig-hooks events` lists the event types"},
      {"**", "`thig-hooks events` lists the event types"},
  };
  for (const auto& row : rows) {
    const Status status = check_pattern(row.pattern, known);
    REQUIRE_MESSAGE(!status.has_value(), row.pattern);
    CHECK(status.error().code == ErrorCode::not_found);
    CHECK(remark_text(status.error().hint) == row.hint);
  }
  CHECK_FALSE(check_pattern("webhook.own.*", std::vector<std::string>{"webhook.own.thing"}));
  CHECK(check_pattern("a\x1b.b", known).error().text == "no event type matches \"a\\x1b.b\"");
}
