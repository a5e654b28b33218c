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
