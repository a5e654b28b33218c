// From the bytes of a request to its answer or its record: what is checked, in which order.
#include "core/incoming/verdict.h"

#include "core/base/codec.h"
#include "core/rules/token.h"
#include "tests/incoming/requests.h"
#include "tests/support/store_samples.h"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

Verdict validate_at(const ServedHook& hook, HttpRequest request, Time now = noon) {
  const std::string url = public_url + request.target;
  return validate(hook, request, url, "198.51.100.7", now);
}

void check_refused(const Verdict& verdict, int status, std::string_view code,
                   std::string_view reason) {
  CHECK_FALSE(verdict.arrived.has_value());
  CHECK(verdict.answer.status == status);
  CHECK(error_code(verdict.answer) == code);
  CHECK(verdict.rejection == reason);
  CHECK(text_in(verdict.answer.body, "/error") == reason);
  CHECK(header_of(verdict.answer, "content-type") == "application/json");
}

void check_handshake(const Verdict& verdict, std::string_view answer) {
  CHECK_FALSE(verdict.arrived.has_value());
  CHECK(verdict.rejection.empty());
  CHECK(verdict.answer.status == 200);
  CHECK(verdict.answer.body == answer);
}

}  // namespace

TEST_CASE("what is wrong first is what is said: content coding, signature, form") {
  const ServedHook hook = served("github");
  HttpRequest request = post("{", {{"content-encoding", "GZIP"}});
  check_refused(validate_at(hook, request), 415, "UNSUPPORTED_ENCODING",
                "compressed bodies are not accepted");
  request.headers[0].value = "Identity";
  check_refused(validate_at(hook, request), 401, "INVALID_SIGNATURE",
                "there is no x-hub-signature-256 header");
  HttpRequest signed_one = signed_post("github", noon, "{");
  CHECK(validate_at(hook, signed_one).answer.status == 400);
  CHECK(error_code(validate_at(hook, signed_one).answer) == "BAD_REQUEST");
  CHECK_FALSE(validate_at(hook, signed_one).rejection.empty());
  CHECK(validate_at(hook, signed_post("github", noon, "{}")).arrived.has_value());
}

TEST_CASE("a signature that does not hold is refused, with the reason") {
  const ServedHook hook = served("standard");
  const std::string body = R"({"a":1})";
  const struct {
    std::string reason;
    Millis age;
    void (*spoil)(HttpRequest&);
  } cases[] = {
      {"there is no webhook-signature header", Millis{0},
       [](HttpRequest& r) {
         std::erase_if(r.headers, [](const Header& h) { return h.name == "webhook-signature"; });
       }},
      {"there is no webhook-id header", Millis{0},
       [](HttpRequest& r) {
         std::erase_if(r.headers, [](const Header& h) { return h.name == "webhook-id"; });
       }},
      {"no signature matches", Millis{0}, [](HttpRequest& r) { r.body += " "; }},
      {"no signature matches", Millis{0},
       [](HttpRequest& r) {
         for (Header& h : r.headers) {
           if (h.name == "webhook-id") h.value = "msg_2";
         }
       }},
      {"the signature is too old", 5 * minute + second, [](HttpRequest&) {}},
      {"the signature is from the future", -5 * minute - second, [](HttpRequest&) {}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.reason);
    HttpRequest request = signed_post("standard", noon, body);
    c.spoil(request);
    check_refused(validate_at(hook, request, noon + c.age), 401, "INVALID_SIGNATURE", c.reason);
  }
  for (const Millis age : {Millis{0}, 5 * minute, -5 * minute}) {
    CHECK(validate_at(hook, signed_post("standard", noon, body), noon + age).arrived.has_value());
  }
}

TEST_CASE("any key that is live verifies, no other") {
  ServedHook hook = served("github");
  const HttpRequest request = signed_post("github", noon, "{}");
  hook.keys.insert(hook.keys.begin(), signing_key("the new one"));
  CHECK(validate_at(hook, request).arrived.has_value());
  hook.keys.pop_back();
  check_refused(validate_at(hook, request), 401, "INVALID_SIGNATURE", "no signature matches");
  hook.keys.clear();
  check_refused(validate_at(hook, request), 401, "INVALID_SIGNATURE", "no signature matches");
}

TEST_CASE("the URL that a sender signs is the one it knows") {
  const ServedHook hook = served("square");
  HttpRequest request = signed_post("square", noon, "{}");
  CHECK(validate_at(hook, request).arrived.has_value());
  const auto elsewhere =
      validate(hook, request, "http://10.0.0.5" + request.target, "198.51.100.7", noon);
  check_refused(elsewhere, 401, "INVALID_SIGNATURE", "no signature matches");
}

TEST_CASE("a body that is no JSON object or form is refused") {
  ServedHook hook = served();
  hook.hook.max_body = 100;
  const struct {
    std::string type;
    std::string body;
    std::string says;
  } cases[] = {
      {"application/json", "{", ""},
      {"application/json", "{} {}", ""},
      {"application/json", "\"\xff\"", "UTF-8"},
      {"application/json", R"({"a":1,"b":2,"a":3})", "two members named \"a\""},
      {"application/json", R"({"a":1,"\u0061":3})", "two members named \"a\""},
      {"application/json", R"({"x":[{"a":1,"a":3}]})", "two members named \"a\""},
      {"application/json", '"' + std::string(100, 'x') + '"', "100"},
      {"application/x-www-form-urlencoded", "a=" + std::string(100, 'x'), "100"},
      {"application/x-www-form-urlencoded", "payload={", ""},
      {"application/x-www-form-urlencoded", "payload={}&payload={}", "more than one payload"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.body);
    HttpRequest request = post(c.body);
    request.headers[0].value = c.type;
    const Verdict verdict = validate_at(hook, request);
    CHECK_FALSE(verdict.arrived.has_value());
    CHECK(verdict.answer.status == 400);
    CHECK(error_code(verdict.answer) == "BAD_REQUEST");
    CHECK_MESSAGE(verdict.rejection.contains(c.says), verdict.rejection);
    CHECK_FALSE(verdict.rejection.empty());
  }
}

TEST_CASE("a command gets the bytes that came, whatever they are") {
  ServedHook hook = served();
  hook.hook.action.kind = ActionKind::run;
  hook.hook.action.command = {"/bin/true"};
  const struct {
    std::string type;
    std::string body;
  } cases[] = {
      {"application/json", "{"},
      {"application/json", ""},
      {"application/json", R"({"a":1,"a":2})"},
      {"application/xml", "<?xml version=\"1.0\"?><a/>"},
      {"application/octet-stream", std::string("\0\xff\n", 3)},
      {"application/x-www-form-urlencoded", "b=2&a=1&b=%ff&payload={"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.body);
    HttpRequest request = post(c.body);
    request.headers[0].value = c.type;
    const Verdict verdict = validate_at(hook, request);
    REQUIRE_MESSAGE(verdict.arrived.has_value(), verdict.rejection);
    CHECK(verdict.arrived->request.body == c.body);
    CHECK(verdict.arrived->request.content_type == c.type);
    CHECK(verdict.arrived->request.body_size == c.body.size());
  }
  // A condition on the body needs to read it.
  hook.hook.action.conditions = {get(parse_condition("/a=1"))};
  CHECK(validate_at(hook, post("{")).answer.status == 400);
  CHECK(validate_at(hook, post(R"({"a":1})")).arrived.has_value());
  hook.hook.action.conditions = {get(parse_condition("header:x-a=1"))};
  CHECK(validate_at(hook, post("{")).arrived.has_value());
}

TEST_CASE("a body is recorded as it came, also where its values are read") {
  HttpRequest form = post("b=2&a=x+y&charset=windows-1252&n=Garc%EDa");
  form.headers[0].value = "application/x-www-form-urlencoded";
  const std::string sent = form.body;
  CHECK(validate_at(served(), form).arrived->request.body == sent);
  const std::string odd = R"({"half":"\ud800","large":1e999})";
  CHECK(validate_at(served(), post(odd)).arrived->request.body == odd);
}

TEST_CASE("where the sender's id is in the body, a body that is none has none") {
  ServedHook hook = served("stripe");
  hook.hook.action.kind = ActionKind::run;
  const auto id_of = [&](std::string body) {
    return validate_at(hook, signed_post("stripe", noon, std::move(body)))
        .arrived->request.delivery_id;
  };
  CHECK(id_of(R"({"id":"evt_1"})") == "evt_1");
  CHECK(id_of(R"({"id":"evt_1","id":"evt_2"})").empty());
  CHECK(id_of("<a/>").empty());
}

TEST_CASE("Slack's handshake is answered once its signature holds, and not recorded") {
  const std::string body =
      R"({"token":"t","challenge":"3eZbrw1aBm2rZgRNFdxV","type":"url_verification"})";
  const Verdict verdict = validate_at(served("slack"), signed_post("slack", noon, body));
  check_handshake(verdict, "3eZbrw1aBm2rZgRNFdxV");
  CHECK(is_plain_text(verdict.answer));
  check_refused(validate_at(served("slack"), post(body)), 401, "INVALID_SIGNATURE",
                "there is no x-slack-signature header");
  // Of another sender it is a message like any other.
  CHECK(validate_at(served(), post(body)).arrived.has_value());
  CHECK(validate_at(served("github"), signed_post("github", noon, body)).arrived.has_value());
  const std::string hostile = R"({"type":"url_verification","challenge":"a\r\nb"})";
  const Verdict bad = validate_at(served("slack"), signed_post("slack", noon, hostile));
  CHECK(bad.answer.status == 400);
  CHECK(error_code(bad.answer) == "BAD_CHALLENGE");
}

TEST_CASE("Zoom's handshake proves that we know the secret") {
  ServedHook hook = served("zoom");
  const std::string body =
      R"({"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event":"endpoint.url_validation"})";
  const HttpRequest request = signed_post("zoom", noon, body);
  check_handshake(validate_at(hook, request),
                  R"({"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":")"
                  "b3b41f5fed4d0913d788c4b6559c688963f063155ea0f535e0bdb84a1f98bad6"
                  R"("})");
  check_refused(validate_at(hook, post(body)), 401, "INVALID_SIGNATURE",
                "there is no x-zm-signature header");
  const std::string message = R"({"event":"meeting.started","payload":{"plainToken":"x"}})";
  CHECK(validate_at(hook, signed_post("zoom", noon, message)).arrived.has_value());
}

TEST_CASE("Discord's pings are answered, its messages recorded") {
  const ServedHook hook = served("discord");
  const auto verdict = [&](std::string body) {
    return validate_at(hook, signed_post("discord", noon, std::move(body)));
  };
  check_handshake(verdict(R"({"type":1})"), R"({"type":1})");
  const Verdict ping = verdict(R"({"type":0})");
  CHECK(ping.answer.status == 204);
  CHECK(ping.answer.body.empty());
  CHECK_FALSE(ping.arrived.has_value());
  CHECK(ping.rejection.empty());
  CHECK(verdict(R"({"type":2})").arrived.has_value());
  CHECK(verdict(R"({"type":"1"})").arrived.has_value());
  check_refused(validate_at(hook, post(R"({"type":1})")), 401, "INVALID_SIGNATURE",
                "there is no x-signature-ed25519 header");
}

TEST_CASE("Microsoft Graph's validation token comes back decoded, where nothing is signed") {
  const std::string query = "a=1&validationToken=Validation%3a+Testing%20it";
  const Verdict verdict = validate_at(served(), post("", {}, query));
  check_handshake(verdict, "Validation: Testing it");
  CHECK(is_plain_text(verdict.answer));
  CHECK(validate_at(served("github"), post("", {}, query)).answer.status == 401);
  const Verdict hostile = validate_at(served(), post("", {}, "validationToken=%0d%0ax"));
  CHECK(hostile.answer.status == 400);
  CHECK(error_code(hostile.answer) == "BAD_CHALLENGE");
}

TEST_CASE("the path's token, the query, and the target as it is logged") {
  const std::string token = make_token(std::string(32, 'x'));
  const struct {
    std::string target;
    std::optional<std::string_view> token;
    std::string query;
    std::string logged;
  } cases[] = {
      {"/api/webhooks/incoming/abc", "abc", "", "/api/webhooks/incoming/…"},
      {"/api/webhooks/incoming/abc?a=1?b", "abc", "a=1?b", "/api/webhooks/incoming/…"},
      {"/api/webhooks/incoming/abc/d", "abc/d", "", "/api/webhooks/incoming/…"},
      {"/api/webhooks/incoming/", "", "", "/api/webhooks/incoming/…"},
      {"/api/webhooks/incoming", std::nullopt, "", "/api/webhooks/incoming"},
      {"/API/webhooks/incoming/abc", std::nullopt, "", "/API/webhooks/incoming/abc"},
      {"/healthz?token=secret", std::nullopt, "token=secret", "/healthz"},
      // However it is misspelled, a token is in no log (they have 43 characters).
      {"/API/webhooks/incoming/" + token, std::nullopt, "", "/API/webhooks/incoming/…"},
      {"//api/webhooks/incoming/" + token, std::nullopt, "", "//api/webhooks/incoming/…"},
      {"/api/webhooks/incoming" + token, std::nullopt, "", "/api/webhooks/…"},
      {"/api/webhooks/" + token + "/", std::nullopt, "", "/api/webhooks/…/"},
      {"/api%2Fwebhooks%2Fincoming%2F" + token, std::nullopt, "", "/…"},
      {"/hooks/" + token.substr(0, 20) + "/" + token.substr(20), std::nullopt, "", "/hooks/…/…"},
      {"/a?" + token, std::nullopt, token, "/a"},
      {"/%61bc", std::nullopt, "", "/…"},
      {"/?x=/api/webhooks/incoming/abc", std::nullopt, "x=/api/webhooks/incoming/abc", "/"},
      {"", std::nullopt, "", ""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.target);
    CHECK(token_of_target(c.target) == c.token);
    CHECK(query_of_target(c.target) == c.query);
    CHECK(redacted_target(c.target) == c.logged);
  }
}

TEST_CASE("an event of a Discord application is a message, not a ping") {
  HttpRequest r = signed_post(
      "discord", noon,
      R"({"version":1,"application_id":"1","type":1,"event":{"type":"ENTITLEMENT_CREATE","timestamp":"2024-10-18T14:42:53","data":{}}})");
  CHECK(validate(served("discord"), r, "", "", noon).arrived.has_value());
}
