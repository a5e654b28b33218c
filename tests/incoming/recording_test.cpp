// What is recorded of a request, and what it is known by when it comes again.
#include "core/base/codec.h"
#include "core/base/hmac.h"
#include "core/incoming/verdict.h"
#include "tests/incoming/requests.h"
#include "tests/support/store_samples.h"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

// What is recorded of it, or the end of the test.
ArrivedRequest arrived(const ServedHook& hook, HttpRequest request, Time now = noon) {
  const std::string url = public_url + request.target;
  Verdict verdict = validate(hook, request, url, "198.51.100.7", now);
  INFO(verdict.rejection);
  INFO(verdict.answer.body);
  REQUIRE(verdict.arrived.has_value());
  CHECK(verdict.rejection.empty());
  return std::move(*verdict.arrived);
}

std::string body_key(std::string_view body, std::string_view beside = "") {
  return "body:" + to_hex(hash(Digest::sha256, body)) + ":" + std::string(beside);
}

// Which of a sender's messages names itself, and how.
struct Named {
  std::string scheme;
  std::string header;  // empty: the body's id does
  std::string body = "{}";
};

}  // namespace

TEST_CASE("a request is recorded with whose it is, where it is from and what it says") {
  ServedHook hook = served();
  hook.hook.dedupe = 2 * hour;
  const std::string body = R"({ "a" : [1, 2.50, null] })";
  const ArrivedRequest one = arrived(hook, post(body, {{"x-kind", "order"}}, "a=1&b=%20"));
  CHECK(one.request.hook == hook.hook.id);
  CHECK(one.request.received_at == noon);
  CHECK(one.request.peer == "198.51.100.7");
  CHECK(one.request.content_type == "application/json");
  CHECK(one.request.headers == R"({"x-kind":"order","content-type":"application/json"})");
  CHECK(one.request.query == "a=1&b=%20");
  CHECK(one.request.delivery_id.empty());
  CHECK(one.request.body == body);  // byte for byte
  CHECK(one.request.body_size == body.size());
  CHECK(one.request.state == RequestState::pending);
  CHECK(one.request.detail.empty());
  CHECK(one.forget_at == noon + 2 * hour);
  CHECK(one.raised.empty());
}

TEST_CASE("credentials are recorded for the action alone, and no more than 16 KiB of headers") {
  std::vector<Header> headers = {{"authorization", "Bearer s3cret"},
                                 {"cookie", "s3cret"},
                                 {"proxy-authorization", "s3cret"},
                                 {"x-gitlab-event", "Push"},
                                 {"x-odd", "\xff\"\x01"}};
  const auto one = arrived(served("gitlab"), signed_post("gitlab", noon, "{}", headers));
  REQUIRE(one.masked);
  CHECK_FALSE(one.masked->headers.contains("s3cret"));
  CHECK_FALSE(one.masked->headers.contains(sample_key));
  CHECK(one.masked->headers.contains(R"("x-gitlab-token":null)"));
  CHECK(text_in(one.masked->headers, "/x-gitlab-event") == "Push");
  CHECK(check_json(one.masked->headers).has_value());
  CHECK(text_in(one.request.headers, "/authorization") == "Bearer s3cret");
  CHECK(check_json(one.request.headers).has_value());

  headers = {{"x-small", "1"}, {"x-large", std::string(16u << 10, 'x')}, {"x-behind", "1"}};
  CHECK(arrived(served(), post("{}", headers)).request.headers == R"({"x-small":"1"})");
}

TEST_CASE("JSON, forms and GitHub's payload are recorded as they came") {
  const struct {
    std::string type;
    std::string body;
  } cases[] = {
      {"application/json", ""},
      {"application/json", " \r\n"},
      {"application/json", "[1]"},
      {"application/cloudevents+json", R"({"a":1})"},
      {"application/x-www-form-urlencoded", "From=%2B49&Body=Hi+there&m=1&m=2"},
      {"Application/X-WWW-Form-Urlencoded; charset=utf-8", "a=1"},
      {"application/x-www-form-urlencoded", "payload=%7B%22action%22%3A%22opened%22%7D"},
      {"application/x-www-form-urlencoded", "payload=text"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.body);
    HttpRequest request = post(c.body);
    request.headers[0].value = c.type;
    const IncomingRequest recorded = arrived(served(), request).request;
    CHECK(recorded.body == c.body);
    CHECK(recorded.body_size == c.body.size());
    CHECK(recorded.content_type == c.type);
  }
}

TEST_CASE("each sender names its messages in its own way") {
  const Named cases[] = {
      {"standard", "webhook-id"},
      {"svix", "svix-id"},
      {"thig", "webhook-id"},
      {"github", "x-github-delivery"},
      {"gitlab", "x-gitlab-event-uuid"},
      {"stripe", "", R"({"id":"msg_1"})"},
      {"slack", "", R"({"event_id":"msg_1"})"},
      {"shopify", "x-shopify-webhook-id"},
      {"square", "", R"({"event_id":"msg_1"})"},
  };
  for (const Named& c : cases) {
    CAPTURE(c.scheme);
    std::vector<Header> headers;
    // Where it is signed, the header is made with the signature.
    const bool is_signed = !schemes_named(c.scheme).front()->id_header.empty();
    if (!c.header.empty() && !is_signed) headers.push_back({c.header, "msg_1"});
    const auto one = arrived(served(c.scheme), signed_post(c.scheme, noon, c.body, headers));
    CHECK(one.request.delivery_id == "msg_1");
  }
  for (const std::string scheme : {"zoom", "meta", "discord"}) {
    CAPTURE(scheme);
    const std::vector<Header> headers = {{"webhook-id", "1"}, {"idempotency-key", "1"}};
    const auto one = arrived(served(scheme), signed_post(scheme, noon, R"({"id":"1"})", headers));
    CHECK(one.request.delivery_id.empty());
  }
}

TEST_CASE("without a scheme, any header that senders use names a message") {
  for (const std::string name :
       {"webhook-id", "svix-id", "x-github-delivery", "x-gitlab-event-uuid", "x-shopify-webhook-id",
        "linear-delivery", "idempotency-key"}) {
    CAPTURE(name);
    const auto one = arrived(served(), post("{}", {{name, "msg_1"}}));
    CHECK(one.request.delivery_id == "msg_1");
  }
  const std::vector<Header> two = {{"idempotency-key", "key"}, {"webhook-id", "msg"}};
  CHECK(arrived(served(), post("{}", two)).request.delivery_id == "msg");
  CHECK(arrived(served(), post(R"({"id":"1","event_id":"2"})")).request.delivery_id.empty());
  const auto long_one = arrived(served(), post("{}", {{"webhook-id", std::string(300, 'x')}}));
  CHECK(long_one.request.delivery_id == std::string(256, 'x'));
}

TEST_CASE("what a message is known by when it comes again") {
  const std::string stripe = R"({"id":"evt_1"})";
  const std::string dispatch = R"({"ref":"refs/heads/main","inputs":null,"workflow":"x.yml"})";
  const std::string seconds = std::to_string(to_unix_seconds(noon));
  using Keys = std::vector<std::string>;
  const struct {
    std::string what;
    std::string scheme;
    HttpRequest request;
    Keys keys;
  } cases[] = {
      {"a signed id: it alone", "standard", signed_post("standard", noon, "{}"), {"id:msg_1"}},
      {"an id that is not signed: the body too",
       "github",
       signed_post("github", noon, "{}", {{"x-github-delivery", "d1"}}),
       {"id:d1", body_key("{}")}},
      {"no id: the body", "github", signed_post("github", noon, "{}"), {body_key("{}")}},
      {"a signed body, whatever the query says",
       "github",
       signed_post("github", noon, "{}", {}, "", "a=1"),
       {body_key("{}")}},
      {"an unsigned id beside a signed time: the body at that time",
       "thig",
       signed_post("thig", noon, "{}"),
       {"id:msg_1", body_key("{}", seconds)}},
      {"an id in the signed body: it alone",
       "stripe",
       signed_post("stripe", noon, stripe),
       {"id:evt_1"}},
      {"a signed time without an id: the body at any time",
       "zoom",
       signed_post("zoom", noon, "{}"),
       {body_key("{}")}},
      {"who knows the token is believed in all",
       "gitlab",
       signed_post("gitlab", noon, "{}", {{"x-gitlab-event-uuid", "u"}}),
       {"id:u"}},
      {"GitHub's dispatch is repeated on purpose: its id",
       "github",
       signed_post("github", noon, dispatch, {{"x-github-delivery", "d1"}}),
       {"id:d1"}},
      {"a dispatch without an id: the body",
       "github",
       signed_post("github", noon, dispatch),
       {body_key(dispatch)}},
      {"nothing: body and query", "", post("{}", {}, "a=1"), {body_key("{}", "a=1")}},
      {"an idempotency key is believed",
       "",
       post("{}", {{"idempotency-key", "k"}}, "a=1"),
       {"id:k"}},
      {"and so is a webhook-id", "", post("{}", {{"webhook-id", "w"}}), {"id:w"}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    ServedHook hook = served(c.scheme);
    const ArrivedRequest one = arrived(hook, c.request);
    CHECK(one.seen_keys == c.keys);
    CHECK(one.forget_at == noon + 24 * hour);
    hook.hook.dedupe = Millis{0};
    CHECK(arrived(hook, c.request).seen_keys.empty());
  }
}

TEST_CASE("a message is known by what was signed, however it is written") {
  const auto keys_of = [](std::string body, std::string_view query = "") {
    HttpRequest request = signed_post("twilio", noon, std::move(body), {}, "", query);
    request.headers[0].value = "application/x-www-form-urlencoded";
    return arrived(served("twilio"), std::move(request)).seen_keys;
  };
  const auto keys = keys_of("From=%2B49&Body=Hi+there");
  CHECK(keys.size() == 1);
  for (const std::string other :
       {"Body=Hi%20there&From=%2b49", "&From=%2B49&Body=Hi+there&",
        "From=%2B49&Body=Hi+there&From=%2B49", "F%72om=%2B49&Body=Hi+there"}) {
    CHECK_MESSAGE(keys_of(other) == keys, other);
  }
  CHECK(keys_of("From=%2B49&Body=Hi+you") != keys);
  CHECK(keys_of("From=%2B49&Body=Hi+there", "a=1") != keys);
}

TEST_CASE("a form is known by its bytes as they came") {
  HttpRequest request = post("a=1");
  request.headers[0].value = "application/x-www-form-urlencoded";
  CHECK(arrived(served(), request).seen_keys == std::vector{body_key("a=1")});
}
