// Who may come in to the HTTP API.
#include "core/web/gate.h"

#include "core/base/json.h"
#include "core/setup/api_keys.h"
#include "core/setup/members.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/fake_clock.h"

#include <doctest/doctest.h>

using namespace thig;

namespace {

constexpr int port = 8081;

struct House {
  SqlitePlace place;
  FakeClock clock;
  std::unique_ptr<Store> store = place.open();
  KeyUses uses;
  SessionUses session_uses;
  std::vector<std::string> refused;
  Guesses guesses{clock, [this](const std::string&, std::string_view, const std::string& why) {
                    refused.push_back(why);
                  }};
  Surface surface{{}, ""};
  Gate gate{*store,  clock,
            surface, HostList(port, {"hooks.example.com"}),
            {},      {.key_uses = uses, .session_uses = session_uses, .guesses = guesses}};

  House() {
    Members members(store->config(), clock, {.name = "ada", .role = Role::owner});
    REQUIRE(members.add("vic", Role::viewer));
  }
  // The key's text.
  std::string key(const std::string& name, std::initializer_list<Scope> scopes,
                  const std::string& member = "ada", int rate = 600) {
    ApiKeyDraft draft{.name = name, .member = member, .scopes = {}, .rate = rate};
    for (const Scope scope : scopes) draft.scopes.add(scope);
    draft.expires_at = clock.now().wall + hour;
    return get(keys().add(draft)).text;
  }
  ApiKeys keys() { return {*store, clock, place.random, {.name = "ada", .role = Role::owner}}; }
  Admission admit(const std::string& target, const std::string& text,
                  const std::string& method = "GET", const std::string& peer = "10.0.0.1",
                  std::vector<Header> more = {}) {
    HttpRequest request{
        .method = method, .target = target, .headers = {}, .body = {}, .peer = peer};
    request.headers.push_back({"host", "localhost:8081"});
    if (!text.empty()) request.headers.push_back({"authorization", "Bearer " + text});
    for (Header& header : more) request.headers.push_back(std::move(header));
    return gate.admit(request);
  }
};

// 0: it may come in.
int status_of(const Admission& admission) {
  return admission.refusal ? admission.refusal->status : 0;
}

std::string header_of(const Admission& admission, std::string_view name) {
  REQUIRE(admission.refusal);
  for (const Header& header : admission.refusal->headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

}  // namespace

TEST_CASE("it is asked for under its own names alone") {
  const HostList hosts(port, {"Hooks.example.com", "other.example.com:444", "[::2]:5"});
  for (const char* host :
       {"localhost", "localhost:8081", "LOCALHOST:8081", "127.0.0.1:8081", "[::1]:8081", "[::1]",
        "hooks.example.com", "hooks.example.com:1234", "other.example.com:444", "[::2]:5"}) {
    CHECK_MESSAGE(hosts.allows(host), host);
  }
  for (const char* host :
       {"", "evil.com", "localhost.evil.com", "localhost:8082", "127.0.0.1.nip.io:8081",
        "127.0.0.2:8081", "other.example.com", "other.example.com:445", "xhooks.example.com",
        "hooks.example.com.evil.com", "[::1", "localhost:8081:8081",
        "hooks.example.com@evil.com"}) {
    CHECK_FALSE_MESSAGE(hosts.allows(host), host);
  }
}

TEST_CASE("another name is refused before anything else is looked at") {
  House house;
  HttpRequest request{
      .method = "GET", .target = "/healthz", .headers = {}, .body = {}, .peer = "::1"};
  request.headers.push_back({"host", "evil.com"});
  CHECK(status_of(house.gate.admit(request)) == 421);
}

TEST_CASE("a key opens what its scopes reach, and only that") {
  House house;
  const std::string reads = house.key("reads", {Scope::read});
  const std::string emits = house.key("emits", {Scope::emit});
  const std::string json = "application/json";
  CHECK(status_of(house.admit("/api/admin/webhooks", reads)) == 0);
  CHECK(status_of(house.admit("/api/admin/webhooks", emits)) == 403);
  CHECK(status_of(
            house.admit("/api/events", emits, "POST", "10.0.0.1", {{"content-type", json}})) == 0);
  CHECK(status_of(house.admit("/api/events", reads, "POST", "10.0.0.1",
                              {{"content-type", json}})) == 403);
  CHECK(status_of(house.admit("/api/admin/webhooks/x/secret", reads)) == 403);
  const Admission none = house.admit("/api/admin/webhooks", "");
  CHECK(status_of(none) == 401);
  CHECK(header_of(none, "www-authenticate") == "Bearer");
  for (const char* open : {"/healthz", "/readyz", "/api/openapi.json"}) {
    CHECK(status_of(house.admit(open, "")) == 0);
  }
  CHECK(house.refused.empty());
}

TEST_CASE("a key makes, changes and removes no key, whatever its scopes") {
  House house;
  const std::string all =
      house.key("all", {Scope::emit, Scope::read, Scope::manage, Scope::secrets});
  const std::string emits = house.key("emits", {Scope::emit});
  const std::string keys = "/api/admin/rest-api-keys";
  for (const auto& [method, target] :
       {std::pair{"POST", keys}, {"PATCH", keys + "/all"}, {"DELETE", keys + "/all"}}) {
    for (const std::string& text : {all, emits}) {
      const Admission admission = house.admit(target, text, method);
      CHECK(status_of(admission) == 403);
      CHECK(admission.refusal->body.contains("FORBIDDEN"));
      CHECK(admission.refusal->body.contains("log in to the admin page, or use `thig-hooks keys "));
    }
    CHECK(status_of(house.admit(target, "thig_" + std::string(40, '0'), method)) == 401);
    const Admission nobody = house.admit(target, "", method);
    CHECK(status_of(nobody) == 401);
    CHECK(nobody.refusal->body.contains("you are not logged in"));
    CHECK_FALSE(nobody.refusal->body.contains("Bearer thig_"));
  }
  CHECK(status_of(house.admit(keys, all)) == 0);
  CHECK(status_of(house.admit(keys + "/all", all)) == 0);
}

TEST_CASE("whoever has a key acts as its member, in the role that they have then") {
  House house;
  const std::string text = house.key("vics", {Scope::read, Scope::manage}, "vic");
  const auto caller = [&] {
    const Admission admission = house.admit("/api/admin/webhooks", text);
    REQUIRE(admission.subject);
    return std::static_pointer_cast<const Admitted>(admission.subject)->caller;
  };
  CHECK(caller().actor.name == "vic");
  CHECK(caller().actor.role == Role::viewer);
  CHECK(caller().actor.via == "key vics");
  Members members(house.store->config(), house.clock, {.name = "ada", .role = Role::owner});
  REQUIRE(members.set_role("vic", Role::admin));
  CHECK(caller().actor.role == Role::admin);
  // Whoever is no member any more has no rights to lend.
  REQUIRE(members.remove("vic"));
  CHECK(status_of(house.admit("/api/admin/webhooks", text)) == 401);
}

TEST_CASE("a key that is wrong, disabled, expired or removed opens nothing, and that is told") {
  House house;
  const std::string text = house.key("ci", {Scope::read});
  CHECK(status_of(house.admit("/api/admin/webhooks", text)) == 0);
  REQUIRE(house.keys().set_enabled("ci", false));
  CHECK(status_of(house.admit("/api/admin/webhooks", text)) == 401);
  REQUIRE(house.keys().set_enabled("ci", true));
  CHECK(status_of(house.admit("/api/admin/webhooks", text)) == 0);
  house.clock.advance(hour);
  CHECK(status_of(house.admit("/api/admin/webhooks", text)) == 401);
  REQUIRE(house.keys().remove("ci"));
  CHECK(status_of(house.admit("/api/admin/webhooks", text)) == 401);
  CHECK(status_of(house.admit("/api/admin/webhooks", "thig_x")) == 401);
  REQUIRE(house.refused.size() == 4);
  for (const std::string& why : house.refused) CHECK(why.find(text) == why.npos);
  // Another way to say who one is does not count.
  HttpRequest basic{
      .method = "GET", .target = "/api/admin/webhooks", .headers = {}, .body = {}, .peer = "::1"};
  basic.headers = {{"host", "localhost"}, {"authorization", "Basic " + text}};
  CHECK(status_of(house.gate.admit(basic)) == 401);
}

TEST_CASE("who guesses has to wait, and nobody else") {
  House house;
  const std::string text = house.key("ci", {Scope::read});
  const std::string guess = "thig_" + std::string(40, '0');
  for (int i = 0; i < 10; ++i) {
    CHECK(status_of(house.admit("/api/admin/webhooks", guess)) == 401);
  }
  const Admission late = house.admit("/api/admin/webhooks", guess);
  CHECK(status_of(late) == 429);
  CHECK(header_of(late, "retry-after") == "6");
  CHECK(house.refused.size() == 10);
  // A good key is never held up by others behind the same address.
  CHECK(status_of(house.admit("/api/admin/webhooks", text)) == 0);
  CHECK(status_of(house.admit("/api/admin/webhooks", guess, "GET", "10.0.0.2")) == 401);
  house.clock.advance(Millis{6'000});
  CHECK(status_of(house.admit("/api/admin/webhooks", guess)) == 401);
}

TEST_CASE("a key makes so many requests a minute, and says when it may make the next") {
  House house;
  const std::string text = house.key("slow", {Scope::read}, "ada", 3);
  const std::string other = house.key("other", {Scope::read});
  for (int i = 0; i < 3; ++i) CHECK(status_of(house.admit("/api/admin/webhooks", text)) == 0);
  const Admission late = house.admit("/api/admin/webhooks", text);
  CHECK(status_of(late) == 429);
  CHECK(header_of(late, "retry-after") == "20");
  CHECK(status_of(house.admit("/api/admin/webhooks", other)) == 0);
  house.clock.advance(Millis{20'000});
  CHECK(status_of(house.admit("/api/admin/webhooks", text)) == 0);
  // What was let in is counted, for each key.
  std::int64_t requests = 0;
  const auto uses = house.uses.take();
  for (const ApiKeyUse& use : uses) requests += use.requests;
  CHECK(uses.size() == 2);
  CHECK(requests == 5);
  CHECK(house.uses.take().empty());
  house.uses.give_back(uses);
  CHECK(house.uses.take().size() == 2);
}

TEST_CASE("what is asked for has its form") {
  House house;
  const std::string text = house.key("all", {Scope::read, Scope::manage, Scope::emit});
  CHECK(status_of(house.admit("/api/admin/webhooks?limit=5&q=x", text)) == 0);
  const Admission unknown = house.admit("/api/admin/webhooks?limt=5", text);
  CHECK(status_of(unknown) == 400);
  CHECK(unknown.refusal->body.contains("limt"));
  CHECK(unknown.refusal->body.contains("limit"));
  CHECK(status_of(house.admit("/api/events", text, "POST")) == 0);  // without a body: no type
  for (const char* type :
       {"text/plain", "application/jsonx", "application/x-www-form-urlencoded"}) {
    CHECK(status_of(house.admit("/api/events", text, "POST", "10.0.0.1",
                                {{"content-type", type}, {"content-length", "2"}})) == 415);
  }
  CHECK(status_of(house.admit("/api/events", text, "POST", "10.0.0.1",
                              {{"content-type", "Application/JSON; charset=utf-8"}})) == 0);
  CHECK(status_of(house.admit("/api/events", text, "POST", "10.0.0.1",
                              {{"transfer-encoding", "chunked"}})) == 415);
  CHECK(house.admit("/api/admin/webhooks", text).max_body < 100);
  for (const char* name : {"authorization", "content-type", "idempotency-key"}) {
    CHECK(status_of(house.admit("/api/events", text, "POST", "10.0.0.1",
                                {{name, "a"}, {name, "b"}})) == 400);
  }
  const Admission missing = house.admit("/api/nothing", text);
  CHECK(status_of(missing) == 404);
  REQUIRE(check_json(missing.refusal->body));
  const Admission method = house.admit("/api/events", text, "DELETE");
  CHECK(status_of(method) == 405);
  CHECK(header_of(method, "allow") == "POST");
}
