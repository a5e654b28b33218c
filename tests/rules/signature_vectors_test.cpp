// Signatures that others have published, or that several implementations agree on.
#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/rules/signing.h"
#include "core/rules/verification.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

struct Vector {
  std::string name;
  std::vector<Scheme> made;  // a generic one
  std::vector<const Scheme*> schemes;
  std::string variant;
  std::string secret;
  std::string signing_secret;
  std::string body;
  std::string url;
  Time at{};
  std::vector<Header> headers;
  bool accept = false;
  bool signs = false;
};

std::string text_of(std::string_view object, std::string_view name) {
  const auto value = json_find(object, name);
  return value ? json_text(*value).value_or("") : std::string();
}

Scheme generic(std::string_view object) {
  Scheme scheme{
      .name = "generic", .variant = {}, .sender = {}, .header = text_of(object, "header")};
  scheme.content = text_of(object, "content");
  scheme.encoding =
      text_of(object, "encoding") == "base64" ? SignatureEncoding::base64 : SignatureEncoding::hex;
  const std::string key = text_of(object, "key");
  scheme.key = key == "hex"        ? KeyForm::hex
               : key == "standard" ? KeyForm::standard
                                   : KeyForm::verbatim;
  scheme.timestamp_name = text_of(object, "timestampHeader");
  if (!scheme.timestamp_name.empty()) scheme.timestamp = TimestampPlace::header;
  return scheme;
}

std::vector<Vector> read_vectors() {
  std::stringstream text;
  text << std::ifstream(THIG_TEST_DATA "/signature_vectors.json").rdbuf();
  const std::string document = text.str();
  REQUIRE(check_json(document));
  std::vector<Vector> vectors;
  for (const std::string_view entry : json_elements(document)) {
    Vector vector;
    vector.name = text_of(entry, "name");
    vector.variant = text_of(entry, "variant");
    vector.secret = text_of(entry, "secret");
    vector.signing_secret = text_of(entry, "signingSecret");
    if (vector.signing_secret.empty()) vector.signing_secret = vector.secret;
    vector.body = text_of(entry, "body");
    vector.url = text_of(entry, "url");
    if (const auto at = json_find(entry, "at"))
      vector.at = time_from_millis(*json_integer(*at) * 1000);
    for (const JsonMember& header : json_members(*json_find(entry, "headers"))) {
      vector.headers.push_back({header.name, *json_text(header.value)});
    }
    vector.accept = json_boolean(*json_find(entry, "accept")).value();
    vector.signs = json_find(entry, "signs") && json_boolean(*json_find(entry, "signs")).value();
    const std::string scheme = text_of(entry, "scheme");
    if (scheme == "generic") {
      vector.made.push_back(generic(*json_find(entry, "generic")));
    } else {
      vector.schemes = schemes_named(scheme);
    }
    vectors.push_back(std::move(vector));
  }
  for (Vector& vector : vectors) {
    if (!vector.made.empty()) vector.schemes = {&vector.made.front()};
  }
  return vectors;
}

Verification verify_vector(const Vector& vector, std::string_view body, std::string_view secret) {
  const SigningKey key = signing_key(secret);
  return verify(vector.schemes, {&key, 1},
                {.headers = vector.headers, .body = body, .url = vector.url}, {.now = vector.at});
}

bool signs_body(const Vector& vector) {
  return std::ranges::none_of(vector.schemes, [](const Scheme* scheme) {
    return scheme->algorithm == SignatureAlgorithm::token;
  });
}

}  // namespace

TEST_CASE("every vector is accepted or rejected as it is marked") {
  const auto vectors = read_vectors();
  REQUIRE(vectors.size() >= 34);
  for (const Vector& vector : vectors) {
    INFO(vector.name);
    const auto verified = verify_vector(vector, vector.body, vector.secret);
    CHECK(verified.valid() == vector.accept);
    if (!vector.accept) continue;
    CHECK(verified.scheme->variant == vector.variant);
    if (signs_body(vector))
      CHECK_FALSE(verify_vector(vector, vector.body + " ", vector.secret).valid());
    const auto other = verify_vector(vector, vector.body, vector.secret + "x");
    CHECK(other.signature == SignatureVerdict::no_match);
  }
}

TEST_CASE("every vector is signed as it is written") {
  std::size_t signed_ones = 0;
  for (const Vector& vector : read_vectors()) {
    if (!vector.signs) continue;
    INFO(vector.name);
    const SigningKey key = signing_key(vector.signing_secret);
    const auto found = std::ranges::find(vector.schemes, vector.variant, &Scheme::variant);
    REQUIRE(found != vector.schemes.end());
    std::string id;
    for (const Header& header : vector.headers) {
      if (header.name == (*found)->id_header) id = header.value;
    }
    auto made = sign({&*found, 1}, {&key, 1},
                     {.id = id,
                      .timestamp = std::to_string(to_unix_seconds(vector.at)),
                      .url = vector.url,
                      .body = vector.body});
    for (const Header& header : vector.headers) {
      const Header lower{ascii_lower(header.name), header.value};
      CHECK_MESSAGE(std::erase(made, lower) == 1, lower.name, ": ", lower.value);
    }
    CHECK(made.empty());
    ++signed_ones;
  }
  CHECK(signed_ones >= 30);
}
