#include "core/rules/secret.h"

#include "core/base/codec.h"
#include "tests/support/remark_text.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;

namespace {

constexpr std::string_view official = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

}  // namespace

TEST_CASE("secrets") {
  const std::string key_23 = "whsec_" + to_base64(std::string(23, 'k'));
  const std::string key_24 = "whsec_" + to_base64(std::string(24, 'k'));
  const std::string key_64 = "whsec_" + to_base64(std::string(64, 'k'));
  const std::string key_65 = "whsec_" + to_base64(std::string(65, 'k'));

  CHECK(make_secret(std::string(32, '\0')) == "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
  CHECK(is_standard_secret(make_secret(std::string(32, 'r'))));

  const struct {
    std::string secret;
    bool standard;
    bool thig;
  } rows[] = {
      {std::string(official), true, true},
      {key_24, true, true},
      {key_64, true, true},
      {key_23, false, true},
      {key_65, false, true},
      {"whsec_mySigningSecret", false, true},  // the example of the API page
      {"whsec_", false, false},                // a prefix whose secret was lost on the way
      {"whsk_", false, false},
      {"whsec_ \u00a0", false, false},
      {"\u00a0", false, false},
      {"\ufeff", false, false},
      {"\ufeff \u3000", false, false},
      {"\u2028\u202f\u2060\u1680", false, false},
      {"whpk_ whsec_\u00a0", false, false},
      {"\u00a0secret", false, false},
      {"WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false, true},
      {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false, true},
      {std::string(official) + " ", false, false},
      {std::string(official.substr(0, official.size() - 1)), false, true},
      {"pässword", false, true},
      {std::string(1024, 's'), false, true},
      {"", false, false},
      {"   ", false, false},
      {std::string(official) + "\n", false, false},
      {std::string(official) + '\0', false, false},
      {"a\tb", false, false},
      {"a\x7f", false, false},
      {"a\xff", false, false},
      {std::string(1025, 's'), false, false},
  };
  for (const auto& row : rows) {
    INFO(row.secret);
    CHECK(is_standard_secret(row.secret) == row.standard);
    CHECK(check_secret(row.secret, SignatureMode::both).has_value() == row.standard);
    CHECK(check_secret(row.secret, SignatureMode::standard).has_value() == row.standard);
    CHECK(check_secret(row.secret, SignatureMode::thig).has_value() == row.thig);
    if (row.standard) CHECK_FALSE(signing_key(row.secret).standard.empty());
    if (row.thig) CHECK(signing_key(row.secret).verbatim == row.secret);
  }
}

TEST_CASE("what others sign with may be shorter, or have its version before it") {
  CHECK(signing_key("whsec_" + to_base64("short")).standard == "short");
  CHECK(signing_key("v1,whsec_" + to_base64("supabase")).standard == "supabase");
  CHECK(signing_key("whsec_").standard.empty());
  CHECK(signing_key("v1,").standard.empty());
  CHECK(signing_key("v1,v1,whsec_" + to_base64("x")).standard.empty());
  CHECK(signing_key("whsec_" + to_base64(std::string(65, 'k'))).standard.empty());
  // Ours keep to the standard.
  CHECK_FALSE(is_standard_secret("whsec_" + to_base64("short")));
  CHECK_FALSE(is_standard_secret("v1," + std::string(official)));
}

TEST_CASE("what was copied along with a secret is told, not taken") {
  const struct {
    std::string given;
    std::string says;
  } rows[] = {
      {" s3cr3t", "begins with a space"},
      {"s3cr3t ", "ends with a space"},
      {"s3cr3t\u00a0", "ends with a space"},
      {"\u200bs3cr3t", "begins with a space"},
      {"\ufeffs3cr3t", "begins with a byte order mark"},
      {"\"s3cr3t\"", "is in quotes"},
      {"'s3cr3t'", "is in quotes"},
      {"`s3cr3t`", "is in quotes"},
      {"WEBHOOK_SECRET=s3cr3t", "begins with its name and ="},
      {"export X=s3cr3t", "begins with its name and ="},
      {"github.secret=s3cr3t", "begins with its name and ="},
      {"API_KEY=\"s3cr3t\"", "begins with its name and ="},
  };
  for (const auto& row : rows) {
    CAPTURE(row.given);
    const Status refused = check_secret(row.given);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().text == "the secret " + row.says);
    CHECK_FALSE(refused.error().hint.empty());
    CHECK_FALSE(refused.error().text.contains("s3cr3t"));
  }
  for (const std::string good : {"two words", "a'b'", "'", "\"half", "QUJDRA==", "ABC=", "SECRET==",
                                 "p4ss=w0rd", "a=b", "kEY1=x", "x\u00a0y"}) {
    CHECK_MESSAGE(check_secret(good).has_value(), good);
  }
}

TEST_CASE("a refused secret is not repeated, and the hint says what it could be used for") {
  const Status refused = check_secret("my-s3cr3t", SignatureMode::both);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::invalid);
  CHECK(remark_text(refused.error().hint).find("--signature thig") != std::string::npos);
  CHECK(refused.error().text.find("s3cr3t") == std::string::npos);
}

TEST_CASE("a secret may be a key of Ed25519") {
  const std::string seed = *from_base64("6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=");
  const std::string key = *from_base64("1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
  const std::string hex_seed = to_hex(seed);
  const struct {
    std::string secret;
    std::string seed;
    std::string public_key;
  } rows[] = {
      {"whsk_" + to_base64(seed + key), seed, key},
      {"whsk_" + to_base64(seed), seed, key},
      {"whpk_" + to_base64(key), "", key},
      {hex_seed, seed, seed},                      // which of both it is, the use decides
      {"whsk_" + to_base64(seed + seed), "", ""},  // the public key of another seed
      {"whsk_" + to_base64(seed + key + "x"), "", ""},
      {"whsk_" + to_base64(seed.substr(1)), "", ""},
      {"whpk_" + to_base64(seed + key), "", ""},
      {"whsk_", "", ""},
      // Anybody signs for these; base/ed25519_test.cpp has all of them.
      {"01" + std::string(62, '0'), "", ""},
      {std::string(64, '0'), "", ""},
      {"EC" + std::string(61, 'F') + "F", "", ""},
      {"whpk_AQ" + std::string(41, 'A') + "=", "", ""},
      {"whpk_" + std::string(43, 'A') + "=", "", ""},
      {"whpk_not base64", "", ""},
      {hex_seed.substr(1), "", ""},
      {std::string(official), "", ""},
  };
  for (const auto& row : rows) {
    const SigningKey made = signing_key(row.secret);
    CHECK(made.seed == row.seed);
    CHECK(made.public_key == row.public_key);
    const bool asymmetric = row.secret.starts_with("whsk_") || row.secret.starts_with("whpk_");
    CHECK(made.verbatim == (asymmetric ? "" : row.secret));  // nobody signs with a public key
  }
}
