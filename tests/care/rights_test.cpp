// What each role may do by hand, whatever the front end is.
#include "core/care/keeping.h"
#include "core/probe/prober.h"
#include "tests/support/temp_dir.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

using namespace thig;

namespace {

constexpr Role roles[] = {Role::owner, Role::admin, Role::member, Role::viewer};

template <class T>
bool allowed(const Result<T>& result) {
  if (!result) CHECK(result.error().code == ErrorCode::not_permitted);
  return result.has_value();
}

}  // namespace

TEST_CASE("keeping a database, testing webhooks and seeing secrets are for Owners and Admins") {
  for (const Role role : roles) {
    CAPTURE(to_text(role));
    World world;
    world.add("crm");
    const Member actor{.name = "eve", .role = role};
    const bool may = role == Role::owner || role == Role::admin;
    const Time now = world.clock.now().wall;
    TempDir folder;
    CHECK(allowed(prune_by_hand(world.store().maintenance(), actor, {})) == may);
    CHECK(allowed(erase_by_hand(world.store().maintenance(), actor, {{"/data/userId", "u"}},
                                true)) == may);
    BackupOptions copy;
    copy.file = folder.path("copy.db");
    CHECK(allowed(back_up_by_hand(world.store().maintenance(), actor, copy)) == may);
    CHECK(allowed(webhook_to_test(world.store().config(), actor, "crm", now)) == may);
    CHECK(allowed(repair_clock_by_hand(world.store().maintenance(), actor, now)) == may);
    Webhooks webhooks(world.store().config(), world.clock, world.random(), actor);
    CHECK(allowed(webhooks.reveal("crm")) == may);
    CHECK(allowed(webhooks.check_allowed()) == may);
  }
}

TEST_CASE("what is revealed is whole, and noted") {
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.settings.headers = {{"x-token", "t0p"}};
  world.add(draft);
  CHECK(world.endpoint("crm").headers[0].value.empty());
  Webhooks webhooks(world.store().config(), world.clock, world.random(), world.actor);
  const auto revealed = webhooks.reveal("crm");
  REQUIRE(revealed);
  CHECK(revealed->endpoint.headers == draft.settings.headers);
  REQUIRE(revealed->secrets.size() == 1);
  CHECK(revealed->secrets[0].text.starts_with("whsec_"));
  const auto trail = *world.store().config().audit({.limit = 1});
  REQUIRE(trail.size() == 1);
  CHECK(trail[0].action == "webhook.reveal");
  CHECK(trail[0].subject == "crm");
  CHECK(trail[0].actor.name == "ada");
  CHECK_FALSE(trail[0].after.contains("t0p"));
}

TEST_CASE("sealed values of extra headers are sent as they were given") {
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.settings.headers = {{"x-token", "t0p"}};
  world.add(draft);
  world.emit();
  world.run_for(Millis{1000});
  REQUIRE(world.sender.sent.size() == 1);
  CHECK(header_of(world.sender.sent[0].headers, "x-token") == "t0p");
  // An edit of something else keeps them; one of them is used from then on.
  Webhooks webhooks = world.webhooks();
  const auto edit = [&](const std::function<void(Endpoint&)>& change) {
    return webhooks.edit("crm", [&](Endpoint& endpoint) -> Status {
      change(endpoint);
      return {};
    });
  };
  REQUIRE(edit([](Endpoint& endpoint) { endpoint.description = "x"; }));
  CHECK(edit([](Endpoint&) {})->difference.empty());
  world.dispatcher().poke();
  world.emit();
  world.run_for(Millis{1000});
  CHECK(header_of(world.sender.sent.back().headers, "x-token") == "t0p");
  REQUIRE(edit([](Endpoint& endpoint) { endpoint.headers[0].value = "other"; }));
  world.dispatcher().poke();
  world.emit();
  world.run_for(Millis{1000});
  CHECK(world.sender.sent.size() == 3);
  CHECK(header_of(world.sender.sent.back().headers, "x-token") == "other");
}
