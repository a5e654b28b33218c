// Logging in to the page: who may make a link for whom, and what opens nothing any more.
#include "core/setup/sessions.h"

#include "core/rules/token.h"
#include "core/setup/members.h"
#include "tests/support/remark_text.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

namespace {

const std::string firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko Firefox/128.0";

struct Reception {
  World world;
  Reception() {
    for (const auto& [name, role] :
         {std::pair{"ann", Role::admin}, {"mo", Role::member}, {"vic", Role::viewer}}) {
      REQUIRE(members().add(name, role));
    }
  }
  Members members() {
    return {world.store().config(), world.clock, {.name = "ada", .role = Role::owner}};
  }
  Sessions of(const std::string& name, Role role) {
    return {world.store(), world.clock, world.random(), {.name = name, .role = role}};
  }
  Sessions owner() { return of("ada", Role::owner); }
  Result<BegunSession> redeem(const std::string& code, const std::string& replaces = {}) {
    return begin_session(world.store(), world.clock, world.random(),
                         {.code = code, .client = firefox, .replaces = replaces});
  }
  // The text of a code for that member.
  std::string code(const std::string& member) {
    const auto made = owner().make_code(member, usual_login_period);
    REQUIRE(made);
    return made->text;
  }
  BegunSession log_in(const std::string& member) {
    auto begun = redeem(code(member));
    REQUIRE(begun);
    return std::move(*begun);
  }
  bool opens(const std::string& token) {
    const auto found =
        world.store().sessions().find_by_hash(token_hash(token), world.clock.now().wall);
    REQUIRE(found);
    return found->has_value();
  }
  std::vector<AuditEntry> trail() {
    auto found = world.store().config().audit({});
    REQUIRE(found);
    return std::move(*found);
  }
  // What came after the members, the oldest first: "session.begin ann by ann via session".
  std::vector<std::string> noted() {
    std::vector<std::string> lines;
    for (const AuditEntry& entry : trail()) {
      if (entry.action.starts_with("member.")) continue;
      std::string line = entry.action + " " + entry.subject + " by " + entry.actor.name;
      if (!entry.actor.via.empty()) line += " via " + entry.actor.via;
      lines.insert(lines.begin(), line);
    }
    return lines;
  }
};

ErrorCode refusal(const auto& result) {
  REQUIRE_FALSE(result);
  return result.error().code;
}

}  // namespace

TEST_CASE("who is in the list logs in themselves; an Owner lets others log in") {
  Reception reception;
  for (const auto& [name, role] :
       {std::pair{"ann", Role::admin}, {"mo", Role::member}, {"vic", Role::viewer}}) {
    const auto made = reception.of(name, role).make_code({}, usual_login_period);
    REQUIRE(made);
    CHECK(made->code.member == name);
    CHECK(made->code.expires_at == reception.world.clock.now().wall + 5min);
    CHECK(is_token(made->text));
    const auto begun = reception.redeem(made->text);
    REQUIRE(begun);
    CHECK(begun->member == Member{.name = name, .role = role, .via = "session"});
    CHECK(reception.of(name, role).make_code(name, usual_login_period));
  }
  CHECK(reception.owner().make_code("vic", usual_login_period));
  CHECK(refusal(reception.of("ann", Role::admin).make_code("vic", usual_login_period)) ==
        ErrorCode::not_permitted);
  CHECK(refusal(reception.of("vic", Role::viewer).make_code("ada", usual_login_period)) ==
        ErrorCode::not_permitted);
}

TEST_CASE("who is not in the list is told how to get into it") {
  Reception reception;
  const auto stranger = reception.of("eve", Role::viewer).make_code({}, usual_login_period);
  CHECK(refusal(stranger) == ErrorCode::invalid);
  CHECK(stranger.error().text == "the user eve is not a member");
  CHECK(remark_text(stranger.error().hint).contains("members add"));
  CHECK(refusal(reception.owner().make_code("eve", usual_login_period)) == ErrorCode::invalid);
  CHECK(reception.noted().empty());
}

TEST_CASE("a login link is valid for a minute to an hour") {
  Reception reception;
  for (const Millis period : {Millis(1min), Millis(1h)}) {
    CHECK(reception.owner().make_code("ann", period));
  }
  for (const Millis period : {Millis(0), Millis(1min) - 1ms, Millis(1h) + 1ms}) {
    CHECK(refusal(reception.owner().make_code("ann", period)) == ErrorCode::invalid);
  }
}

TEST_CASE("a session is what its member is at the time, and known by its hash alone") {
  Reception reception;
  const std::string code = reception.code("ann");
  REQUIRE(reception.members().set_role("ann", Role::viewer));
  const auto begun = reception.redeem(code);
  REQUIRE(begun);
  CHECK(begun->member.role == Role::viewer);
  CHECK(begun->session.client == "Firefox on Linux");
  CHECK(begun->session.expires_at == reception.world.clock.now().wall + 12h);
  CHECK(is_token(begun->token));
  CHECK(begun->token != code);
  CHECK(reception.opens(begun->token));
  CHECK_FALSE(reception.opens(code));
  for (const AuditEntry& entry : reception.trail()) {
    CHECK_FALSE((entry.before + entry.after).contains(code));
    CHECK_FALSE((entry.before + entry.after).contains(begun->token));
  }
}

TEST_CASE("a code opens the door once, for its time, and for a member") {
  Reception reception;
  const std::string code = reception.code("ann");
  CHECK(reception.redeem(code));
  const auto again = reception.redeem(code);
  CHECK(refusal(again) == ErrorCode::not_permitted);
  CHECK(remark_text(again.error().hint).contains("login-link"));
  CHECK_FALSE(again.error().text.contains(code));

  const std::string late = reception.code("ann");
  reception.world.clock.advance(5min);
  CHECK(refusal(reception.redeem(late)) == ErrorCode::not_permitted);

  const std::string leaver = reception.code("mo");
  REQUIRE(reception.members().remove("mo"));
  CHECK(refusal(reception.redeem(leaver)) == ErrorCode::not_permitted);
  // Nor for somebody who gets the name later.
  REQUIRE(reception.members().add("mo", Role::admin));
  CHECK(refusal(reception.redeem(leaver)) == ErrorCode::not_permitted);

  for (const std::string& text :
       {std::string(), std::string("x"), code + "A", std::string(43, '=')}) {
    CHECK(refusal(reception.redeem(text)) == ErrorCode::not_permitted);
  }
}

TEST_CASE("the whole link may be pasted for its code") {
  Reception reception;
  CHECK(reception.redeem("http://127.0.0.1:8081/admin/login#" + reception.code("ann")));
  CHECK(reception.redeem("  " + reception.code("ann") + " \t"));
}

TEST_CASE("who leaves is out at once, and stays out") {
  Reception reception;
  const BegunSession begun = reception.log_in("ann");
  REQUIRE(reception.members().remove("ann"));
  CHECK_FALSE(reception.opens(begun.token));
  REQUIRE(reception.members().add("ann", Role::viewer));
  CHECK_FALSE(reception.opens(begun.token));
}

TEST_CASE("members see and end their own sessions, an Owner those of all") {
  Reception reception;
  const BegunSession first = reception.log_in("ann");
  reception.world.clock.advance(1min);
  const BegunSession second = reception.log_in("ann");
  const BegunSession other = reception.log_in("vic");
  Sessions ann = reception.of("ann", Role::admin);

  const auto own = ann.list();
  REQUIRE(own);
  REQUIRE(own->size() == 2);
  CHECK(own->front().id == second.session.id);
  CHECK(refusal(ann.list("vic")) == ErrorCode::not_permitted);
  CHECK(reception.owner().list()->size() == 3);
  CHECK(reception.owner().list("vic")->size() == 1);

  const std::string ids[] = {to_text(first.session.id), to_text(other.session.id)};
  CHECK(refusal(ann.end(ids)) == ErrorCode::not_permitted);
  CHECK(reception.opens(first.token));  // all or none
  const std::string twice[] = {ids[0], ids[0]};
  CHECK(ann.end(twice)->size() == 1);
  CHECK_FALSE(reception.opens(first.token));
  for (const std::string& id : {ids[0], std::string("ses_"), std::string("x")}) {
    CHECK(refusal(reception.owner().end({&id, 1})) == ErrorCode::not_found);
  }
}

TEST_CASE("all sessions are ended with the codes that would begin others") {
  Reception reception;
  const BegunSession anns = reception.log_in("ann");
  const BegunSession vics = reception.log_in("vic");
  const std::string of_ann = reception.code("ann"), of_vic = reception.code("vic");
  CHECK(refusal(reception.of("ann", Role::admin).end_all("vic")) == ErrorCode::not_permitted);
  CHECK(reception.of("ann", Role::admin).end_all()->size() == 1);
  CHECK_FALSE(reception.opens(anns.token));
  CHECK_FALSE(reception.redeem(of_ann));
  CHECK(reception.opens(vics.token));
  CHECK(reception.owner().end_all("vic")->size() == 1);
  CHECK_FALSE(reception.redeem(of_vic));

  reception.log_in("ann");
  reception.log_in("vic");
  CHECK(reception.owner().end_all()->size() == 2);
  CHECK(reception.owner().list()->empty());
}

TEST_CASE("logging in and out is in the trail") {
  Reception reception;
  const BegunSession begun = reception.log_in("ann");
  const std::string id = to_text(begun.session.id);
  CHECK(Sessions(reception.world.store(), reception.world.clock, reception.world.random(),
                 begun.member)
            .end({&id, 1}));
  reception.log_in("vic");
  CHECK(reception.owner().end_all());
  CHECK(reception.noted() ==
        std::vector<std::string>{"login.link ann by ada", "session.begin ann by ann via session",
                                 "session.end ann by ann via session", "login.link vic by ada",
                                 "session.begin vic by vic via session", "session.end vic by ada"});
}

TEST_CASE("whoever logs in again leaves the session that their browser has had") {
  Reception reception;
  const BegunSession elsewhere = reception.log_in("ann");
  const BegunSession first = reception.log_in("ann");
  // A code that opens nothing ends nothing either.
  CHECK_FALSE(reception.redeem(make_token(std::string(token_bytes, 'x')), first.token));
  CHECK(reception.opens(first.token));
  const auto second = reception.redeem(reception.code("ann"), first.token);
  REQUIRE(second);
  CHECK_FALSE(reception.opens(first.token));
  CHECK(reception.opens(second->token));
  CHECK(reception.opens(elsewhere.token));
  // Somebody else takes a seat at the same browser.
  const auto third = reception.redeem(reception.code("vic"), second->token);
  REQUIRE(third);
  CHECK_FALSE(reception.opens(second->token));
  const auto noted = reception.noted();
  CHECK(std::vector(noted.end() - 5, noted.end()) ==
        std::vector<std::string>{"session.end ann by ann via session",
                                 "session.begin ann by ann via session", "login.link vic by ada",
                                 "session.end ann by vic via session",
                                 "session.begin vic by vic via session"});
  // What opens nothing any more, or never did, is in nobody's way.
  for (const std::string& old : {first.token, std::string("x"), std::string(100'000, 'A')}) {
    CHECK(reception.redeem(reception.code("ann"), old));
  }
  CHECK(reception.opens(third->token));
}
