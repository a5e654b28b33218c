#include "core/rules/signature.h"

#include "core/base/codec.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

namespace {

// Published with the Standard Webhooks libraries, whose tests share them.
constexpr std::string_view secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::int64_t at = 1'614'265'330;
constexpr std::string_view body = R"({"test": 2432232314})";
constexpr std::string_view v1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr std::string_view wrong_v1 = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
// HMAC-SHA256 of "1614265330.{…}" with the secret's text as the key.
constexpr std::string_view t1_hex =
    "2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964";

const Time signed_at = time_from_millis(at * 1000);

std::vector<SigningKey> keys_of(std::vector<std::string_view> secrets) {
  std::vector<SigningKey> keys;
  for (const std::string_view text : secrets) keys.push_back(signing_key(text));
  return keys;
}

std::string text(std::initializer_list<std::string_view> parts) {
  std::string joined;
  for (const std::string_view part : parts) joined += part;
  return joined;
}

VerifiedDelivery verify(std::string_view signature, Time now = signed_at,
                        std::string_view with_secret = secret) {
  return verify_delivery(keys_of({with_secret}), id, std::to_string(at), signature, body, now,
                         300s);
}

}  // namespace

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
      {std::string(secret), true, true},
      {key_24, true, true},
      {key_64, true, true},
      {key_23, false, true},
      {key_65, false, true},
      {"whsec_mySigningSecret", false, true},  // the example of the API page
      {"whsec_", false, true},
      {"WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false, true},
      {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false, true},
      {std::string(secret) + " ", false, true},
      {std::string(secret.substr(0, secret.size() - 1)), false, true},
      {"pässword", false, true},
      {std::string(1024, 's'), false, true},
      {"", false, false},
      {"   ", false, false},
      {std::string(secret) + "\n", false, false},
      {std::string(secret) + '\0', false, false},
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
    CHECK(signing_key(row.secret).standard.empty() == !row.standard);
    CHECK(signing_key(row.secret).verbatim == row.secret);
  }
}

TEST_CASE("a refused secret is not repeated, and the hint says what it could be used for") {
  const Status refused = check_secret("my-s3cr3t", SignatureMode::both);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::invalid);
  CHECK(refused.error().hint.find("--signature thig") != std::string::npos);
  CHECK(refused.error().text.find("s3cr3t") == std::string::npos);
}

TEST_CASE("a right signature is accepted, whichever it is") {
  const std::string t1 = text({"t1,", t1_hex});
  const struct {
    std::string signature;
    std::string matched;
  } rows[] = {
      {std::string(v1), "v1"},
      {t1, "t1"},
      {std::string(t1_hex), "thig"},
      {text({v1, " ", t1}), "v1"},
      {text({t1, " ", v1}), "t1"},
      {text({wrong_v1, " v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= ", v1, " ", wrong_v1}),
       "v1"},
      {text({"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXq ", v1}), "v1"},
      {text({"  ", v1, "  "}), "v1"},
      {text({"garbage ,,, ", t1}), "t1"},
  };
  for (const auto& row : rows) {
    INFO(row.signature);
    const VerifiedDelivery verified = verify(row.signature);
    CHECK(verified.verdict == SignatureVerdict::valid);
    CHECK(verified.matched == row.matched);
    CHECK(verified.key_index == 0);
  }
}

TEST_CASE("a wrong signature is rejected") {
  const std::string rows[] = {
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=",  // one bit
      "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",  // another version
      "v1,",
      "v1",
      "t1,",
      ",",
      "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",  // without its version
      "V1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
      "v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE=",  // another alphabet
      text({v1, "x"}),
      text({v1, ",", wrong_v1}),
      text({"v1,", t1_hex}),
      text({"t1,", v1.substr(3)}),
      text({"sha256=", t1_hex}),
      std::string(t1_hex.substr(0, 63)),
      "2E37DF5D4A028C51A7F3133D64AE1E300D2C2C900F1B1D49D4369AD2530F8964",
      "garbage",
  };
  for (const std::string& row : rows) {
    INFO(row);
    const VerifiedDelivery verified = verify(row);
    CHECK(verified.verdict == SignatureVerdict::no_match);
    CHECK(verified.matched == "");
  }
}

TEST_CASE("a change to anything that is signed is noticed") {
  const auto keys = keys_of({secret});
  const auto verdict = [&](std::string_view an_id, std::string_view timestamp,
                           std::string_view a_body) {
    return verify_delivery(keys, an_id, timestamp, v1, a_body, signed_at, 300s).verdict;
  };
  CHECK(verdict(id, "1614265330", body) == SignatureVerdict::valid);
  CHECK(verdict("msg_other", "1614265330", body) == SignatureVerdict::no_match);
  CHECK(verdict(id, "1614265331", body) == SignatureVerdict::no_match);
  CHECK(verdict(id, "1614265330", text({body, "\n"})) == SignatureVerdict::no_match);
  CHECK(verdict(id, "1614265330", "") == SignatureVerdict::no_match);
  CHECK(verify(v1, signed_at, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").verdict ==
        SignatureVerdict::no_match);
  CHECK(verify_delivery({}, id, "1614265330", v1, body, signed_at, 300s).verdict ==
        SignatureVerdict::no_match);
}

TEST_CASE("absent and malformed headers are told apart from wrong signatures") {
  const struct {
    std::string id;
    std::string timestamp;
    std::string signature;
    SignatureVerdict verdict;
  } rows[] = {
      {"", "1614265330", "v1,x", SignatureVerdict::missing_header},
      {"msg", "", "v1,x", SignatureVerdict::missing_header},
      {"msg", "1614265330", "", SignatureVerdict::missing_header},
      {"msg", "1614265330", "   ", SignatureVerdict::missing_header},
      {" ", "1614265330", "v1,x", SignatureVerdict::missing_header},
      {"msg.1", "1614265330", "v1,x", SignatureVerdict::malformed_header},
      {"msg", "-1614265330", "v1,x", SignatureVerdict::malformed_header},
      {"msg", "+1614265330", "v1,x", SignatureVerdict::malformed_header},
      {"msg", " 1614265330", "v1,x", SignatureVerdict::malformed_header},
      {"msg", "1614265330.0", "v1,x", SignatureVerdict::malformed_header},
      {"msg", "01614265330", "v1,x", SignatureVerdict::malformed_header},
      {"msg", "0x6037", "v1,x", SignatureVerdict::malformed_header},
      {"msg", "1e9", "v1,x", SignatureVerdict::malformed_header},
      {"msg", "now", "v1,x", SignatureVerdict::malformed_header},
      {"msg", "9999999999999999", "v1,x", SignatureVerdict::malformed_header},
      {"msg", "99999999999999999999999", "v1,x", SignatureVerdict::malformed_header},
      {"msg", "0", "v1,x", SignatureVerdict::no_match},
      {"msg", "1614265330", "v1,x", SignatureVerdict::no_match},
  };
  for (const auto& row : rows) {
    INFO(row.id, " ", row.timestamp, " ", row.signature);
    CHECK(verify_delivery(keys_of({secret}), row.id, row.timestamp, row.signature, body, signed_at,
                          300s)
              .verdict == row.verdict);
  }
}

TEST_CASE("a list of more than 64 tokens is not read") {
  std::string list;
  for (int i = 0; i < 63; ++i) list += "v1,x ";
  CHECK(verify(text({list, v1})).verdict == SignatureVerdict::valid);
  CHECK(verify(text({list, "v1,x ", v1})).verdict == SignatureVerdict::malformed_header);
  CHECK(verify(text({std::string(1'000'000, ' '), v1})).verdict == SignatureVerdict::valid);
}

TEST_CASE("age is judged after the signature, at both ends of the tolerance") {
  const struct {
    Millis later;
    SignatureVerdict verdict;
  } rows[] = {
      {0s, SignatureVerdict::valid},     {300s, SignatureVerdict::valid},
      {301s, SignatureVerdict::too_old}, {24h, SignatureVerdict::too_old},
      {-300s, SignatureVerdict::valid},  {-301s, SignatureVerdict::too_new},
      {-24h, SignatureVerdict::too_new},
  };
  for (const auto& row : rows) {
    const VerifiedDelivery verified = verify(v1, signed_at + row.later);
    CHECK(verified.verdict == row.verdict);
    CHECK(verified.matched == "v1");  // it is said although the age is wrong
    CHECK(verify("v1,x", signed_at + row.later).verdict == SignatureVerdict::no_match);
  }
  const auto far =
      signature_header(SignatureMode::both, keys_of({secret}), id, 999'999'999'999'999, body);
  CHECK(verify_delivery(keys_of({secret}), id, "999999999999999", far, body, signed_at, 300s)
            .verdict == SignatureVerdict::too_new);
}

TEST_CASE("the key that matched is named") {
  const std::string_view other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  const auto verified = verify_delivery(keys_of({other, "plain", secret}), id, std::to_string(at),
                                        v1, body, signed_at, 300s);
  CHECK(verified.verdict == SignatureVerdict::valid);
  CHECK(verified.key_index == 2);

  const auto plain = signature_header(SignatureMode::thig, keys_of({"plain"}), id, at, body);
  const auto bare = verify_delivery(keys_of({other, "plain", secret}), id, std::to_string(at),
                                    plain, body, signed_at, 300s);
  CHECK(bare.verdict == SignatureVerdict::valid);
  CHECK(bare.matched == "thig");
  CHECK(bare.key_index == 1);
}

TEST_CASE("what is signed is accepted, in every mode") {
  for (const auto mode : {SignatureMode::both, SignatureMode::standard, SignatureMode::thig}) {
    const auto header = signature_header(mode, keys_of({secret}), id, at, body);
    CHECK(verify(header).verdict == SignatureVerdict::valid);
  }
}

TEST_CASE("verdicts have words") {
  CHECK(to_text(SignatureVerdict::valid) == "valid");
  CHECK(to_text(SignatureVerdict::no_match) == "no match");
  CHECK(to_text(SignatureVerdict::too_old) == "too old");
}
