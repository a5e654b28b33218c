#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

namespace thig {

namespace {

ApiKey sample_key(const std::string& name, std::int64_t id) {
  ApiKey key{.id = {id}, .name = name, .prefix = "thig_" + name, .member = "ada", .scopes = {}};
  key.scopes.add(Scope::emit);
  key.created_at = noon;
  return key;
}

std::string hash_of(char c) {
  return std::string(32, c);
}

void keys_are_found_by_hash_name_and_id(const OpenStore& open) {
  const auto store = open();
  ApiKey second = sample_key("b", 2);
  second.expires_at = noon + hour;
  second.rate = 7;
  second.scopes.add(Scope::secrets);
  ok(store->api_keys().add(second, hash_of('b')));
  ok(store->api_keys().add(sample_key("a", 1), hash_of('a')));
  const auto all = get(store->api_keys().all());
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "a");
  CHECK(all[1].scopes == second.scopes);
  CHECK(all[1].rate == 7);
  CHECK(all[1].expires_at == second.expires_at);
  CHECK_FALSE(all[1].last_used_at);
  CHECK(get(store->api_keys().find_by_hash(hash_of('b')))->name == "b");
  CHECK_FALSE(get(store->api_keys().find_by_hash(hash_of('c'))));
  CHECK(get(store->api_keys().find("a")).id == ApiKeyId{1});
  CHECK(get(store->api_keys().find(to_text(ApiKeyId{2}))).name == "b");
  CHECK(code_of(store->api_keys().find("c")) == ErrorCode::not_found);
  CHECK(get(open()->api_keys().all()).size() == 2);
}

void a_key_is_changed_removed_and_its_name_is_free_again(const OpenStore& open) {
  const auto store = open();
  ok(store->api_keys().add(sample_key("a", 1), hash_of('a')));
  ok(store->api_keys().add(sample_key("b", 2), hash_of('b')));
  CHECK(code_of(store->api_keys().add(sample_key("a", 3), hash_of('c'))) == ErrorCode::conflict);
  ApiKey changed = sample_key("c", 1);
  changed.enabled = false;
  changed.rate = 1;
  changed.expires_at = noon + minute;
  ok(store->api_keys().update(changed));
  const ApiKey read = get(store->api_keys().find("c"));
  CHECK_FALSE(read.enabled);
  CHECK(read.rate == 1);
  CHECK(read.expires_at == changed.expires_at);
  changed.name = "b";
  CHECK(code_of(store->api_keys().update(changed)) == ErrorCode::conflict);
  CHECK(code_of(store->api_keys().update(sample_key("d", 9))) == ErrorCode::not_found);
  ok(store->api_keys().remove({1}));
  CHECK(code_of(store->api_keys().remove({1})) == ErrorCode::not_found);
  CHECK_FALSE(get(store->api_keys().find_by_hash(hash_of('a'))));
  ok(store->api_keys().add(sample_key("c", 4), hash_of('d')));
}

void uses_of_keys_are_added_up(const OpenStore& open) {
  const auto store = open();
  ok(store->api_keys().add(sample_key("a", 1), hash_of('a')));
  const ApiKeyUse uses[] = {{.id = {1}, .requests = 3, .last = noon + minute},
                            {.id = {8}, .requests = 1, .last = noon}};  // gone
  ok(store->api_keys().add_uses(uses));
  const ApiKeyUse earlier[] = {{.id = {1}, .requests = 2, .last = noon}};
  ok(store->api_keys().add_uses(earlier));
  ok(store->api_keys().add_uses({}));
  const ApiKey key = get(store->api_keys().find("a"));
  CHECK(key.requests == 5);
  CHECK(key.last_used_at == noon + minute);
}

// A change of keys is noted by whoever makes it, in one transaction with it.
void a_change_of_keys_goes_with_what_is_noted_of_it(const OpenStore& open) {
  const auto store = open();
  const Status done = store->config().in_transaction([&]() -> Status {
    ok(store->api_keys().add(sample_key("a", 1), hash_of('a')));
    return fail(ErrorCode::internal, "no");
  });
  CHECK(code_of(done) == ErrorCode::internal);
  CHECK(get(store->api_keys().all()).empty());
  ok(store->config().record_audit({.at = noon,
                                   .actor = {.name = "ann", .role = Role::admin, .via = "key ci"},
                                   .action = "key.add",
                                   .subject = "a"}));
  const auto trail = get(store->config().audit({}));
  REQUIRE(trail.size() == 1);
  CHECK(trail[0].actor.via == "key ci");
}

constexpr StoreRule rules[] = {
    {"keys are found by hash, name and id", keys_are_found_by_hash_name_and_id},
    {"a key is changed, removed, and its name is free again",
     a_key_is_changed_removed_and_its_name_is_free_again},
    {"uses of keys are added up", uses_of_keys_are_added_up},
    {"a change of keys goes with what is noted of it",
     a_change_of_keys_goes_with_what_is_noted_of_it},
};

}  // namespace

std::span<const StoreRule> api_key_rules() {
  return rules;
}

}  // namespace thig
