#include "core/rules/mismatch.h"

#include "core/base/codec.h"
#include "core/base/hmac.h"
#include "core/rules/signing.h"
#include "tests/support/remark_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

const std::string spec_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string sent_body = R"({"a": 1, "name": "Zoë", "url": "https://x/y"})";
const std::string id = "dlv_1";
const std::string spec_at = "1614265330";

struct Case {
  std::string scheme = "standard";
  std::vector<Header> headers;
  std::string received = sent_body;
  std::vector<std::string> secrets = {spec_secret};
  std::string url{};
};

std::vector<SigningKey> keys_of(const std::vector<std::string>& secrets) {
  std::vector<SigningKey> keys;
  for (const std::string& each : secrets) keys.push_back(signing_key(each));
  return keys;
}

std::vector<MismatchCause> causes_of(const Case& tried) {
  const auto schemes = schemes_named(tried.scheme);
  const auto keys = keys_of(tried.secrets);
  const ReceivedMessage message{.headers = tried.headers, .body = tried.received, .url = tried.url};
  // What is explained must not match as it is.
  CHECK(verify(schemes, keys, message, {.ignore_age = true}).signature != SignatureVerdict::valid);
  return explain_mismatch(schemes, keys, message);
}

std::vector<std::string> texts_of(const Case& tried) {
  std::vector<std::string> texts;
  for (const MismatchCause& cause : causes_of(tried)) texts.push_back(remark_text(cause.text));
  return texts;
}

// The headers of a standard delivery of this body.
std::vector<Header> standard(const std::string& signed_body,
                             const std::string& with = spec_secret) {
  const SigningKey key = signing_key(with);
  const auto schemes = schemes_named("standard");
  return sign({&schemes.front(), 1}, {&key, 1},
              {.id = id, .timestamp = spec_at, .url = {}, .body = signed_body});
}

std::vector<Header> with_signature(std::string signature, std::string name = "webhook-signature",
                                   std::string timestamp = spec_at) {
  return {{"webhook-id", id}, {"webhook-timestamp", timestamp}, {name, std::move(signature)}};
}

std::string mac(std::string_view key, std::string_view text, Digest digest = Digest::sha256) {
  return hmac(digest, key, {&text, 1});
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a body that was changed on its way is found out") {
  const struct {
    std::string signed_body;
    std::string what;
  } rows[] = {
      {sent_body + "\n", "the body with a newline at its end"},
      {sent_body + "\r\n", "the body with a CRLF at its end"},
      {"", "an empty body (something read the body before it was verified)"},
      {R"({"a":1,"name":"Zoë","url":"https://x/y"})", "the body's JSON compacted"},
      {R"({"a":1,"name":"Zo\u00eb","url":"https://x/y"})",
       "the body's JSON compacted, other characters than ASCII as \\u"},
      {R"({"a":1,"name":"Zoë","url":"https:\/\/x\/y"})", "the body's JSON compacted, / as \\/"},
      {"{\n  \"a\": 1,\n  \"name\": \"Zoë\",\n  \"url\": \"https://x/y\"\n}",
       "the body's JSON indented by 2"},
      {"{\n    \"a\": 1,\n    \"name\": \"Zoë\",\n    \"url\": \"https://x/y\"\n}\n",
       "the body's JSON indented by 4, and a newline"},
  };
  for (const auto& row : rows) {
    CHECK(texts_of({.headers = standard(row.signed_body)}) == Texts{"it matches with " + row.what});
  }
  CHECK(texts_of({.headers = standard(sent_body), .received = sent_body + "\n"}) ==
        Texts{"it matches with the body without the newline at its end"});
  CHECK(texts_of({.headers = standard("a\nb"), .received = "a\r\nb"}) ==
        Texts{"it matches with the body's line ends as LF, not CRLF"});
  CHECK(texts_of({.headers = standard("x"), .received = "\xef\xbb\xbfx"}) ==
        Texts{"it matches with the body without its byte order mark"});
}

TEST_CASE("a body that a library has serialized again is found out") {
  const struct {
    std::string sent;
    std::string received;
    std::string what;
  } rows[] = {
      {R"({"a":"Zo\u00eb","u":"x\/y"})", R"({"a":"Zoë","u":"x/y"})",
       "the body's JSON compacted, / as \\/ and other characters than ASCII as \\u, as PHP "
       "writes "
       "it"},
      {R"({"a":"Zoë","u":"x/y"})", R"({"a":"Zo\u00eb","u":"x\/y"})",
       "the body's JSON compacted, \\/ as / and characters instead of \\u"},
      {R"({"a":"\u003cb\u003e \u0026"})", R"({"a":"<b> &"})",
       "the body's JSON compacted, <, > and & as \\u003c, \\u003e and \\u0026, safe for HTML"},
      {R"({"a":"<b> &"})", R"({"a":"\u003cb\u003e \u0026"})",
       "the body's JSON compacted, \\u003c, \\u003e and \\u0026 as <, > and &"},
      {R"({"a":1})", R"("{\"a\":1}")", "the JSON that the body's text holds"},
      {R"("{\"a\":1}")", R"({"a":1})", "the body as a text of JSON, encoded twice"},
      {R"({"a":1})", "payload=%7B%22a%22%3A1%7D", "the JSON of the form's payload="},
      {"payload=%7B%22a%22%3A1%7D", R"({"a":1})", "the form that has the body as its payload="},
      {"a=x%20y&b=%C3%A9", "a=x+y&b=%C3%A9", "the form encoded again, blanks as %20"},
      {"a=x+y&b=%C3%A9", "a=x%20y&b=%c3%a9", "the form encoded again, blanks as +"},
      {"a=x+y&b=%c3%a9", "a=x%20y&b=%C3%A9", "the form encoded again in lower case, blanks as +"},
      {"a=x+y&b=1", "b=1&a=x%20y", "the form encoded again, blanks as +, its fields sorted"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.received);
    CHECK(texts_of({.headers = standard(row.sent), .received = row.received}) ==
          Texts{"it matches with " + row.what});
  }
}

TEST_CASE("a key that was made otherwise is found out") {
  const std::string content = id + "." + spec_at + "." + sent_body;
  const std::string decoded = *from_base64(spec_secret.substr(6));
  CHECK(texts_of({.headers = with_signature("v1," + to_base64(mac(spec_secret, content)))}) ==
        Texts{"it matches with the secret's own text as the key, not decoded"});
  CHECK(texts_of(
            {.headers = with_signature("v1," + to_base64(mac(spec_secret.substr(6), content)))}) ==
        Texts{"it matches with the secret's text after whsec_ as the key"});
  CHECK(texts_of({.headers = with_signature("v1," + to_base64(mac(decoded, content))),
                  .secrets = {spec_secret.substr(6)}}) ==
        Texts{"it matches with the key decoded from the base64 that the whole secret is"});
  // Stripe's secrets look the same and are not decoded.
  CHECK(texts_of({.scheme = "stripe",
                  .headers = {{"stripe-signature",
                               "t=" + spec_at +
                                   ",v1=" + to_hex(mac(decoded, spec_at + "." + sent_body))}}}) ==
        Texts{"it matches with the key decoded from the base64 after whsec_"});
  CHECK(texts_of(
            {.scheme = "github",
             .headers = {{"x-hub-signature-256", "sha256=" + to_hex(mac("s3cret\n", sent_body))}},
             .secrets = {"s3cret"}}) ==
        Texts{"it matches with a newline at the end of the secret"});
}

TEST_CASE("a signature that is written otherwise is found out") {
  const std::string content = id + "." + spec_at + "." + sent_body;
  const std::string code = mac(*from_base64(spec_secret.substr(6)), content);
  const std::string base64 = to_base64(code);
  const struct {
    std::string value;
    std::string what;
  } rows[] = {
      {"v1," + to_hex(code), "hex, not base64"},
      {base64, "no \"v1,\" before it"},
      {"v2," + base64, "\"v2,\" before it, not \"v1,\""},
      {"v1=" + base64, "\"v1=\" before it, not \"v1,\""},
      {"v1," + base64.substr(0, 43), "base64 that is URL-safe or not padded"},
  };
  for (const auto& row : rows) {
    CHECK(texts_of({.headers = with_signature(row.value)}) == Texts{"it matches with " + row.what});
  }
  std::string upper = to_hex(mac("s3cret", sent_body));
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return static_cast<char>(toupper(c)); });
  CHECK(texts_of({.scheme = "github",
                  .headers = {{"X-Hub-Signature-256", "sha256=" + upper}},
                  .secrets = {"s3cret"}}) ==
        Texts{"it matches with upper-case hex, not lower-case"});
  CHECK(texts_of({.scheme = "github",
                  .headers = {{"x-hub-signature", "sha256=" + to_hex(mac("s3cret", sent_body))}},
                  .secrets = {"s3cret"}}) ==
        Texts{"it matches with the header x-hub-signature, not x-hub-signature-256"});
  CHECK(texts_of({.scheme = "github",
                  .headers = {{"x-hub-signature-256",
                               "sha256=" + to_hex(mac("s3cret", sent_body, Digest::sha1))}},
                  .secrets = {"s3cret"}}) == Texts{"it matches with HMAC-SHA1, not HMAC-SHA256"});
}

TEST_CASE("other contents, timestamps and URLs are found out") {
  const std::string key = *from_base64(spec_secret.substr(6));
  const auto sign_text = [&](const std::string& text) { return "v1," + to_base64(mac(key, text)); };
  CHECK(texts_of({.headers = with_signature(sign_text(id + spec_at + sent_body))}) ==
        Texts{"it matches with \"{id}{timestamp}{body}\" signed, not "
              "\"{id}.{timestamp}.{body}\""});
  CHECK(texts_of({.headers = with_signature(sign_text(id + "." + spec_at + "." + sent_body),
                                            "webhook-signature", spec_at + "000")}) ==
        Texts{"it matches with the timestamp in seconds, not milliseconds"});
  CHECK(texts_of({.headers = with_signature(sign_text(id + "." + spec_at + "000." + sent_body))}) ==
        Texts{"it matches with the timestamp in milliseconds, not seconds"});
  const auto square = [&](const std::string& url) {
    return Case{
        .scheme = "square",
        .headers = {{"x-square-hmacsha256-signature", to_base64(mac("key", url + sent_body))}},
        .secrets = {"key"},
        .url = "https://example.com/hook"};
  };
  for (const std::string other :
       {"https://example.com:443/hook", "https://example.com/hook/", "http://example.com/hook"}) {
    CHECK(texts_of(square(other)) == Texts{"it matches with the URL " + other});
  }
}

TEST_CASE("another sender's signature is known as such") {
  CHECK(texts_of({.scheme = "github", .headers = standard(sent_body)}) ==
        Texts{"it matches as a signature of Standard Webhooks, --scheme standard"});
  CHECK(texts_of({.scheme = "standard",
                  .headers = {{"stripe-signature",
                               "t=" + spec_at + ",v1=" +
                                   to_hex(mac(spec_secret, spec_at + "." + sent_body))}}}) ==
        Texts{"it matches as a signature of Stripe, --scheme stripe"});
  const std::string seed(32, 's');
  const auto discord = schemes_named("discord");
  const SigningKey key = signing_key(to_hex(seed));
  const std::string public_key = to_hex(*from_hex(to_hex(seed)));
  const auto headers =
      sign(discord, {&key, 1}, {.id = {}, .timestamp = spec_at, .url = {}, .body = sent_body});
  const SigningKey whole = signing_key("whsk_" + to_base64(seed));
  CHECK(texts_of({.headers = headers, .secrets = {"whpk_" + to_base64(whole.public_key)}}) ==
        Texts{"it matches as a signature of Discord, --scheme discord"});
  CHECK(texts_of({.scheme = "discord",
                  .headers = headers,
                  .received = sent_body + "\n",
                  .secrets = {"whpk_" + to_base64(whole.public_key)}}) ==
        Texts{"it matches with the body without the newline at its end"});
}

TEST_CASE("several differences are found together, and the key is named") {
  const std::string other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  const auto causes =
      causes_of({.headers = with_signature(
                     "v1," + to_hex(mac(spec_secret, id + "." + spec_at + "." + sent_body + "\n"))),
                 .secrets = {other, spec_secret}});
  REQUIRE(causes.size() == 1);
  CHECK(causes[0].text ==
        "it matches with hex, not base64, the secret's own text as the key, not decoded, the "
        "body "
        "with a newline at its end");
  CHECK(causes[0].key_index == 1);
}

TEST_CASE("a token in another header is found, and so is nothing at all") {
  CHECK(texts_of({.scheme = "gitlab", .headers = {{"x-token", "s3cret"}}, .secrets = {"s3cret"}}) ==
        Texts{"it matches with the header x-token, not x-gitlab-token"});
  CHECK(texts_of(
            {.headers = standard(sent_body, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")})
            .empty());
  CHECK(texts_of({.headers = {{"a", "b"}}}).empty());
  CHECK(texts_of({.headers = with_signature(std::string(100'000, 'a'))}).empty());
}

TEST_CASE("what is not known to be so is not said") {
  // The one of two tokens that is right is in the right header.
  CHECK(texts_of({.scheme = "gitlab",
                  .headers = {{"X-Gitlab-Token", "s3cret"}, {"X-Gitlab-Token", "other"}},
                  .secrets = {"s3cret"}})
            .empty());
  // It is the body that lacks something, not the header.
  CHECK(texts_of({.scheme = "linear",
                  .headers = {{"linear-signature", to_hex(mac("s3cret", sent_body))}},
                  .secrets = {"s3cret"}})
            .empty());
}

TEST_CASE("a right signature in a list that is written wrongly is told apart") {
  const std::string code = to_hex(mac(spec_secret, spec_at + "." + sent_body));
  CHECK(texts_of({.scheme = "stripe",
                  .headers = {{"stripe-signature", "t=" + spec_at + ", v1=" + code}}}) ==
        Texts{"the signature itself matches, but stripe-signature is not written as Stripe does: "
              "separated by commas without blanks, and behind \"v1\""});
}

TEST_CASE("what was copied along with a secret is found out") {
  for (const std::string& copied :
       {" " + spec_secret + " ", "\"" + spec_secret + "\"", "WEBHOOK_SECRET=" + spec_secret,
        "\xef\xbb\xbf" + spec_secret}) {
    CHECK(texts_of({.headers = standard(sent_body), .secrets = {copied}}) ==
          Texts{"it matches with the secret without what stands around it (blanks, quotes, a name "
                "and =)"});
  }
}

TEST_CASE("a private seed in the place of the public key is found out") {
  const std::string seed(64, 'a');
  const SigningKey key = signing_key(seed);
  const auto headers = sign(schemes_named("discord"), {&key, 1},
                            {.id = {}, .timestamp = spec_at, .url = {}, .body = sent_body});
  const auto texts = texts_of({.scheme = "discord", .headers = headers, .secrets = {seed}});
  REQUIRE(texts.size() == 1);
  CHECK(texts[0].starts_with("it matches with the secret as the private seed it seems to be"));
}

TEST_CASE("a document that would swell when it is indented is not") {
  std::string deep;
  for (int i = 0; i < 40'000; ++i) deep += std::string(60, '[') + std::string(60, ']') + ",";
  const std::string document = "[" + deep.substr(0, deep.size() - 1) + "]";
  REQUIRE(document.size() > 4u << 20);
  const std::string within = "[" + deep.substr(0, (3u << 20) / 121 * 121 - 1) + "]";
  CHECK(texts_of({.headers = standard("x"), .received = within}).empty());
}

TEST_CASE("hostile messages are explained in bounded time") {
  std::vector<Header> headers;
  for (int i = 0; i < 500; ++i) {
    headers.push_back({"x-" + std::to_string(i) + "-id", std::string(64, 'a')});
    headers.push_back({"x-time", std::to_string(1'000'000'000 + i)});
  }
  std::vector<std::string> secrets;
  for (int i = 0; i < 100; ++i) secrets.push_back("secret " + std::to_string(i));
  CHECK(texts_of({.headers = headers, .received = std::string(8 << 20, '{'), .secrets = secrets})
            .empty());
}
