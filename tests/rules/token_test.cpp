#include "core/rules/token.h"

#include "core/base/codec.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;

namespace {

// Of the bytes 0 to 31.
const std::string counted_token = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

}  // namespace

TEST_CASE("tokens") {
  std::string bytes;
  for (int i = 0; i < 32; ++i) bytes += static_cast<char>(i);
  CHECK(make_token(bytes) == counted_token);
  CHECK(make_token(std::string(32, '\xff')) == std::string(42, '_') + "8");
  CHECK(make_token(std::string(32, '\xfb')).find_first_of("+/=") == std::string::npos);
  CHECK(make_token(std::string(32, '\0')).size() == 43);

  CHECK(to_hex(token_hash("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(token_hash(counted_token).size() == 32);
}

TEST_CASE("only what make_token writes is a token") {
  CHECK(is_token(counted_token));
  CHECK(is_token(std::string(42, '_') + "8"));
  CHECK(is_token(make_token(std::string(32, '\xfb'))));
  for (const std::string& text :
       {std::string(""), counted_token.substr(1), counted_token + "A", counted_token + "=",
        " " + counted_token.substr(1), counted_token.substr(0, 42) + "9",  // the same bytes
        counted_token.substr(0, 42) + "=", "+" + counted_token.substr(1),
        "/" + counted_token.substr(1), "." + counted_token.substr(1),
        std::string(1, '\0') + counted_token.substr(1), "%" + counted_token.substr(1),
        std::string(100'000, 'A')}) {
    CHECK_MESSAGE(!is_token(text), text.substr(0, 80));
  }
}
