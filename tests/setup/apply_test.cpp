// Bringing the configuration to what a document says, against the real store.
#include "core/setup/apply.h"

#include "core/setup/incoming_webhooks.h"
#include "core/setup/webhooks.h"
#include "core/store/sqlite/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/store_samples.h"
#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>

using namespace thig;

namespace {

const Member owner{.name = "ada", .role = Role::owner};
const Member admin{.name = "ann", .role = Role::admin};
const Member viewer{.name = "bob", .role = Role::viewer};

struct Place {
  TempDir dir;
  FakeClock clock;
  SeededRandom random{3};
  std::unique_ptr<Store> store = get(open_sqlite_store({.file = dir.path("hooks.db"),
                                                        .key_file = dir.path("key"),
                                                        .create = true,
                                                        .owner_name = "ada"},
                                                       random));

  Result<std::vector<PlannedChange>> apply(const std::string& text, ApplyOptions options = {},
                                           const Member& actor = owner) {
    const auto document = read_setup_document(text);
    REQUIRE_MESSAGE(document, document.error().text);
    return apply_setup(store->config(), store->incoming(), clock, random, actor, *document,
                       options);
  }
  std::string exported(bool with_secrets = false) {
    return write_setup_document(
        get(read_setup(store->config(), store->incoming(), owner, with_secrets, clock.now().wall)));
  }
};

const std::string two = R"({
  "eventTypes": [{"name": "invoice.paid", "description": "Paid", "sample": {"id": 1}}],
  "outgoing": [
    {"name": "crm", "url": "https://crm.test/", "events": ["project.*", "invoice.paid"],
     "headers": [{"name": "x-key", "value": "k"}], "timeout": "5s"}],
  "incoming": [
    {"name": "issues", "action": {"kind": "create-project",
                                  "set": [{"field": "name", "from": "/title"}]}}]
})";

}  // namespace

TEST_CASE("what is missing is created, and a second time nothing is changed") {
  Place place;
  const auto plan = get(place.apply(two));
  REQUIRE(plan.size() == 3);
  CHECK(plan[0].kind == SetupKind::event_type);
  CHECK(plan[1].name == "crm");
  CHECK(plan[1].step == PlanStep::create);
  CHECK(plan[1].made.starts_with("whsec_"));
  CHECK(plan[2].kind == SetupKind::incoming);
  CHECK(plan[2].made.size() == 43);
  const Endpoint crm = get(place.store->config().find_endpoint("crm"));
  CHECK(crm.timeout == Millis{5'000});
  CHECK(get(place.store->config().secrets(crm.id, place.clock.now().wall)).front().text ==
        plan[1].made);

  const auto version = get(place.store->config().config_version());
  CHECK(get(place.apply(two)).empty());
  CHECK(get(place.apply(place.exported())).empty());
  CHECK(get(place.apply(place.exported(true))).empty());
  CHECK(get(place.apply(place.exported(), {.prune = true})).empty());
  CHECK(get(place.store->config().config_version()) == version);
}

TEST_CASE("what differs is changed, and what is left out stays") {
  Place place;
  get(place.apply(two));
  std::string text = place.exported();
  text.replace(text.find("\"5s\""), 4, "\"7s\"");
  text.replace(text.find("/title"), 6, "/name!");
  const auto plan = get(place.apply(text));
  REQUIRE(plan.size() == 2);
  CHECK(describe(plan[0].difference) == "timeout: 5s → 7s");
  CHECK(plan[0].made.empty());
  Endpoint crm = get(place.store->config().find_endpoint("crm"));
  CHECK(crm.timeout == Millis{7'000});
  REQUIRE(place.store->config().open_headers(crm));
  CHECK(crm.headers.front().value == "k");  // null in the document
  CHECK(get(place.store->incoming().find("issues")).action.fields.front().value.text == "/name!");
}

TEST_CASE("state and secret are changed where the document says so") {
  Place place;
  get(place.apply(two));
  const std::string head = R"({"outgoing":[{"name":"crm","url":"https://crm.test/",)"
                           R"("events":["project.*","invoice.paid"],)"
                           R"("headers":[{"name":"x-key","value":null}],"timeout":"5s")";
  const std::string fresh = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  auto plan = get(place.apply(head + R"(,"isActive":false,"secret":")" + fresh + "\"}]}"));
  REQUIRE(plan.size() == 1);
  CHECK(describe(plan[0].difference).contains("isActive: true → false"));
  CHECK(describe(plan[0].difference).contains("secret"));
  CHECK_FALSE(describe(plan[0].difference).contains(fresh));
  const Endpoint crm = get(place.store->config().find_endpoint("crm"));
  CHECK(crm.state == EndpointState::disabled);
  const auto secrets = get(place.store->config().secrets(crm.id, place.clock.now().wall));
  REQUIRE(secrets.size() == 2);  // the old one signs on for a while
  CHECK(secrets.front().text == fresh);
  CHECK(get(place.apply(head + "}]}")).empty());
  CHECK(get(place.store->config().find_endpoint("crm")).state == EndpointState::disabled);
  CHECK(get(place.apply(head + R"(,"isActive":true}]})")).size() == 1);
  CHECK(get(place.store->config().find_endpoint("crm")).state == EndpointState::enabled);
}

TEST_CASE("pruning removes what is not in the document, of the kinds it lists") {
  Place place;
  get(place.apply(two));
  CHECK(get(place.apply(R"({"outgoing":[]})")).empty());
  const auto plan = get(place.apply(R"({"outgoing":[]})", {.prune = true}));
  REQUIRE(plan.size() == 1);
  CHECK(plan[0].step == PlanStep::remove);
  CHECK(plan[0].name == "crm");
  CHECK(plan[0].difference.before.contains(R"("url":")"));
  CHECK(plan[0].difference.after.empty());
  CHECK(get(place.store->config().endpoints()).empty());
  CHECK(get(place.store->incoming().hooks()).size() == 1);
  CHECK(get(place.apply(R"({"incoming":[],"eventTypes":[]})", {.prune = true})).size() == 2);
  CHECK(get(place.store->config().own_event_types()).empty());
  // A name that is freed can be taken by the other kind at once.
  get(place.apply(two));
  const auto swapped = place.apply(
      R"({"outgoing":[{"name":"issues","url":"https://a.test/","events":["*"]}],"incoming":[]})",
      {.prune = true});
  CHECK(get(swapped).size() == 3);
}

TEST_CASE("a dry run tells the same and changes nothing") {
  Place place;
  const auto version = get(place.store->config().config_version());
  const auto plan = get(place.apply(two, {.dry_run = true}));
  CHECK(plan.size() == 3);
  CHECK(get(place.store->config().endpoints()).empty());
  CHECK(get(place.store->config().config_version()) == version);
  CHECK(get(place.store->config().audit({})).empty());
  CHECK(get(place.store->history().deliveries({})).empty());
}

TEST_CASE("an error in the tenth webhook leaves everything as it was") {
  Place place;
  get(place.apply(two));
  const auto before = place.exported(true);
  std::string text = R"({"eventTypes":[],"outgoing":[)";
  for (int i = 0; i < 12; ++i) {
    text += (i ? "," : "") + std::string(R"({"name":"w)") + std::to_string(i) +
            (i == 9 ? R"(","url":"http://plain.test/","events":["*"]})"
                    : R"(","url":"https://w.test/","events":["*"]})");
  }
  const auto refused = place.apply(text + "]}", {.prune = true});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::invalid);
  CHECK_MESSAGE(refused.error().text.starts_with("outgoing[9] w9: "), refused.error().text);
  CHECK(place.exported(true) == before);
}

TEST_CASE("roles hold for documents too") {
  Place place;
  CHECK(code_of(place.apply(two, {}, viewer)) == ErrorCode::not_permitted);
  CHECK(code_of(place.apply(R"({"incoming":[{"name":"run","action":{"kind":"run",)"
                            R"("command":["/bin/true"]}}]})",
                            {}, admin)) == ErrorCode::not_permitted);
  CHECK(get(place.store->incoming().hooks()).empty());
  CHECK(code_of(read_setup(place.store->config(), place.store->incoming(), viewer, true,
                           place.clock.now().wall)) == ErrorCode::not_permitted);
  CHECK(read_setup(place.store->config(), place.store->incoming(), viewer, false,
                   place.clock.now().wall));
}

TEST_CASE("each change is in the trail, without secrets") {
  Place place;
  const auto plan = get(place.apply(two, {}, admin));
  const auto trail = get(place.store->config().audit({}));
  REQUIRE(trail.size() == 3);
  CHECK(trail[0].action == "incoming.add");
  CHECK(trail[1].action == "webhook.add");
  CHECK(trail[2].action == "event-type.add");
  for (const AuditEntry& entry : trail) {
    CHECK(entry.actor.name == "ann");
    CHECK_FALSE(entry.after.contains(plan[1].made));
    CHECK_FALSE(entry.after.contains(plan[2].made));
  }
}

TEST_CASE("members get the roles of the document, and there is always an Owner") {
  Place place;
  const auto roles = [&] {
    std::string all;
    for (const Member& member : get(place.store->config().members())) {
      all += member.name + ":" + std::string(to_text(member.role)) + " ";
    }
    return all;
  };
  const auto plan = get(
      place.apply(R"({"members":[{"name":"ann","role":"admin"},{"name":"bob","role":"viewer"}]})"));
  REQUIRE(plan.size() == 2);
  CHECK(plan[0].kind == SetupKind::member);
  CHECK(plan[0].step == PlanStep::create);
  CHECK(describe(plan[0].difference) == "role: admin");
  CHECK(roles() == "ada:owner ann:admin bob:viewer ");
  CHECK(get(place.apply(place.exported(), {.prune = true}, admin)).empty());

  // The Owner goes, as another one comes, in whatever order they are written.
  const std::string handed_over =
      R"({"members":[{"name":"ada","role":"viewer"},{"name":"ann","role":"owner"}]})";
  CHECK(code_of(place.apply(handed_over, {}, admin)) == ErrorCode::not_permitted);
  const auto changed = get(place.apply(handed_over));
  REQUIRE(changed.size() == 2);
  CHECK(describe(changed[0].difference) == "role: admin → owner");
  CHECK(roles() == "ada:viewer ann:owner bob:viewer ");  // bob is not in it, and stays

  const Member ann{.name = "ann", .role = Role::owner};
  const struct {
    const char* members;
    const char* place;
  } last[] = {{R"({"name":"ann","role":"admin"})", "members[0] ann: "},
              {R"({"name":"bob","role":"admin"})", "member ann: "}};
  for (const auto& row : last) {
    const auto refused =
        place.apply(R"({"members":[)" + std::string(row.members) + "]}", {.prune = true}, ann);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::conflict);
    CHECK_MESSAGE(refused.error().text.starts_with(row.place), refused.error().text);
  }
  CHECK(roles() == "ada:viewer ann:owner bob:viewer ");
  const auto pruned =
      get(place.apply(R"({"members":[{"name":"ann","role":"owner"}]})", {.prune = true}, ann));
  CHECK(pruned.size() == 2);
  CHECK(roles() == "ann:owner ");
  CHECK(get(place.apply(R"({"outgoing":[]})", {.prune = true}, ann)).empty());
  CHECK(code_of(place.apply(R"({"members":[{"name":"a b","role":"owner"}]})", {}, ann)) ==
        ErrorCode::invalid);
}

TEST_CASE("the public URL is a setting of the document, null its default") {
  Place place;
  const auto url = [&] { return get(public_url_of(place.store->config(), std::nullopt)); };
  CHECK(place.exported().contains("\"publicUrl\": null"));
  const std::string set = R"({"settings":{"publicUrl":"https://Hooks.test/in/"}})";
  CHECK(code_of(place.apply(set, {}, viewer)) == ErrorCode::not_permitted);
  CHECK(get(place.apply(set, {.dry_run = true})).size() == 1);
  CHECK(url() == default_public_url);
  const auto plan = get(place.apply(set, {}, admin));
  REQUIRE(plan.size() == 1);
  CHECK(plan[0].kind == SetupKind::setting);
  CHECK(plan[0].name == "publicUrl");
  CHECK(describe(plan[0].difference) == "value: none → https://hooks.test/in");
  CHECK(get(place.apply(set)).empty());
  CHECK(get(place.apply(R"({"settings":{}})", {.prune = true})).empty());
  CHECK(url() == "https://hooks.test/in");
  CHECK(place.exported().contains("https://hooks.test/in"));
  const auto refused = place.apply(R"({"settings":{"publicUrl":"ftp://a.test"},"outgoing":[]})");
  CHECK(code_of(refused) == ErrorCode::invalid);
  CHECK(get(place.apply(R"({"settings":{"publicUrl":null}})")).size() == 1);
  CHECK(url() == default_public_url);
  const auto trail = get(place.store->config().audit({}));
  REQUIRE(trail.size() == 2);
  CHECK(trail[0].action == "setting.change");
  CHECK(trail[0].after.empty());
}

TEST_CASE("with its token an incoming webhook has the same URL elsewhere") {
  Place place;
  get(place.apply(two));
  const Time now = place.clock.now().wall;
  const auto tokens = [now](Place& of, const char* name) {
    return get(of.store->incoming().tokens(get(of.store->incoming().find(name)).id, now));
  };
  const std::string token = tokens(place, "issues").front().text;
  CHECK_FALSE(place.exported().contains(token));
  Place other;
  const auto plan = get(other.apply(place.exported(true)));
  CHECK(plan.back().name == "issues");
  CHECK(plan.back().made.empty());  // nothing that was made here
  CHECK(tokens(other, "issues").front().text == token);
  CHECK(other.exported(true) == place.exported(true));

  // Another token is another URL; the one there was goes on for a day, and can come back.
  const std::string fresh(42, 'b');
  const auto with_token = [](const std::string& name, const std::string& text) {
    return R"({"incoming":[{"name":")" + name + R"(","token":")" + text +
           R"(","action":{"kind":"create-project","set":[{"field":"name","from":"/title"}]}}]})";
  };
  const auto changed = get(other.apply(with_token("issues", fresh + "A")));
  REQUIRE(changed.size() == 1);
  CHECK(describe(changed[0].difference) == "url: (hidden) → (hidden, changed)");
  CHECK(tokens(other, "issues").size() == 2);
  CHECK(get(other.apply(with_token("issues", fresh + "A"))).empty());
  CHECK(get(other.apply(with_token("issues", token))).size() == 1);
  CHECK(tokens(other, "issues").front().text == token);
  for (const AuditEntry& entry : get(other.store->config().audit({}))) {
    CHECK_FALSE((entry.before + entry.after).contains(fresh));
  }

  for (const std::string& text :
       {std::string("short"), std::string(43, '!'), std::string(43, 'a') + "b"}) {
    const auto refused = other.apply(with_token("issues", text));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid);
    CHECK_FALSE(refused.error().text.contains(text));
  }
  // Of two webhooks, one alone can have it.
  CHECK(code_of(other.apply(with_token("second", token))) == ErrorCode::conflict);
  CHECK(get(other.store->incoming().hooks()).size() == 1);
}

TEST_CASE("the public URL is changed by who may, and named again by anyone") {
  Place place;
  const Time now = place.clock.now().wall;
  CHECK(code_of(keep_public_url(place.store->config(), viewer, "https://a.test", now)) ==
        ErrorCode::not_permitted);
  ok(keep_public_url(place.store->config(), admin, "https://a.test", now));
  ok(keep_public_url(place.store->config(), viewer, "https://a.test", now));
  CHECK(get(public_url_of(place.store->config(), std::nullopt)) == "https://a.test");
  CHECK(get(place.store->config().audit({})).size() == 1);
}
