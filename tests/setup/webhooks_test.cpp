// Setting up webhooks: the rules and the roles, as every front end gets them.
#include "core/setup/members.h"
#include "tests/support/remark_text.h"
#include "tests/support/world.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("a webhook is added with a fresh standard secret, enabled, both signatures") {
  World world;
  const auto added = world.webhooks().add(World::draft("crm"));
  REQUIRE(added);
  CHECK(added->secret.starts_with("whsec_"));
  CHECK(added->secret.size() == 6 + 44);
  CHECK(added->notes.empty());
  const Endpoint stored = world.endpoint(to_text(added->endpoint.id));
  CHECK(stored.name == "crm");
  CHECK(stored.state == EndpointState::enabled);
  CHECK(stored.signature == SignatureMode::both);
  CHECK(world.store().config().secrets(stored.id, world.clock.now().wall)->front().text ==
        added->secret);
  CHECK(world.webhooks().add(World::draft("erp"))->secret != added->secret);
}

TEST_CASE("a secret of another kind signs as thig, and add says so") {
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.secret = "whsec_mySigningSecret";
  const auto added = world.webhooks().add(draft);
  REQUIRE(added);
  CHECK(added->endpoint.signature == SignatureMode::thig);
  REQUIRE(added->notes.size() == 1);
  CHECK(remark_text(added->notes[0]).contains("t1"));

  draft.settings.name = "erp";
  draft.signature = SignatureMode::both;
  const auto refused = world.webhooks().add(draft);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::invalid);
  CHECK(remark_text(refused.error().hint).contains("--signature thig"));
}

TEST_CASE("settings that cannot be are refused, each for its reason") {
  World world;
  world.add("taken");
  const struct {
    void (*spoil)(WebhookDraft&);
    ErrorCode code;
    std::string says;
  } cases[] = {
      {[](WebhookDraft& d) { d.settings.name = "taken"; }, ErrorCode::conflict, "taken"},
      {[](WebhookDraft& d) { d.settings.name = ""; }, ErrorCode::invalid, "name"},
      {[](WebhookDraft& d) { d.settings.url = "http://example.com/"; }, ErrorCode::invalid,
       "HTTPS"},
      {[](WebhookDraft& d) { d.settings.url = "https://u:p@example.com/"; }, ErrorCode::invalid,
       ""},
      {[](WebhookDraft& d) { d.settings.url = "https://127.0.0.1/"; }, ErrorCode::invalid,
       "127.0.0.1"},
      {[](WebhookDraft& d) { d.settings.events = {}; }, ErrorCode::invalid, "event"},
      {[](WebhookDraft& d) { d.settings.events = {"project.craeted"}; }, ErrorCode::not_found,
       "craeted"},
      {[](WebhookDraft& d) { d.settings.timeout = Millis{1}; }, ErrorCode::invalid, "timeout"},
      {[](WebhookDraft& d) {
         d.settings.headers = {{"webhook-id", "x"}};
       },
       ErrorCode::invalid, "webhook-id"},
      {[](WebhookDraft& d) { d.secret = " "; }, ErrorCode::invalid, "secret"},
  };
  const auto version = *world.store().config().config_version();
  for (const auto& c : cases) {
    WebhookDraft draft = World::draft("crm");
    c.spoil(draft);
    CAPTURE(c.says);
    const auto added = world.webhooks().add(draft);
    REQUIRE_FALSE(added);
    CHECK(added.error().code == c.code);
    CHECK_MESSAGE(added.error().text.contains(c.says), added.error().text);
  }
  CHECK(*world.store().config().config_version() == version);
}

TEST_CASE("only Owner and Admin configure") {
  World world;
  world.add("crm");
  for (const Role role : {Role::owner, Role::admin, Role::member, Role::viewer}) {
    const bool allowed = role == Role::owner || role == Role::admin;
    Webhooks webhooks(world.store().config(), world.clock, world.random(),
                      {.name = "bob", .role = role});
    CAPTURE(to_text(role));
    CHECK(webhooks.disable("crm", "").has_value() == allowed);
    CHECK(webhooks.enable("crm").has_value() == allowed);
    const auto added = webhooks.add(World::draft("by-" + std::string(to_text(role))));
    CHECK(added.has_value() == allowed);
    if (!allowed) CHECK(added.error().code == ErrorCode::not_permitted);
    if (!allowed) CHECK(webhooks.remove("crm").error().code == ErrorCode::not_permitted);
  }
}

TEST_CASE("changes raise their events for those who asked") {
  World world;
  const Endpoint ops = world.add("ops", {"webhook.*"});
  world.add("crm");
  REQUIRE(world.webhooks().disable("crm", "tidying"));
  REQUIRE(world.webhooks().disable("crm", "again"));  // changes nothing
  REQUIRE(world.webhooks().enable("crm"));
  REQUIRE(world.webhooks().remove("crm"));
  world.run_for(Millis{1000});
  std::vector<std::string> types;
  for (const auto& report : world.ledger.attempt_reports) types.push_back(report.event_type);
  CHECK(types == std::vector<std::string>{"webhook.created", "webhook.disabled", "webhook.enabled",
                                          "webhook.deleted"});
  CHECK(world.sender.sent[1].body.contains("tidying"));
  // A URL's path and query often hold a token of the receiver's.
  for (const auto& sent : world.sender.sent) {
    CHECK(sent.body.contains(R"("url":"https://example.com")"));
  }
}

TEST_CASE("a webhook that is not there is missed by its nearest name") {
  World world;
  world.add("billing");
  const auto found = find_webhook(world.store().config(), "biling");
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ErrorCode::not_found);
  CHECK(remark_text(found.error().hint) == "did you mean 'billing'?");
}

TEST_CASE("the OS user is the member of that name; root is an Owner, strangers view") {
  World world;
  CHECK(member_of(world.store().config(), "ada", false)->role == Role::owner);
  CHECK(member_of(world.store().config(), "mallory", false)->role == Role::viewer);
  CHECK(member_of(world.store().config(), "root", true)->role == Role::owner);
}

TEST_CASE("a rotation lets both secrets sign until the overlap ends") {
  World world;
  const Endpoint crm = world.add("crm", {"*"});
  const Time now = world.clock.now().wall;
  const std::string before = world.store().config().secrets(crm.id, now)->front().text;

  const auto rotated =
      world.webhooks().rotate("crm", {.secret = {}, .overlap = std::chrono::hours(1)});
  REQUIRE(rotated);
  CHECK(rotated->secret.starts_with("whsec_"));
  CHECK(rotated->secret != before);
  CHECK(rotated->old_until == now + std::chrono::hours(1));
  CHECK(rotated->notes.empty());

  const auto signatures_at = [&](Millis later) {
    world.run_for(later);
    world.emit();
    world.run_for(Millis{100});
    const std::string header = header_of(world.sender.sent.back().headers, "webhook-signature");
    return std::ranges::count(header, ',');
  };
  CHECK(signatures_at(Millis{0}) == 4);  // v1 and t1 of both
  CHECK(signatures_at(std::chrono::minutes(59)) == 4);
  CHECK(signatures_at(std::chrono::minutes(1)) == 2);  // a running dispatcher notices
}

TEST_CASE("a rotation is an event, and is refused where it would do harm") {
  World world;
  const Endpoint crm = world.add("crm", {"webhook.secret_rotated"});
  REQUIRE(world.webhooks().rotate(
      "crm",
      {.secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", .overlap = Millis{0}}));
  world.run_for(Millis{100});
  REQUIRE(world.sender.sent.size() == 1);
  CHECK(world.sender.sent[0].body.contains(R"("overlapEndsAt":null)"));
  CHECK(world.store().config().secrets(crm.id, world.clock.now().wall)->size() == 1);

  const auto version = *world.store().config().config_version();
  const struct {
    std::string webhook;
    std::string secret;
    ErrorCode code;
  } cases[] = {
      {"crn", "", ErrorCode::not_found},
      {"crm", " ", ErrorCode::invalid},
      {"crm", "plain", ErrorCode::invalid},  // it signs v1
      {"crm", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", ErrorCode::conflict},
  };
  for (const auto& c : cases) {
    RotationDraft draft;
    if (!c.secret.empty()) draft.secret = c.secret;
    const auto refused = world.webhooks().rotate(c.webhook, draft);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == c.code);
    CHECK_FALSE(refused.error().text.contains("AAECAwQF"));
  }
  Webhooks member(world.store().config(), world.clock, world.random(), {"mia", Role::member});
  CHECK(member.rotate("crm", {}).error().code == ErrorCode::not_permitted);
  CHECK(*world.store().config().config_version() == version);
}

TEST_CASE("four secrets sign at the same time at most") {
  World world;
  world.add("crm");
  for (int i = 0; i < 3; ++i) REQUIRE(world.webhooks().rotate("crm", {}));
  const auto refused = world.webhooks().rotate("crm", {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(remark_text(refused.error().hint).contains("--overlap 0s"));
  CHECK(world.webhooks().rotate("crm", {.secret = {}, .overlap = Millis{0}}));
}

TEST_CASE("a bare signature has no overlap, and rotate says so") {
  World world;
  WebhookDraft draft = World::draft("crm");
  draft.signature = SignatureMode::thig;
  REQUIRE(world.webhooks().add(draft));
  CHECK(world.webhooks().rotate("crm", {})->notes.size() == 1);
  CHECK(world.webhooks().rotate("crm", {.secret = {}, .overlap = Millis{0}})->notes.empty());
}
