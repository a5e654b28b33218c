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
