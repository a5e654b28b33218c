#include "core/base/ed25519.h"

#include "core/base/codec.h"

#include <doctest/doctest.h>

using namespace thig;

namespace {

// RFC 8032, 7.1.
const struct {
  std::string_view seed;
  std::string_view public_key;
  std::string_view message;
  std::string_view signature;
} published[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
};

}  // namespace

TEST_CASE("Ed25519 signs and verifies what RFC 8032 publishes") {
  for (const auto& row : published) {
    const std::string seed = *from_hex(row.seed);
    const std::string key = *from_hex(row.public_key);
    const std::string message = *from_hex(row.message);
    CHECK(to_hex(*ed25519_public_key(seed)) == row.public_key);
    CHECK(to_hex(*ed25519_sign(seed, message)) == row.signature);
    CHECK(ed25519_verify(key, message, *from_hex(row.signature)));
    CHECK_FALSE(ed25519_verify(key, message + "x", *from_hex(row.signature)));
  }
}

TEST_CASE("keys and signatures of another size are none") {
  const std::string seed = *from_hex(published[0].seed);
  const std::string key = *from_hex(published[0].public_key);
  const std::string signature = *from_hex(published[0].signature);
  for (const std::string& wrong : {std::string(), seed.substr(1), seed + "x"}) {
    CHECK_FALSE(ed25519_public_key(wrong));
    CHECK_FALSE(ed25519_sign(wrong, "text"));
    CHECK_FALSE(ed25519_verify(wrong, "", signature));
  }
  CHECK_FALSE(ed25519_verify(key, "", ""));
  CHECK_FALSE(ed25519_verify(key, "", signature.substr(1)));
  CHECK_FALSE(ed25519_verify(key, "", signature + "x"));
  CHECK_FALSE(ed25519_verify(std::string(32, '\xff'), "", signature));  // no point on the curve
}

// Under these anybody can sign: this signature "of all zeros but one" verifies under the first by
// the equation alone.
TEST_CASE("keys of low order verify nothing") {
  const std::string zeros(62, '0');
  const std::string forged = *from_hex("01" + zeros + zeros + "00");
  for (const std::string& key : {
           "01" + zeros,
           "01" + zeros.substr(2) + "80",
           "00" + zeros,
           "00" + zeros.substr(2) + "80",
           "ec" + std::string(60, 'f') + "7f",
           "ec" + std::string(60, 'f') + "ff",
           "ed" + std::string(60, 'f') + "7f",
           "ee" + std::string(60, 'f') + "ff",
           std::string("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
           std::string("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
           std::string("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
           std::string("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
       }) {
    CAPTURE(key);
    CHECK(ed25519_is_low_order(*from_hex(key)));
    for (int i = 0; i < 16; ++i) {
      CHECK_FALSE(ed25519_verify(*from_hex(key), "message " + std::to_string(i), forged));
    }
  }
  CHECK_FALSE(ed25519_is_low_order(*from_hex(published[0].public_key)));
  CHECK_FALSE(ed25519_is_low_order(""));
}
