#include "core/rules/verification.h"

#include "core/base/codec.h"
#include "core/rules/signing.h"
#include "tests/rules/published_sample.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace thig::published_sample {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view wrong_v1 = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
const Time signed_at = time_from_millis(at * 1000);

// Our own deliveries: both tokens, and the bare value.
std::vector<const Scheme*> own_schemes() {
  std::vector<const Scheme*> schemes = schemes_named("standard");
  for (const Scheme* scheme : schemes_named("thig")) schemes.push_back(scheme);
  return schemes;
}

Verification verify_headers(const std::vector<Header>& headers, std::string_view a_body,
                            const std::vector<SigningKey>& keys, Time now = signed_at) {
  return verify(own_schemes(), keys, {.headers = headers, .body = a_body, .url = {}},
                {.now = now, .tolerance = 300s});
}

Verification verify_three(std::string_view an_id, std::string_view timestamp,
                          std::string_view signature, std::string_view a_body,
                          const std::vector<SigningKey>& keys, Time now = signed_at) {
  return verify_headers({{"Webhook-Id", std::string(an_id)},
                         {"webhook-timestamp", std::string(timestamp)},
                         {"WEBHOOK-SIGNATURE", std::string(signature)}},
                        a_body, keys, now);
}

Verification verify_signature(std::string_view signature, Time now = signed_at,
                              std::string_view with_secret = secret) {
  return verify_three(id, std::to_string(at), signature, body, keys_of({with_secret}), now);
}

std::string matched(const Verification& verification) {
  return verification.scheme == nullptr ? "" : describe(*verification.scheme);
}

}  // namespace

TEST_CASE("a right signature is accepted, whichever it is") {
  const std::string t1 = text({"t1,", t1_hex});
  const struct {
    std::string signature;
    std::string matched;
  } rows[] = {
      {std::string(v1), "standard (v1)"},
      {t1, "thig (t1)"},
      {std::string(t1_hex), "thig (bare)"},
      {text({v1, " ", t1}), "standard (v1)"},
      {text({t1, " ", v1}), "standard (v1)"},
      {text({wrong_v1, " v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= ", v1, " ", wrong_v1}),
       "standard (v1)"},
      {text({"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXq ", v1}), "standard (v1)"},
      {text({"  ", v1, "  "}), "standard (v1)"},
      {text({"garbage ,,, ", t1}), "thig (t1)"},
  };
  for (const auto& row : rows) {
    INFO(row.signature);
    const Verification verified = verify_signature(row.signature);
    CHECK(verified.signature == SignatureVerdict::valid);
    CHECK(matched(verified) == row.matched);
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
    const Verification verified = verify_signature(row);
    CHECK(verified.signature == SignatureVerdict::no_match);
    CHECK(matched(verified) == "");
  }
}

TEST_CASE("a change to anything that is signed is noticed") {
  const auto keys = keys_of({secret});
  const auto verdict = [&](std::string_view an_id, std::string_view timestamp,
                           std::string_view a_body) {
    return verify_three(an_id, timestamp, v1, a_body, keys).signature;
  };
  CHECK(verdict(id, "1614265330", body) == SignatureVerdict::valid);
  CHECK(verdict("msg_other", "1614265330", body) == SignatureVerdict::no_match);
  CHECK(verdict(id, "1614265331", body) == SignatureVerdict::no_match);
  CHECK(verdict(id, "1614265330", text({body, "\n"})) == SignatureVerdict::no_match);
  CHECK(verdict(id, "1614265330", "") == SignatureVerdict::no_match);
  CHECK(verify_signature(v1, signed_at, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
            .signature == SignatureVerdict::no_match);
  CHECK(verify_three(id, "1614265330", v1, body, {}).signature == SignatureVerdict::no_match);
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
    const auto verified =
        verify_three(row.id, row.timestamp, row.signature, body, keys_of({secret}));
    CHECK(verified.signature == row.verdict);
    CHECK(verified.problem.empty() == (row.verdict == SignatureVerdict::no_match));
    CHECK_FALSE(verified.valid());
  }
}

TEST_CASE("a list of more than 64 tokens is not read") {
  std::string list;
  for (int i = 0; i < 63; ++i) list += "v1,x ";
  CHECK(verify_signature(text({list, v1})).signature == SignatureVerdict::valid);
  CHECK(verify_signature(text({list, "v1,x ", v1})).signature ==
        SignatureVerdict::malformed_header);
  CHECK(verify_signature(text({std::string(1'000'000, ' '), v1})).signature ==
        SignatureVerdict::valid);
}

TEST_CASE("age is checked after the signature, at both ends of the tolerance") {
  const struct {
    Millis later;
    AgeVerdict age;
  } rows[] = {
      {0s, AgeVerdict::fresh},        {300s, AgeVerdict::fresh},
      {300'999ms, AgeVerdict::fresh},  // counted in whole seconds
      {301s, AgeVerdict::too_old},    {24h, AgeVerdict::too_old},
      {-300s, AgeVerdict::fresh},     {-301s, AgeVerdict::too_new},
      {-24h, AgeVerdict::too_new},
  };
  for (const auto& row : rows) {
    const Verification verified = verify_signature(v1, signed_at + row.later);
    CHECK(verified.signature == SignatureVerdict::valid);
    CHECK(verified.age == row.age);
    CHECK(verified.valid() == (row.age == AgeVerdict::fresh));
    CHECK(verified.signed_at == signed_at);
    CHECK(matched(verified) == "standard (v1)");  // it is said although the age is wrong
    CHECK(verify_signature("v1,x", signed_at + row.later).signature == SignatureVerdict::no_match);
  }
  const auto far =
      signature_header(SignatureMode::both, keys_of({secret}), id, 999'999'999'999'999, body);
  CHECK(verify_three(id, "999999999999999", far, body, keys_of({secret})).age ==
        AgeVerdict::too_new);
}

TEST_CASE("the age can be left out of it, and a scheme has a tolerance of its own") {
  const std::vector<Header> headers = {{"webhook-id", std::string(id)},
                                       {"webhook-timestamp", std::to_string(at)},
                                       {"webhook-signature", std::string(v1)}};
  const ReceivedMessage message{.headers = headers, .body = body, .url = {}};
  const auto keys = keys_of({secret});
  const Time later = signed_at + 24h;
  const auto ignored = verify(own_schemes(), keys, message, {.now = later, .ignore_age = true});
  CHECK(ignored.valid());
  CHECK(ignored.age == AgeVerdict::ignored);
  const auto by_default = verify(own_schemes(), keys, message, {.now = later});
  CHECK(by_default.age == AgeVerdict::too_old);
  CHECK(by_default.tolerance == 300s);
  CHECK(verify(own_schemes(), keys, message, {.now = later, .tolerance = 24h}).valid());
}

TEST_CASE("the key that matched is named") {
  const std::string_view other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  const auto keys = keys_of({other, "plain", secret});
  const auto verified = verify_three(id, std::to_string(at), v1, body, keys);
  CHECK(verified.valid());
  CHECK(verified.key_index == 2);

  const auto plain = signature_header(SignatureMode::thig, keys_of({"plain"}), id, at, body);
  const auto bare = verify_three(id, std::to_string(at), plain, body, keys);
  CHECK(bare.valid());
  CHECK(matched(bare) == "thig (bare)");
  CHECK(bare.key_index == 1);
}

TEST_CASE("a header that is there twice must say the same twice") {
  const std::vector<Header> good = {{"webhook-id", std::string(id)},
                                    {"webhook-timestamp", std::to_string(at)},
                                    {"webhook-signature", std::string(v1)}};
  for (const Header& header : good) {
    auto twice = good;
    twice.push_back(header);
    CHECK(verify_headers(twice, body, keys_of({secret})).valid());
    twice.back() = {ascii_lower(header.name), header.value + "0"};
    const auto verified = verify_headers(twice, body, keys_of({secret}));
    CHECK(verified.signature == SignatureVerdict::malformed_header);
    CHECK(verified.problem == "there are two " + header.name + " headers that differ");
    auto without = good;
    std::erase(without, header);
    const auto missing = verify_headers(without, body, keys_of({secret}));
    CHECK(missing.signature == SignatureVerdict::missing_header);
    CHECK(missing.problem == "there is no " + header.name + " header");
  }
}

TEST_CASE("what is signed is accepted, in every mode") {
  for (const auto mode : {SignatureMode::both, SignatureMode::standard, SignatureMode::thig}) {
    const auto header = signature_header(mode, keys_of({secret}), id, at, body);
    CHECK(verify_signature(header).signature == SignatureVerdict::valid);
  }
}

TEST_CASE("an id cannot reach into what is signed behind it") {
  Scheme scheme{.name = "generic", .variant = {}, .sender = "x", .header = "x-signature"};
  scheme.content = "{id}:{timestamp}:{body}";
  scheme.id_header = "x-id";
  scheme.timestamp = TimestampPlace::header;
  scheme.timestamp_name = "x-time";
  const Scheme* row = &scheme;
  const SigningKey key = signing_key("key");
  auto headers =
      sign({&row, 1}, {&key, 1}, {.id = "a", .timestamp = "100", .url = {}, .body = "5:x"});
  const auto verdict = [&](std::string_view a_body) {
    return verify({&row, 1}, {&key, 1}, {.headers = headers, .body = a_body, .url = {}},
                  {.now = time_from_millis(5'000), .ignore_age = true})
        .signature;
  };
  CHECK(verdict("5:x") == SignatureVerdict::valid);
  headers[0].value = "a:100";
  headers[1].value = "5";
  CHECK(verdict("x") == SignatureVerdict::malformed_header);
}

TEST_CASE("nobody signs with a public key") {
  const std::string seed(32, 's');
  const SigningKey whole = signing_key("whsk_" + to_base64(seed));
  const std::string public_key = "whpk_" + to_base64(whole.public_key);
  const SigningKey known = signing_key(public_key);
  // Who knows the public key signs as if it were a secret.
  SigningKey forged;
  forged.verbatim = public_key;
  const std::string timestamp = std::to_string(at);
  for (const std::string& name : scheme_names()) {
    for (const Scheme* row : schemes_named(name)) {
      const SignedMessage message{.id = "dlv_1",
                                  .timestamp = timestamp,
                                  .url = "https://example.com/",
                                  .body = R"({"webhookTimestamp":1614265330000})"};
      const auto headers = sign({&row, 1}, {&forged, 1}, message);
      const auto verified = verify({&row, 1}, {&known, 1},
                                   {.headers = headers, .body = message.body, .url = message.url},
                                   {.now = signed_at});
      INFO(describe(*row));
      CHECK_FALSE(verified.valid());
    }
  }
}

TEST_CASE("lists of public-key signatures are short, and forms are small") {
  const std::string seed(32, 's');
  const SigningKey key = signing_key("whsk_" + to_base64(seed));
  const Scheme* v1a = schemes_named("standard")[1];
  auto headers = sign({&v1a, 1}, {&key, 1},
                      {.id = id, .timestamp = std::to_string(at), .url = {}, .body = body});
  const std::string token = headers[2].value;
  const auto verdict = [&](int tokens) {
    headers[2].value.clear();
    for (int i = 1; i < tokens; ++i)
      headers[2].value += "v1a," + to_base64(std::string(64, 'x')) + " ";
    headers[2].value += token;
    return verify({&v1a, 1}, {&key, 1}, {.headers = headers, .body = body, .url = {}},
                  {.now = signed_at})
        .signature;
  };
  CHECK(verdict(8) == SignatureVerdict::valid);
  CHECK(verdict(9) == SignatureVerdict::malformed_header);

  const auto twilio = schemes_named("twilio");
  const SigningKey plain = signing_key("token");
  const auto form_verdict = [&](int fields) {
    std::string form = "a=1";
    for (int i = 1; i < fields; ++i) form += "&b=2";
    const auto signed_form =
        sign(twilio, {&plain, 1}, {.id = {}, .timestamp = {}, .url = "https://x/", .body = form});
    return verify(twilio, {&plain, 1}, {.headers = signed_form, .body = form, .url = "https://x/"},
                  {})
        .signature;
  };
  CHECK(form_verdict(256) == SignatureVerdict::valid);
  CHECK(form_verdict(257) == SignatureVerdict::malformed_header);
}

}  // namespace thig::published_sample
