// Members and the trail of changes, as every front end gets them.
#include "core/setup/members.h"

#include "core/setup/event_types.h"
#include "tests/support/remark_text.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

using namespace thig;

namespace {

const Member ada{.name = "ada", .role = Role::owner};

}  // namespace

TEST_CASE("an Owner manages members, and there is always an Owner") {
  World world;
  Members members(world.store().config(), world.clock, ada);
  CHECK(members.add("ann", Role::admin)->result == ChangeResult::created);
  CHECK(members.add("ann", Role::admin)->result == ChangeResult::unchanged);
  CHECK(members.add("ann", Role::viewer).error().code == ErrorCode::conflict);
  CHECK(members.set_role("ann", Role::owner)->member.role == Role::owner);
  CHECK(members.set_role("ann", Role::owner)->result == ChangeResult::unchanged);
  CHECK(members.set_role("ada", Role::viewer));
  CHECK(members.set_role("ann", Role::admin).error().code == ErrorCode::conflict);
  CHECK(members.remove("ann").error().code == ErrorCode::conflict);
  CHECK(members.remove("ada")->result == ChangeResult::removed);
  CHECK(members.remove("ada").error().code == ErrorCode::not_found);
  CHECK(remark_text(members.set_role("an", Role::owner).error().hint).contains("ann"));
  CHECK(member_of(world.store().config(), "ann", false)->role == Role::owner);
  // What changed nothing was not noted.
  CHECK(world.store().config().audit({})->size() == 4);
}

TEST_CASE("names of members are names of users") {
  World world;
  Members members(world.store().config(), world.clock, ada);
  for (const char* name : {"", "a b", "a\nb", "a:b", "../x", "\xff"}) {
    CAPTURE(name);
    CHECK(members.add(name, Role::viewer).error().code == ErrorCode::invalid);
  }
  CHECK(members.add(std::string(101, 'a'), Role::viewer).error().code == ErrorCode::invalid);
  CHECK(members.add("zoë", Role::viewer));
}

TEST_CASE("only Owners manage members") {
  World world;
  for (const Role role : {Role::admin, Role::member, Role::viewer}) {
    Members members(world.store().config(), world.clock, {.name = "x", .role = role});
    CHECK(members.add("ann", Role::viewer).error().code == ErrorCode::not_permitted);
    CHECK(members.set_role("ada", Role::viewer).error().code == ErrorCode::not_permitted);
    CHECK(members.remove("ada").error().code == ErrorCode::not_permitted);
  }
  CHECK(world.store().config().audit({})->empty());
}

TEST_CASE("every change of the configuration is in the trail") {
  World world;
  auto webhooks = world.webhooks();
  const Time start = world.clock.now().wall;
  const auto added = webhooks.add(World::draft("crm"));
  REQUIRE(webhooks.edit("crm", [](Endpoint& endpoint) -> Status {
    endpoint.timeout = Millis{5'000};
    return {};
  }));
  REQUIRE(webhooks.disable("crm", "maintenance"));
  REQUIRE(webhooks.disable("crm", "again"));  // no change
  REQUIRE(webhooks.enable("crm"));
  const auto rotated = webhooks.rotate("crm", {});
  REQUIRE(webhooks.remove("crm"));
  const EventType type{"invoice.paid", "Own", "Paid", "{}", false};
  REQUIRE(add_event_type(world.store().config(), ada, type, start));
  REQUIRE(add_event_type(world.store().config(), ada, type, start));  // no change
  REQUIRE(remove_event_type(world.store().config(), ada, "invoice.paid", start));
  Members members(world.store().config(), world.clock, ada);
  REQUIRE(members.add("ann", Role::viewer));

  const auto trail = *world.store().config().audit({});
  const char* const actions[] = {"member.add",      "event-type.remove", "event-type.add",
                                 "webhook.remove",  "webhook.rotate",    "webhook.enable",
                                 "webhook.disable", "webhook.edit",      "webhook.add"};
  REQUIRE(trail.size() == std::size(actions));
  for (std::size_t i = 0; i < trail.size(); ++i) {
    CHECK(trail[i].action == actions[i]);
    CHECK(trail[i].at == start);
    for (const std::string& secret : {added->secret, rotated->secret}) {
      CHECK_FALSE((trail[i].before + trail[i].after).contains(secret));
    }
  }
  CHECK(trail[7].before == R"({"timeout":"10s"})");
  CHECK(trail[7].after == R"({"timeout":"5s"})");
  CHECK(trail[6].after.contains("maintenance"));
  CHECK(trail[3].before.contains("https://example.com/crm"));
  CHECK(trail[3].after.empty());
}

TEST_CASE("an edit changes what it is told to, tells of it, and is checked as a whole") {
  World world;
  const Endpoint crm = world.add("crm");
  world.add("erp");
  auto webhooks = world.webhooks();
  const auto version = *world.store().config().config_version();
  const auto edit = [&](void (*change)(Endpoint&)) {
    return webhooks.edit("crm", [change](Endpoint& endpoint) -> Status {
      change(endpoint);
      return {};
    });
  };
  const struct {
    void (*change)(Endpoint&);
    ErrorCode code;
  } refused[] = {
      {[](Endpoint& e) { e.name = "erp"; }, ErrorCode::conflict},
      {[](Endpoint& e) { e.name = "a\nb"; }, ErrorCode::invalid},
      {[](Endpoint& e) { e.url = "http://example.com/"; }, ErrorCode::invalid},
      {[](Endpoint& e) { e.url = "https://127.0.0.1/"; }, ErrorCode::invalid},
      {[](Endpoint& e) { e.events = {"project.craeted"}; }, ErrorCode::not_found},
      {[](Endpoint& e) { e.events = {}; }, ErrorCode::invalid},
      {[](Endpoint& e) { e.timeout = Millis{1}; }, ErrorCode::invalid},
      {[](Endpoint& e) { e.client_cert = "/x"; }, ErrorCode::invalid},
  };
  for (const auto& row : refused) {
    const auto edited = edit(row.change);
    REQUIRE_FALSE(edited);
    CHECK(edited.error().code == row.code);
  }
  CHECK(edit([](Endpoint&) {})->difference.empty());
  CHECK(*world.store().config().config_version() == version);

  const auto renamed = edit([](Endpoint& e) {
    e.name = "sales";
    e.allow_private = true;
    e.url = "https://127.0.0.1/";
  });
  REQUIRE(renamed);
  CHECK(renamed->endpoint.id == crm.id);
  CHECK(describe(renamed->difference).contains("name: crm → sales"));
  CHECK(world.endpoint("sales").url == "https://127.0.0.1/");
  CHECK(webhooks.edit("crm", [](Endpoint&) -> Status { return {}; }).error().code ==
        ErrorCode::not_found);
}

TEST_CASE("a mode that the secret cannot sign is refused in an edit") {
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.secret = "whsec_mySigningSecret";
  world.add(draft);
  const auto edited = world.webhooks().edit("crm", [](Endpoint& endpoint) -> Status {
    endpoint.signature = SignatureMode::both;
    return {};
  });
  REQUIRE_FALSE(edited);
  CHECK(edited.error().code == ErrorCode::invalid);
}

TEST_CASE("a webhook that is paused is tried at once when a member enables it") {
  World world;
  const Endpoint crm = world.add("crm");
  bool refuses = true;
  world.sender.behaviour = [&refuses](const SendRequest&) -> FakeSender::Reply {
    if (refuses) return {TransportFailed{FailureKind::connect, "refused", Fault::unknown}};
    return {Responded{.status = 200, .retry_after = {}, .location = {}, .body = {}}};
  };
  for (int i = 0; i < 6; ++i) world.emit();
  world.run_for(std::chrono::seconds(5));
  REQUIRE_FALSE(world.ledger.paused_names.empty());
  refuses = false;

  const auto before = world.webhooks().enable("crm");
  REQUIRE(before);
  CHECK(before->epoch > crm.epoch);
  CHECK(before->state_since == crm.state_since);
  const Receipt fresh = world.emit();
  world.run_for(std::chrono::seconds(3));
  CHECK(world.delivery(fresh, crm).state == DeliveryState::delivered);
  // Nothing is paused any more, so there is nothing to change.
  const auto again = world.webhooks().enable("crm");
  REQUIRE(again);
  CHECK(again->epoch == before->epoch);
}

TEST_CASE("another URL is tried at once, though the old one was paused") {
  World world;
  const Endpoint crm = world.add("crm");
  bool refuses = true;
  world.sender.behaviour = [&refuses](const SendRequest&) -> FakeSender::Reply {
    if (refuses) return {TransportFailed{FailureKind::connect, "refused", Fault::unknown}};
    return {Responded{.status = 200, .retry_after = {}, .location = {}, .body = {}}};
  };
  for (int i = 0; i < 6; ++i) world.emit();
  world.run_for(std::chrono::seconds(5));
  REQUIRE_FALSE(world.ledger.paused_names.empty());
  refuses = false;
  REQUIRE(world.webhooks().edit("crm", [](Endpoint& endpoint) -> Status {
    endpoint.url = "https://example.com/new";
    return {};
  }));
  const Receipt fresh = world.emit();
  world.run_for(std::chrono::seconds(3));
  CHECK(world.delivery(fresh, crm).state == DeliveryState::delivered);
}
