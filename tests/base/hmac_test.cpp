#include "core/base/hmac.h"

#include "core/base/codec.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("HMAC-SHA256 gives the codes of RFC 4231") {
  const struct {
    std::string key;
    std::string text;
    std::string code;
  } rows[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
  };
  for (const auto& row : rows) CHECK(to_hex(hmac_sha256(row.key, {row.text})) == row.code);
}

TEST_CASE("the other digests give the codes of RFC 2202 and RFC 4231") {
  const std::string_view text[] = {"what do ya want ", "for nothing?"};
  CHECK(to_hex(hmac(Digest::sha1, "Jefe", text)) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  CHECK(to_hex(hmac(Digest::sha512, "Jefe", text)) ==
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8"
        "f0e6f"
        "dcaeab1a34d4a6b4b636e070a38bce737");
  for (const Digest digest : {Digest::sha1, Digest::sha256, Digest::sha512}) {
    CHECK(hmac(digest, "k", text).size() == digest_size(digest));
  }
}

TEST_CASE("a hash has no key") {
  CHECK(to_hex(hash(Digest::sha256, "")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(hash(Digest::sha1, "abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST_CASE("parts are one text") {
  const std::string whole = hmac_sha256("key", {"id.123.body"});
  CHECK(hmac_sha256("key", {"id", ".", "123", ".", "body"}) == whole);
  CHECK(hmac_sha256("key", {"", "id.123.body", {}}) == whole);
}

TEST_CASE("an empty key is a key, whatever was used before") {
  const std::string empty = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
  CHECK(to_hex(hmac_sha256("", {})) == empty);
  (void)hmac_sha256("another key", {"text"});
  CHECK(to_hex(hmac_sha256({}, {})) == empty);
}
