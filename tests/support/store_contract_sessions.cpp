#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

namespace thig {

namespace {

std::string session_hash(char c) {
  return std::string(32, c);
}

Session session_sample(std::int64_t id, Time begun = noon) {
  return {.id = {id},
          .member = {},  // the code says whose
          .client = "Firefox on Linux",
          .created_at = begun,
          .expires_at = begun + longest_session,
          .last_used_at = begun};
}

void add_login_code(Store& store, const std::string& member, char code, Time now = noon) {
  ok(store.sessions().add_code(
      {.member = member, .created_at = now, .expires_at = now + 5 * minute}, session_hash(code)));
}

// A session of this member, opened by a code that is gone afterwards. The id is its hash, too.
void begin_session(Store& store, const std::string& member, char id, Time now = noon) {
  add_login_code(store, member, '!', now);
  REQUIRE(
      get(store.sessions().redeem(session_hash('!'), session_sample(id, now), session_hash(id))));
}

std::vector<std::int64_t> session_ids(const std::vector<Session>& sessions) {
  std::vector<std::int64_t> ids;
  for (const Session& session : sessions) ids.push_back(session.id.value);
  return ids;
}

void a_code_begins_one_session_of_its_member(const OpenStore& open) {
  const auto store = open();
  const auto other = open();
  add_login_code(*store, "ann", 'c');
  CHECK_FALSE(
      get(store->sessions().redeem(session_hash('x'), session_sample(1), session_hash('1'))));
  const auto begun =
      get(other->sessions().redeem(session_hash('c'), session_sample(1), session_hash('1')));
  REQUIRE(begun);
  CHECK(begun->member == "ann");
  CHECK_FALSE(
      get(store->sessions().redeem(session_hash('c'), session_sample(2), session_hash('2'))));

  const auto found = get(store->sessions().find_by_hash(session_hash('1'), noon));
  REQUIRE(found);
  CHECK(found->id == SessionId{1});
  CHECK(found->member == "ann");
  CHECK(found->client == "Firefox on Linux");
  CHECK(found->created_at == noon);
  CHECK(found->expires_at == noon + longest_session);
  CHECK(found->last_used_at == noon);
  CHECK_FALSE(get(store->sessions().find_by_hash(session_hash('2'), noon)));
  CHECK_FALSE(get(store->sessions().find_by_hash(session_hash('c'), noon)));
}

void a_code_that_has_expired_begins_nothing(const OpenStore& open) {
  const auto store = open();
  add_login_code(*store, "ann", 'c');
  const Session late = session_sample(1, noon + 5 * minute);
  CHECK_FALSE(get(store->sessions().redeem(session_hash('c'), late, session_hash('1'))));
  add_login_code(*store, "ann", 'd');
  const Session in_time = session_sample(1, noon + 5 * minute - Millis{1});
  CHECK(get(store->sessions().redeem(session_hash('d'), in_time, session_hash('1'))));
}

void a_session_ends_by_itself(const OpenStore& open) {
  const auto store = open();
  begin_session(*store, "ann", 1);
  const auto is_open = [&](Time now) {
    const bool found = get(store->sessions().find_by_hash(session_hash(1), now)).has_value();
    CHECK(get(store->sessions().all(now)).size() == (found ? 1 : 0));
    return found;
  };
  CHECK(is_open(noon + longest_idle - Millis{1}));
  CHECK_FALSE(is_open(noon + longest_idle));
  // Its use keeps it open, but not forever; an earlier use changes nothing.
  for (Time now = noon; now < noon + longest_session; now += hour) {
    const SessionUse uses[] = {{.id = {1}, .last = now}, {.id = {9}, .last = now}};
    ok(store->sessions().note_uses(uses));
  }
  const SessionUse earlier[] = {{.id = {1}, .last = noon}};
  ok(store->sessions().note_uses(earlier));
  ok(store->sessions().note_uses({}));
  CHECK(is_open(noon + longest_session - Millis{1}));
  CHECK_FALSE(is_open(noon + longest_session));
}

void what_has_ended_is_removed_by_the_next(const OpenStore& open) {
  const auto store = open();
  begin_session(*store, "ann", 1);
  add_login_code(*store, "ann", 'c');
  begin_session(*store, "bob", 2, noon + longest_idle);
  // Seen by a clock that is behind: it is not merely passed over.
  CHECK(session_ids(get(store->sessions().all(noon))) == std::vector<std::int64_t>{2});
  CHECK_FALSE(get(store->sessions().redeem(session_hash('c'), session_sample(3), session_hash(3))));
}

void sessions_are_ended_one_by_one_or_all(const OpenStore& open) {
  const auto store = open();
  for (const char id : {'\1', '\2', '\3'}) begin_session(*store, "ann", id, noon + id * minute);
  begin_session(*store, "bob", 4, noon);
  add_login_code(*store, "ann", 'a');
  add_login_code(*store, "bob", 'b');
  CHECK(session_ids(get(store->sessions().all(noon))) == std::vector<std::int64_t>{3, 2, 1, 4});
  ok(store->sessions().end({2}));
  CHECK(code_of(store->sessions().end({2})) == ErrorCode::not_found);
  CHECK_FALSE(get(store->sessions().find_by_hash(session_hash(2), noon)));

  ok(store->sessions().end_all("ann"));
  CHECK(session_ids(get(store->sessions().all(noon))) == std::vector<std::int64_t>{4});
  CHECK_FALSE(get(store->sessions().redeem(session_hash('a'), session_sample(5), session_hash(5))));
  CHECK(get(store->sessions().redeem(session_hash('b'), session_sample(5), session_hash(5))));
  ok(store->sessions().end_all({}));
  CHECK(get(store->sessions().all(noon)).empty());
}

void a_member_who_is_removed_leaves_no_session(const OpenStore& open) {
  const auto store = open();
  for (const auto& [name, role] : {std::pair{"ada", Role::owner}, {"ann", Role::admin}}) {
    ok(store->config().put_member({.name = name, .role = role}));
  }
  begin_session(*store, "ada", 1);
  begin_session(*store, "ann", 2);
  add_login_code(*store, "ann", 'c');
  ok(store->config().remove_member("ann"));
  CHECK(session_ids(get(store->sessions().all(noon))) == std::vector<std::int64_t>{1});
  CHECK_FALSE(get(store->sessions().redeem(session_hash('c'), session_sample(3), session_hash(3))));
  CHECK(code_of(store->config().remove_member("ada")) == ErrorCode::conflict);
  CHECK(get(store->sessions().all(noon)).size() == 1);
}

constexpr StoreRule rules_of_sessions[] = {
    {"a code begins one session of its member", a_code_begins_one_session_of_its_member},
    {"a code that has expired begins nothing", a_code_that_has_expired_begins_nothing},
    {"a session ends by itself", a_session_ends_by_itself},
    {"sessions and codes that have ended are removed by the next",
     what_has_ended_is_removed_by_the_next},
    {"sessions are ended one by one, or all", sessions_are_ended_one_by_one_or_all},
    {"a member who is removed leaves no session", a_member_who_is_removed_leaves_no_session},
};

}  // namespace

std::span<const StoreRule> session_rules() {
  return rules_of_sessions;
}

}  // namespace thig
