// Keys of the HTTP API: who may make them for whom.
#include "core/setup/api_keys.h"

#include "core/setup/members.h"
#include "tests/support/remark_text.h"
#include "tests/support/world.h"

#include <set>

#include <doctest/doctest.h>

using namespace thig;

namespace {

struct Office {
  World world;
  Office() {
    Members members(world.store().config(), world.clock, {.name = "ada", .role = Role::owner});
    REQUIRE(members.add("ann", Role::admin));
    REQUIRE(members.add("mo", Role::member));
    REQUIRE(members.add("vic", Role::viewer));
  }
  ApiKeys of(const std::string& name, Role role) {
    return {world.store(), world.clock, world.random(), {.name = name, .role = role}};
  }
};

ApiKeyDraft draft(const std::string& name, const std::string& member = {}) {
  ApiKeyDraft draft{.name = name, .member = member, .scopes = {}};
  draft.scopes.add(Scope::emit);
  return draft;
}

ErrorCode code_of(const auto& result) {
  REQUIRE_FALSE(result);
  return result.error().code;
}

}  // namespace

TEST_CASE("a key is shown once, has its form, and is known by its hash alone") {
  Office office;
  std::set<std::string> texts;
  for (int i = 0; i < 50; ++i) {
    const auto added = office.of("ada", Role::owner).add(draft("k" + std::to_string(i)));
    REQUIRE(added);
    CHECK(is_api_key(added->text));
    CHECK(added->text.starts_with(added->key.prefix));
    CHECK(added->key.prefix.size() == 9);
    CHECK(texts.insert(added->text).second);
    const auto found = office.world.store().api_keys().find_by_hash(api_key_hash(added->text));
    REQUIRE(found);
    CHECK((*found)->name == added->key.name);
  }
  for (const char* text : {"", "thig_", "thig_00", "THIG_0123456789012345678901234567890123456789",
                           "thig_012345678901234567890123456789012345678G",
                           "thig_01234567890123456789012345678901234567890"}) {
    CHECK_FALSE_MESSAGE(is_api_key(text), text);
  }
  CHECK(is_api_key("thig_0123456789abcdef0123456789abcdef01234567"));
}

TEST_CASE("members have keys of their own; an Owner has those of all") {
  Office office;
  CHECK(office.of("ann", Role::admin).add(draft("anns")));
  CHECK(office.of("mo", Role::member).add(draft("mos")));
  CHECK(code_of(office.of("vic", Role::viewer).add(draft("vics"))) == ErrorCode::not_permitted);
  CHECK(code_of(office.of("ann", Role::admin).add(draft("x", "mo"))) == ErrorCode::not_permitted);
  CHECK(office.of("ada", Role::owner).add(draft("for-vic", "vic")));
  CHECK(code_of(office.of("ada", Role::owner).add(draft("y", "nobody"))) == ErrorCode::invalid);
  // root is an Owner, and no member: whose rights would the key have?
  const auto of_root = office.of("root", Role::owner).add(draft("z"));
  CHECK(code_of(of_root) == ErrorCode::invalid);
  CHECK(remark_text(of_root.error().hint).contains("member"));

  CHECK(office.of("ada", Role::owner).list()->size() == 3);
  const auto anns = office.of("ann", Role::admin).list();
  REQUIRE(anns->size() == 1);
  CHECK(anns->front().name == "anns");
  CHECK(code_of(office.of("ann", Role::admin).set_enabled("mos", false)) ==
        ErrorCode::not_permitted);
  CHECK(code_of(office.of("mo", Role::member).remove("anns")) == ErrorCode::not_permitted);
  CHECK(office.of("mo", Role::member).remove("mos"));
  const auto near = office.of("ada", Role::owner).remove("ann");
  CHECK(code_of(near) == ErrorCode::not_found);
  CHECK(remark_text(near.error().hint).contains("anns"));
}

TEST_CASE("what a key cannot be") {
  Office office;
  ApiKeys keys = office.of("ada", Role::owner);
  CHECK(keys.add(draft("ci")));
  CHECK(code_of(keys.add(draft("ci"))) == ErrorCode::conflict);
  CHECK(code_of(keys.add(draft(""))) == ErrorCode::invalid);
  CHECK(code_of(keys.add(draft("a\nb"))) == ErrorCode::invalid);
  CHECK(code_of(keys.add({.name = "none", .member = {}, .scopes = {}})) == ErrorCode::invalid);
  ApiKeyDraft odd = draft("odd");
  odd.rate = 0;
  CHECK(code_of(keys.add(odd)) == ErrorCode::invalid);
  odd.rate = most_requests_a_minute + 1;
  CHECK(code_of(keys.add(odd)) == ErrorCode::invalid);
  odd.rate = 1;
  odd.expires_at = office.world.clock.now().wall;
  CHECK(code_of(keys.add(odd)) == ErrorCode::invalid);
  CHECK(keys.list()->size() == 1);
}

TEST_CASE("a key is edited by whose it is, within the bounds of a new one") {
  Office office;
  ApiKeys anns = office.of("ann", Role::admin);
  const auto added = anns.add(draft("ci"));
  REQUIRE(added);
  const auto edit = [](ApiKeys keys, const std::string& name, auto change) {
    return keys.edit(name, [&](ApiKey& key) -> Status {
      change(key);
      return {};
    });
  };
  const Time later = office.world.clock.now().wall + std::chrono::hours(1);
  const auto edited = edit(anns, "ci", [&](ApiKey& key) {
    key.name = "build";
    key.scopes.add(Scope::read);
    key.rate = 10;
    key.expires_at = later;
  });
  REQUIRE(edited);
  CHECK(edited->key.id == added->key.id);
  const auto stored = office.world.store().api_keys().find_by_hash(api_key_hash(added->text));
  REQUIRE((stored && *stored));
  CHECK((*stored)->name == "build");
  CHECK((*stored)->scopes.names() == std::vector<std::string>{"emit", "read"});
  CHECK((*stored)->rate == 10);
  CHECK((*stored)->expires_at == later);
  const auto same = edit(anns, "build", [](ApiKey& key) { key.rate = 10; });
  REQUIRE(same);
  CHECK(same->difference.empty());
  const auto trail = office.world.store().config().audit({.subject = "ci"});
  REQUIRE(trail);
  REQUIRE(trail->size() == 2);
  CHECK(trail->front().action == "key.edit");
  CHECK(trail->front().before == R"({"name":"ci","scopes":["emit"],"rate":600,"expiresAt":null})");
  CHECK(trail->front().after.starts_with(
      R"({"name":"build","scopes":["emit","read"],"rate":10,"expiresAt":")"));

  // Nothing of what is refused is kept.
  REQUIRE(anns.add(draft("other")));
  const auto refused = [&](auto change) { return edit(anns, "build", change); };
  CHECK(code_of(refused([](ApiKey& key) { key.name = "other"; })) == ErrorCode::conflict);
  CHECK(code_of(refused([](ApiKey& key) { key.name = "key_00000000"; })) == ErrorCode::invalid);
  CHECK(code_of(refused([](ApiKey& key) { key.scopes = {}; })) == ErrorCode::invalid);
  CHECK(code_of(refused([](ApiKey& key) { key.rate = most_requests_a_minute + 1; })) ==
        ErrorCode::invalid);
  const Time now = office.world.clock.now().wall;
  CHECK(code_of(refused([&](ApiKey& key) { key.expires_at = now; })) == ErrorCode::invalid);
  const auto nothing = [](ApiKey& key) { key.rate = 1; };
  CHECK(code_of(edit(office.of("mo", Role::member), "build", nothing)) == ErrorCode::not_permitted);
  CHECK(code_of(edit(office.of("vic", Role::viewer), "build", nothing)) ==
        ErrorCode::not_permitted);
  CHECK(code_of(edit(anns, "biuld", nothing)) == ErrorCode::not_found);
  CHECK(anns.find("build")->rate == 10);
  CHECK(edit(office.of("ada", Role::owner), "build", nothing));

  // One that has expired can be changed, and brought back.
  office.world.clock.advance(std::chrono::hours(2));
  CHECK(edit(anns, "build", [](ApiKey& key) { key.rate = 2; }));
  CHECK(edit(anns, "build", [](ApiKey& key) { key.expires_at.reset(); }));
  CHECK(fault_of(*anns.find("build"), office.world.clock.now().wall) == KeyFault::none);
}

TEST_CASE("changes of keys are in the trail, and never the key") {
  Office office;
  ApiKeys keys = office.of("ada", Role::owner);
  const auto added = keys.add(draft("ci"));
  REQUIRE(added);
  CHECK_FALSE(keys.set_enabled("ci", false)->enabled);
  CHECK_FALSE(keys.set_enabled("ci", false)->enabled);  // no change
  CHECK(keys.set_enabled(to_text(added->key.id), true)->enabled);
  CHECK(keys.remove("ci"));
  std::vector<std::string> actions;
  const auto trail = office.world.store().config().audit({.subject = "ci"});
  REQUIRE(trail);
  for (const AuditEntry& entry : *trail) {
    actions.insert(actions.begin(), entry.action);
    CHECK((entry.before + entry.after).find(added->text) == std::string::npos);
  }
  CHECK(actions == std::vector<std::string>{"key.add", "key.disable", "key.enable", "key.remove"});
}
