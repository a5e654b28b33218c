#include "core/base/codec.h"

#include <cstdint>
#include <limits>
#include <string>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::string_literals;

TEST_CASE("what is trimmed has no blanks, tabs and line ends at either end") {
  CHECK(trimmed(" \ta b\t c \r\n") == "a b\t c");
  CHECK(trimmed("a\r\nb") == "a\r\nb");
  CHECK(trimmed("a") == "a");
  CHECK(trimmed(" \t\r\n").empty());
  CHECK(trimmed("").empty());
}

TEST_CASE("hex writes lower case and reads both") {
  CHECK(to_hex("") == "");
  CHECK(to_hex("\x00\x0f\xa5\xff"s) == "000fa5ff");
  CHECK(from_hex("000Fa5fF") == "\x00\x0f\xa5\xff"s);
  CHECK(from_hex("") == "");
  for (const std::string bad : {"0", "abc", "0g", "0x", " 0", "a-"}) {
    CHECK_MESSAGE(!from_hex(bad), bad);
  }
}

TEST_CASE("base64 writes and reads the vectors of RFC 4648") {
  const struct {
    std::string_view bytes;
    std::string_view text;
  } rows[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xfb\xff\xbf", "+/+/"},
  };
  for (const auto& row : rows) {
    CHECK(to_base64(row.bytes) == row.text);
    CHECK_MESSAGE(from_base64(row.text) == row.bytes, row.text);
  }
}

TEST_CASE("base64 is read strictly") {
  const char* const bad[] = {
      "Zg",       "Zg=",      "Zg===", "Z===",   // padding
      "=Zg=",     "Zg==Zg==", "====",  "=",      // padding in the wrong place
      "Zm9 v",    "Zm9v\n",   " Zm9v", "Zm9v ",  // blanks
      "-_-_",     "Zm9*",                        // another alphabet
      "Zh==",     "Zm9=",                        // bits left over: another text for "f" and "fo"
      "Zm9v\xff",
  };
  for (const std::string text : bad) CHECK_MESSAGE(!from_base64(text), text);
  CHECK_FALSE(from_base64("Zm9v\0AAA"s));
}

TEST_CASE("base64 of every length comes back") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(from_base64(to_base64(bytes)) == bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
}

TEST_CASE("base32 is Crockford's, of a given length") {
  CHECK(to_base32(0, 1) == "0");
  CHECK(to_base32(31, 1) == "z");
  CHECK(to_base32(32, 4) == "0010");
  CHECK(to_base32(std::numeric_limits<std::uint64_t>::max(), 13) == "fzzzzzzzzzzzz");
  CHECK(from_base32("0010") == 32u);
  CHECK(from_base32("FZZZZZZZZZZZZ") == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("base32 refuses look-alikes, other characters and what does not fit") {
  const char* const bad[] = {"",
                             "i",
                             "l",
                             "o",
                             "u",
                             "I",
                             "-1",
                             " 1",
                             "1 ",
                             "g000000000000",
                             "00000000000001",
                             "zzzzzzzzzzzzz"};
  for (const std::string text : bad) CHECK_MESSAGE(!from_base32(text), text);
}

TEST_CASE("base32 keeps the order of the values") {
  CHECK(to_base32(31, 5) < to_base32(32, 5));
  CHECK(to_base32(1023, 5) < to_base32(1024, 5));
}

TEST_CASE("constant-time comparison answers as == does") {
  CHECK(constant_time_equal("", ""));
  CHECK(constant_time_equal("abc", "abc"));
  CHECK_FALSE(constant_time_equal("abc", "abd"));
  CHECK_FALSE(constant_time_equal("abc", "ab"));
  CHECK_FALSE(constant_time_equal("", "a"));
  CHECK_FALSE(constant_time_equal("a\0b"s, "a\0c"s));
}

TEST_CASE("a wiped secret is gone from its memory too") {
  std::string secret = "whsec_a secret that is longer than a short string";
  wipe(secret);
  CHECK(secret.empty());
  std::string memory;
  secret.resize_and_overwrite(secret.capacity(), [&](char* bytes, std::size_t count) {
    memory.assign(bytes, count);
    return std::size_t{0};
  });
  CHECK(memory.find_first_not_of('\0') == std::string::npos);

  std::string none;
  wipe(none);
  CHECK(none.empty());
}

TEST_CASE("UTF-8 is told from other bytes") {
  const struct {
    std::string text;
    bool valid;
  } rows[] = {
      {"", true},
      {"plain", true},
      {"Zoë 🦊 你好", true},
      {"\x7f", true},
      {"\xc2\x80", true},
      {"\xf4\x8f\xbf\xbf", true},
      {"a\0b"s, true},
      {"\x80", false},  // a continuation alone
      {"\xc3", false},  // cut off
      {"\xe2\x82", false},
      {"\xf0\x9f\xa6", false},
      {"\xc0\xaf", false},  // overlong
      {"\xc1\xbf", false},
      {"\xe0\x80\xaf", false},
      {"\xf0\x80\x80\xaf", false},
      {"\xed\xa0\x80", false},  // a surrogate
      {"\xed\xbf\xbf", false},
      {"\xf4\x90\x80\x80", false},  // past U+10FFFF
      {"\xf5\x80\x80\x80", false},
      {"\xff", false},
      {"\xc3(", false},
  };
  for (const auto& row : rows) {
    CHECK_MESSAGE(is_valid_utf8(row.text) == row.valid, to_hex(row.text));
  }
}

TEST_CASE("text is made valid UTF-8 within a limit") {
  CHECK(to_valid_utf8("Zoë") == "Zoë");
  CHECK(to_valid_utf8("a\xff\xc3(b") == "a\uFFFD\uFFFD(b");
  CHECK(to_valid_utf8("Zoë!", 4) == "Zoë");
  CHECK(to_valid_utf8("Zoë!", 3) == "Zo");
  CHECK(to_valid_utf8("ab\xff", 4) == "ab");
  CHECK(to_valid_utf8("abc", 0) == "");
  CHECK(to_valid_utf8(std::string(100, '\xff'), 10) == "\uFFFD\uFFFD\uFFFD");
}

TEST_CASE("lower case is ASCII's alone") {
  CHECK(ascii_lower("AbZ[@-9Ä") == "abz[@-9Ä");
}

TEST_CASE("plain text is UTF-8 without control characters") {
  for (const std::string text : {"", "plain Zoë 🦊", "\xc2\xa0", "\u200fשלום\u200e", "\u202e"}) {
    CHECK(is_plain_text(text));
  }
  for (const std::string text : {"\x1b", "a\n", "\x7f", "\xc2\x9b", "\xff", "\xed\xa0\x80"}) {
    CHECK_FALSE(is_plain_text(text));
  }
}

TEST_CASE("printing escapes whatever a terminal could obey") {
  const struct {
    std::string text;
    std::string_view printed;
  } rows[] = {
      {"plain Zoë 🦊", "plain Zoë 🦊"},
      {"\x1b[31mred", "\\x1b[31mred"},
      {"a\r\nb\tc", "a\\x0d\\x0ab\\x09c"},
      {"nul\0"s, "nul\\x00"},
      {"\x7f", "\\x7f"},
      {"\xc2\x9b"
       "31m",
       "\\xc2\\x9b31m"},  // CSI as one character
      {"\xc2\xa0", "\xc2\xa0"},
      {"a\u202egpj.b", "a\\xe2\\x80\\xaegpj.b"},  // reads as b.jpg from there on
      {"\u2028\u2066\u200f", "\\xe2\\x80\\xa8\\xe2\\x81\\xa6\\xe2\\x80\\x8f"},
      {"\u2030\u2070", "\u2030\u2070"},
      {"\xff\xfe", "\\xff\\xfe"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
  };
  for (const auto& row : rows) CHECK(printable(row.text) == row.printed);
}
