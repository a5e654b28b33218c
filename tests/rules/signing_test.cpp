#include "core/rules/signing.h"

#include "tests/rules/published_sample.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace thig::published_sample {

TEST_CASE("v1 is the signature of Standard Webhooks") {
  const struct {
    std::string_view secret;
    std::string_view body;
    std::string_view expected;
  } rows[] = {
      {secret, body, v1},
      {secret, "", "v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A="},
      {secret, R"({"name":"Zoë 🦊 你好"})", "v1,X3REV+pYhoGuJtXFLhKSLBpSUEvYSdRsWKOaWJs735A="},
      {"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", body,
       "v1,O4Gjv1HqPqsMrjmczoggs/sWA8gZD0VyHG+fLh4+ktI="},
  };
  for (const auto& row : rows) {
    CHECK(signature_header(SignatureMode::standard, keys_of({row.secret}), id, at, row.body) ==
          row.expected);
  }
}

TEST_CASE("t1 is the product page's recipe over the secret as it is given out") {
  CHECK(bare_signature(signing_key(secret), at, body) == t1_hex);
  CHECK(signature_header(SignatureMode::thig, keys_of({secret}), id, at, body) == t1_hex);
  CHECK(signature_header(SignatureMode::both, keys_of({secret}), id, at, body) ==
        text({v1, " t1,", t1_hex}));
}

TEST_CASE("a body is signed byte for byte") {
  using namespace std::string_literals;
  const SigningKey key = signing_key("k");
  CHECK(bare_signature(key, 1, "a\0b"s) != bare_signature(key, 1, "a"));
  CHECK(bare_signature(key, 1, "a\n") != bare_signature(key, 1, "a"));
  CHECK(bare_signature(key, 1, std::string(1 << 20, 'x')).size() == 64);
}

TEST_CASE("every mode's header during a rotation") {
  const std::string_view old_secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  const std::string_view plain = "a plain secret";
  const auto header = [](SignatureMode mode, std::vector<std::string_view> secrets) {
    return signature_header(mode, keys_of(std::move(secrets)), id, at, body);
  };
  const std::string v1_old = header(SignatureMode::standard, {old_secret});
  const std::string t1 = text({"t1,", t1_hex});
  const std::string t1_old = "t1," + header(SignatureMode::thig, {old_secret});
  const std::string t1_plain = "t1," + header(SignatureMode::thig, {plain});

  CHECK(header(SignatureMode::both, {secret, old_secret}) ==
        text({v1, " ", v1_old, " ", t1, " ", t1_old}));
  CHECK(header(SignatureMode::standard, {secret, old_secret}) == text({v1, " ", v1_old}));
  CHECK(header(SignatureMode::thig, {secret, old_secret}) == t1_hex);
  // A secret that cannot sign v1 still signs t1.
  CHECK(header(SignatureMode::both, {secret, plain}) == text({v1, " ", t1, " ", t1_plain}));
  CHECK(header(SignatureMode::standard, {plain}) == "");
}

TEST_CASE("every token has exactly one comma and there is no blank too many") {
  const auto header =
      signature_header(SignatureMode::both, keys_of({secret, secret, secret}), id, at, body);
  CHECK(std::count(header.begin(), header.end(), ',') == 6);
  CHECK(std::count(header.begin(), header.end(), ' ') == 5);
  CHECK(header.find("  ") == std::string::npos);
}

TEST_CASE("threads sign beside each other") {
  std::vector<std::string> made(4);
  std::vector<std::thread> threads;
  for (std::string& header : made) {
    threads.emplace_back([&header] {
      for (int i = 0; i < 500; ++i) {
        header = signature_header(SignatureMode::both, keys_of({secret}), id, at, body);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& header : made) CHECK(header == text({v1, " t1,", t1_hex}));
}

TEST_CASE("a key is described as the scheme takes it") {
  const auto of = [](const char* name) { return key_description(*schemes_named(name).front()); };
  CHECK(of("standard").contains("whsk_, which signs, or whpk_, which checks"));
  CHECK(of("discord").contains("64 hexadecimal digits"));
  for (const char* name : {"thig", "github", "gitlab", "stripe"}) {
    CHECK(of(name) == "whose keys are text, and neither whsk_ nor whpk_");
  }
  Scheme generic{.name = "generic", .variant = {}, .sender = {}, .header = "x-signature"};
  const std::pair<KeyForm, const char*> forms[] = {
      {KeyForm::hex, "whose keys are hexadecimal"},
      {KeyForm::base64, "whose keys are base64"},
      {KeyForm::standard, "whose keys are whsec_ and the base64 of up to 64 bytes"},
  };
  for (const auto& [form, text] : forms) {
    generic.key = form;
    CHECK(key_description(generic) == text);
  }
}

}  // namespace thig::published_sample
