// Who may come in by the cookie of a session, to the HTTP API and to pages, and what a browser may
// not be made to do with it.
#include "core/rules/token.h"
#include "core/setup/api_keys.h"
#include "core/setup/members.h"
#include "core/setup/sessions.h"
#include "core/web/gate.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/fake_clock.h"

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

namespace {

Result<HttpResponse> nothing_to_show(Call&) {
  return HttpResponse{};
}

// A page to look at, one to change something, and the one where a code is redeemed.
constexpr Route sample_pages[] = {
    {.method = "GET", .path = "/admin/look", .scope = Scope::read, .handle = nothing_to_show},
    {.method = "POST", .path = "/admin/change", .scope = Scope::manage, .handle = nothing_to_show},
    {.method = "POST",
     .path = "/admin/login",
     .scope = std::nullopt,
     .does = Does::writes,
     .body = "form",
     .handle = nothing_to_show,
     .body_type = "application/x-www-form-urlencoded",
     .counts_guesses = true},
};

// Who asks, and how.
struct Asked {
  std::string method = "GET";
  std::string target = "/admin/look";
  std::vector<Header> headers{};
  std::string host = "localhost:8081";
  std::string peer = "10.0.0.1";
};

struct Hall {
  SqlitePlace place;
  FakeClock clock;
  std::unique_ptr<Store> store = place.open();
  KeyUses key_uses;
  SessionUses session_uses;
  std::vector<std::string> reported;
  Guesses guesses{clock, [this](const std::string&, std::string_view what, const std::string& why) {
                    reported.push_back(std::string(what) + ": " + why);
                  }};
  Surface surface{{.routes = sample_pages}, ""};
  Gate gate;

  explicit Hall(Reach reach = {})
      : gate(*store, clock, surface, HostList(8081, {"hooks.example.com"}), std::move(reach),
             {.key_uses = key_uses, .session_uses = session_uses, .guesses = guesses}) {
    REQUIRE(members().add("vic", Role::viewer));
  }

  Members members() { return {store->config(), clock, {.name = "ada", .role = Role::owner}}; }
  Sessions sessions() {
    return {*store, clock, place.random, {.name = "ada", .role = Role::owner}};
  }
  BegunSession log_in(const std::string& member = "ada") {
    const auto code = sessions().make_code(member, usual_login_period);
    REQUIRE(code);
    return get(
        begin_session(*store, clock, place.random, {.code = code->text, .client = "curl/8"}));
  }
  std::string key() {
    ApiKeyDraft draft{.name = "ci", .member = "ada", .scopes = {}};
    draft.scopes.add(Scope::manage);
    return get(ApiKeys(*store, clock, place.random, {.name = "ada", .role = Role::owner})
                   .add(draft))
        .text;
  }
  // Who comes in with this session.
  Caller caller(const std::string& token, std::vector<Header> headers = {}) {
    headers.push_back({"cookie", "thig=" + token});
    const Admission admission = admit({.headers = std::move(headers)});
    REQUIRE_FALSE(admission.refusal);
    return std::static_pointer_cast<const Admitted>(admission.subject)->caller;
  }
  Admission admit(Asked asked) {
    HttpRequest request{.method = asked.method,
                        .target = asked.target,
                        .headers = std::move(asked.headers),
                        .body = {},
                        .peer = asked.peer};
    request.headers.insert(request.headers.begin(), {"host", asked.host});
    return gate.admit(request);
  }
  // 0: it may come in.
  int ask(Asked asked) {
    const Admission admission = admit(std::move(asked));
    return admission.refusal ? admission.refusal->status : 0;
  }
};

Header cookie(const std::string& token, const std::string& name = "thig") {
  return {"cookie", "a=1; " + name + "=" + token};
}

Header site(const std::string& text) {
  return {"sec-fetch-site", text};
}

}  // namespace

TEST_CASE("a session reaches pages and the API, as its member in the role of the moment") {
  Hall hall;
  const BegunSession vics = hall.log_in("vic");
  for (const char* target : {"/admin/look", "/api/admin/webhooks"}) {
    const auto caller = [&] {
      const Admission admission = hall.admit({.target = target, .headers = {cookie(vics.token)}});
      REQUIRE_FALSE(admission.refusal);
      return std::static_pointer_cast<const Admitted>(admission.subject)->caller;
    };
    CHECK(caller().actor == Member{.name = "vic", .role = Role::viewer, .via = "session"});
    CHECK(caller().session == vics.session.id);
    CHECK(caller().scopes == Scopes::from_bits(Scopes::all_bits));
    REQUIRE(hall.members().set_role("vic", Role::admin));
    CHECK(caller().actor.role == Role::admin);
    REQUIRE(hall.members().set_role("vic", Role::viewer));
  }
}

TEST_CASE("what opens nothing") {
  Hall hall;
  const BegunSession adas = hall.log_in();
  const std::string other = make_token(std::string(32, 'x'));
  for (const char* target : {"/admin/look", "/api/admin/webhooks"}) {
    const auto status = [&](std::vector<Header> headers) {
      return hall.ask({.target = target, .headers = std::move(headers)});
    };
    CHECK(status({cookie(adas.token)}) == 0);
    CHECK(status({}) == 401);
    CHECK(status({cookie(other)}) == 401);
    CHECK(status({cookie("")}) == 401);
    CHECK(status({cookie(adas.token + "x")}) == 401);
    CHECK(status({cookie(adas.token, "Thig")}) == 401);
    CHECK(status({cookie(adas.token, "__Host-thig")}) == 401);
    CHECK(status({{"cookie", "thig=" + adas.token + "; thig=" + other}}) == 401);
    CHECK(status({cookie(adas.token), cookie(other)}) == 401);
    CHECK(status({{"authorization", "Session " + adas.token}}) == 401);
  }
  // Browsers come back with cookies of yesterday: nobody is slowed down or told of it.
  CHECK(hall.reported.empty());
}

TEST_CASE("a session ends by time, by its member's end, and when it is ended") {
  Hall hall;
  const BegunSession vics = hall.log_in("vic");
  const auto status = [&](const BegunSession& begun) {
    return hall.ask({.headers = {cookie(begun.token)}});
  };
  hall.clock.advance(longest_idle - 1ms);
  CHECK(status(vics) == 0);
  hall.clock.advance(1ms);
  CHECK(status(vics) == 401);  // its use was not written down
  const BegunSession again = hall.log_in("vic");
  CHECK(status(again) == 0);
  REQUIRE(hall.sessions().end_all("vic"));
  CHECK(status(again) == 401);
  const BegunSession last = hall.log_in("vic");
  REQUIRE(hall.members().remove("vic"));
  CHECK(status(last) == 401);
  REQUIRE(hall.members().add("vic", Role::owner));
  CHECK(status(last) == 401);
}

TEST_CASE("the use of a session is noted once a minute") {
  Hall hall;
  const BegunSession adas = hall.log_in();
  const auto used = [&] {
    CHECK(hall.ask({.headers = {cookie(adas.token)}}) == 0);
    return hall.session_uses.take();
  };
  CHECK(used().empty());
  hall.clock.advance(59s);
  CHECK(used().empty());
  hall.clock.advance(1s);
  const auto uses = used();
  REQUIRE(uses.size() == 1);
  CHECK(uses[0].id == adas.session.id);
  CHECK(uses[0].last == hall.clock.now().wall);
  REQUIRE(hall.store->sessions().note_uses(uses));
  CHECK(used().empty());
  hall.clock.advance(longest_idle - 1ms);
  // A page that stands open fetches itself: nobody need be there.
  const Header by_script{"sec-fetch-dest", "empty"};
  CHECK(hall.ask({.headers = {cookie(adas.token), by_script}}) == 0);
  CHECK(hall.session_uses.take().empty());
  CHECK(hall.ask({.method = "POST",
                  .target = "/admin/change",
                  .headers = {cookie(adas.token), by_script, site("same-origin")}}) == 0);
  CHECK(hall.session_uses.take().size() == 1);
  CHECK(used().size() == 1);
}

TEST_CASE("a page is told when its session ends") {
  Hall hall;
  const BegunSession adas = hall.log_in();
  const Header by_script{"sec-fetch-dest", "empty"};
  CHECK(hall.caller(adas.token).session_left == longest_idle);
  hall.clock.advance(longest_idle - 10min);
  CHECK(hall.caller(adas.token, {by_script}).session_left == 10min);
  // Noted, though nobody has written it down yet.
  CHECK(hall.caller(adas.token).session_left == longest_idle);
  hall.clock.advance(30s);
  CHECK(hall.caller(adas.token, {by_script}).session_left == longest_idle - 30s);
  CHECK_FALSE(hall.caller(adas.token).session_is_final);
  // Eleven hours after it began its last two have begun.
  for (int i = 0; i < 10; ++i) {
    REQUIRE(hall.store->sessions().note_uses(hall.session_uses.take()));
    hall.clock.advance(55min);
    static_cast<void>(hall.caller(adas.token));
  }
  const Caller late = hall.caller(adas.token);
  CHECK(late.session_is_final);
  CHECK(late.session_left < longest_idle);
  CHECK(hall.clock.now().wall + late.session_left == adas.session.expires_at);
}

TEST_CASE("a use shortly before the end is written down at once") {
  Hall hall;
  const BegunSession adas = hall.log_in();
  hall.clock.advance(longest_idle - 5min);
  static_cast<void>(hall.caller(adas.token));
  CHECK_FALSE(hall.session_uses.urgent());
  REQUIRE(hall.store->sessions().note_uses(hall.session_uses.take()));
  hall.clock.advance(longest_idle - 5min + 1ms);
  static_cast<void>(hall.caller(adas.token, {{"sec-fetch-dest", "empty"}}));
  CHECK_FALSE(hall.session_uses.urgent());
  static_cast<void>(hall.caller(adas.token));
  CHECK(hall.session_uses.urgent());
  CHECK(hall.session_uses.take().size() == 1);
  CHECK_FALSE(hall.session_uses.urgent());
}

TEST_CASE("servers of one host know their own cookie alone") {
  Hall one({.port = 8081});
  const BegunSession adas = one.log_in();
  CHECK(one.ask({.headers = {cookie(adas.token, "thig-8081"), {"x", "y"}}}) == 0);
  CHECK(one.ask({.headers = {{"cookie", "thig-8082=x; thig-8081=" + adas.token}}}) == 0);
  CHECK(one.ask({.headers = {cookie(adas.token)}}) == 401);
  CHECK(one.ask({.headers = {cookie(adas.token, "thig-8082")}}) == 401);
  const struct {
    Reach reach;
    const char* name;
  } rows[] = {
      {{.tls = true, .port = 8443}, "__Host-thig-8443"},
      // Wherever it listens, by a Unix socket or at another port after its next start.
      {{.public_url = "https://hooks.example.com", .port = 8081}, "__Host-thig"},
      {{.public_url = "https://hooks.example.com", .port = 0}, "__Host-thig"},
      {{.public_url = "http://hooks.example.com:8000/a", .port = 8081, .base_path = "/a"},
       "thig-8000%2Fa"},
      {{.port = 8081, .base_path = "/hooks"}, "thig-8081%2Fhooks"},
  };
  for (const auto& row : rows) CHECK(row.reach.cookie().name() == row.name);
}

TEST_CASE("with a cookie, only what comes from a page of ours changes something") {
  Hall hall;
  const BegunSession adas = hall.log_in();
  const std::string key = hall.key();
  for (const char* target :
       {"/admin/change", "/api/admin/webhooks/x/enable", "/api/admin/rest-api-keys"}) {
    const auto status = [&](std::vector<Header> headers) {
      headers.push_back(cookie(adas.token));
      return hall.ask({.method = "POST", .target = target, .headers = std::move(headers)});
    };
    CHECK(status({}) == 403);
    CHECK(status({site("same-origin")}) == 0);
    for (const char* said : {"same-site", "cross-site", "none", ""}) {
      CHECK_MESSAGE(status({site(said)}) == 403, said);
      CHECK_MESSAGE(status({site(said), {"origin", "http://localhost:8081"}}) == 403, said);
    }
    CHECK(status({site("same-origin"), site("same-origin")}) == 403);
    CHECK(status({{"origin", "http://localhost:8081"}}) == 0);
    for (const char* origin : {"http://localhost", "https://localhost:8081", "null", "",
                               "http://hooks.example.com", "http://evil.example"}) {
      CHECK_MESSAGE(status({{"origin", origin}}) == 403, origin);
    }
    CHECK(status({{"origin", "http://localhost:8081"}, {"origin", "http://evil.example"}}) == 403);

    // A key is sent by whoever has it, and then no cookie is looked at.
    const Header bearer{"authorization", "Bearer " + key};
    // It opens no page, and does nothing that a key must not.
    const std::string_view asked = target;
    const int by_key = asked.starts_with("/admin") ? 401 : asked.ends_with("keys") ? 403 : 0;
    CHECK(status({bearer}) == by_key);
    CHECK(status({bearer, site("cross-site")}) == by_key);
    CHECK(status({{"authorization", "Bearer thig_" + std::string(40, '0')}, site("same-origin")}) ==
          401);
    // The password of a proxy is nobody's key.
    CHECK(status({{"authorization", "Basic YTpi"}, site("same-origin")}) == 0);
    CHECK(status({{"authorization", "Basic YTpi"}, site("cross-site")}) == 403);
  }
  CHECK(hall.ask({.headers = {cookie(adas.token), site("cross-site")}}) == 0);  // only looks
}

TEST_CASE("the origin is that of the name that was asked for, or of the public URL") {
  const auto status = [](Reach reach, const std::string& host, const std::string& origin) {
    const std::string name = reach.secure() ? "__Host-thig" : "thig";
    Hall hall(std::move(reach));
    return hall.ask({.method = "POST",
                     .target = "/admin/change",
                     .headers = {cookie(hall.log_in().token, name), {"origin", origin}},
                     .host = host});
  };
  CHECK(status({}, "hooks.example.com", "http://hooks.example.com") == 0);
  CHECK(status({}, "hooks.example.com", "https://hooks.example.com") == 403);
  CHECK(status({.tls = true}, "hooks.example.com", "https://hooks.example.com") == 0);
  CHECK(status({.tls = true}, "hooks.example.com", "http://hooks.example.com") == 403);
  const Reach proxy{.public_url = "https://hooks.example.com/below"};
  CHECK(status(proxy, "localhost:8081", "https://hooks.example.com") == 0);
  CHECK(status(proxy, "localhost:8081", "http://localhost:8081") == 0);
  CHECK(status(proxy, "localhost:8081", "https://other.example.com") == 403);
  CHECK(status(proxy, "evil.example.com", "https://hooks.example.com") == 421);
}

TEST_CASE("over HTTPS the cookie is one that only this host can have set") {
  for (const Reach& reach :
       {Reach{.tls = true}, Reach{.public_url = "https://hooks.example.com"}}) {
    Hall hall(reach);
    const BegunSession adas = hall.log_in();
    CHECK(hall.ask({.headers = {cookie(adas.token, "__Host-thig")}}) == 0);
    CHECK(hall.ask({.headers = {cookie(adas.token)}}) == 401);
  }
  Hall hall({.public_url = "http://hooks.example.com"});
  CHECK(hall.ask({.headers = {cookie(hall.log_in().token)}}) == 0);
}

TEST_CASE("codes are guessed ten times a minute, from a page of ours, as a form") {
  Hall hall;
  const Asked guess{.method = "POST",
                    .target = "/admin/login",
                    .headers = {site("same-origin"),
                                {"content-type", "application/x-www-form-urlencoded"},
                                {"content-length", "48"}}};
  const auto with = [&](Header header) {
    Asked asked = guess;
    std::erase_if(asked.headers, [&](const Header& one) { return one.name == header.name; });
    asked.headers.push_back(std::move(header));
    return asked;
  };
  // What is refused by its head is no guess.
  for (int i = 0; i < 20; ++i) {
    CHECK(hall.ask(with(site("cross-site"))) == 403);
    CHECK(hall.ask(with({"content-type", "application/json"})) == 415);
  }
  for (int i = 0; i < guesses_a_minute; ++i) CHECK(hall.ask(guess) == 0);
  const Admission late = hall.admit(guess);
  REQUIRE(late.refusal);
  CHECK(late.refusal->status == 429);
  Asked elsewhere = guess;
  elsewhere.peer = "10.0.0.2";
  CHECK(hall.ask(elsewhere) == 0);
  hall.clock.advance(std::chrono::seconds(seconds_between_guesses));
  CHECK(hall.ask(guess) == 0);
  CHECK(hall.ask(guess) == 429);
  // Whoever had a good one is not counted; keys and codes are guessed together.
  hall.guesses.forget(guess.peer);
  CHECK(hall.ask(guess) == 0);
  const Header wrong{"authorization", "Bearer thig_" + std::string(40, '0')};
  const Asked by_key{.target = "/api/admin/webhooks", .headers = {wrong}};
  for (int i = 0; i < guesses_a_minute - 1; ++i) CHECK(hall.ask(by_key) == 401);
  CHECK(hall.ask(by_key) == 429);
  CHECK(hall.ask(guess) == 429);
  CHECK(hall.reported.size() == guesses_a_minute - 1);
}
