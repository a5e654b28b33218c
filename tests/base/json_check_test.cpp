#include "core/base/json.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::string_literals;

namespace {

std::string nested(int depth) {
  const auto count = static_cast<std::size_t>(depth);
  return std::string(count, '[') + std::string(count, ']');
}

std::string error_of(std::string_view text, const JsonLimits& limits = {}) {
  const Status status = check_json(text, limits);
  if (status) return "";
  CHECK(status.error().code == ErrorCode::invalid);
  CHECK(status.error().hint == "");
  return status.error().text;
}

}  // namespace

TEST_CASE("JSON values of every kind are accepted") {
  const char* const good[] = {
      "null",
      "true",
      "false",
      "0",
      "-0",
      "-12.5e+3",
      "1E-7",
      "123456789012345678901234567890",
      "\"\"",
      "\"text\"",
      "{}",
      "[]",
      " \t\r\n{ \"a\" : [ 1 , { } ] } \n",
      R"({"a":1,"a":2})",
      R"("quote \" backslash \\ slash \/ \b\f\n\r\t")",
      R"("\u00e9\u0000\uFFFF")",
      R"("\ud83e\udd8a")",
      R"("\ud83e\udd8a\ud83e\udd8a and more")",
      R"(["\\","\\\\",":","}"])",
      "\"Zoë 🦊 你好\"",
      "\"\x7f\"",
  };
  for (const std::string text : good) CHECK_MESSAGE(check_json(text).has_value(), text);
}

TEST_CASE("what is no JSON is refused") {
  const std::string bad[] = {
      "",
      " ",
      "nul",
      "True",
      "{",
      "}",
      "[1,]",
      "[1 2]",
      "{\"a\"}",
      "{\"a\":}",
      "{\"a\":1,}",
      "{a:1}",
      "{'a':1}",
      "{\"a\":1}}",
      "{} {}",
      "1 2",
      "01",
      "+1",
      ".5",
      "1.",
      "1e",
      "0x10",
      "NaN",
      "Infinity",
      "1e999",
      "-1e999",
      "// comment\n1",
      "/* comment */ 1",
      "\"open",
      "\"tab\tinside\"",
      "\"line\nend\"",
      "\"\\x41\"",
      "\"\\u12g4\"",
      "\"\\u123\"",
      "\"\\",
      "\xEF\xBB\xBF{}",    // byte order mark
      "{}\0"s,             // NUL at the end,
      "\0"s,               // alone,
      "\"a\0b\""s,         // in a string,
      "{}\0garbage"s,      // and before garbage
      "\"\xff\"",          // no UTF-8
      "\"\xc0\xaf\"",      // overlong
      "\"\xed\xa0\x80\"",  // a surrogate in UTF-8
      "\"cut \xc3\"",      // a character cut off by the quote
      "\xc3\xa9",
  };
  for (const std::string& text : bad) CHECK_MESSAGE(!check_json(text).has_value(), text);
}

TEST_CASE("half a surrogate pair is refused, also with text where the other half should be") {
  const char* const bad[] = {
      R"("\ud800")",          R"("\udc00")",         R"("\ud800x")",
      R"("\ud800abc\udc00")", R"("\ud800\n\udc00")", R"("\ud800\ud800")",
      R"("\ud83e \udd8a")",   R"("\ud83eudd8a")",    R"("\ud800\u0041")",
  };
  for (const std::string text : bad) CHECK_MESSAGE(!check_json(text).has_value(), text);
}

TEST_CASE("depth is counted, not followed") {
  CHECK(check_json(nested(64)).has_value());
  CHECK(error_of(nested(65)) == "JSON is nested more than 64 levels deep");
  CHECK(check_json(nested(3), {.depth = 3}).has_value());
  CHECK(error_of(nested(4), {.depth = 3}) == "JSON is nested more than 3 levels deep");
  // Hostile depth costs neither stack nor memory; width is no depth.
  CHECK(error_of(std::string(1'000'000, '[')) == "JSON is nested more than 64 levels deep");
  std::string wide = "[";
  for (int i = 0; i < 1000; ++i) wide += "{},[],";
  CHECK(check_json(wide + "1]", {.depth = 2}).has_value());
  CHECK(check_json("1", {.depth = 0}).has_value());
  CHECK_FALSE(check_json("[]", {.depth = 0}).has_value());
}

TEST_CASE("size is limited") {
  CHECK(check_json("[1,2]", {.bytes = 5}).has_value());
  CHECK(error_of("[1,2]", {.bytes = 4}) == "JSON of 5 bytes is over the limit of 4 bytes");
  const std::string largest = "\"" + std::string((1u << 20) - 2, 'x') + "\"";
  CHECK(check_json(largest).has_value());
  CHECK_FALSE(check_json(largest + " ").has_value());
}

TEST_CASE("the error says what is wrong and at which byte, and repeats no input") {
  CHECK(error_of("{\"a\":nope}") == "not valid JSON at byte 7: invalid literal");
  CHECK(error_of("[1,2").starts_with("not valid JSON at byte 4: unexpected end of input"));
  CHECK(error_of("").starts_with("not valid JSON at byte 1: unexpected end of input"));
  CHECK(error_of("{}\0"s) == "not valid JSON at byte 3: a NUL byte");
  CHECK(error_of("\xEF\xBB\xBF{}") == "not valid JSON at byte 1: a byte order mark");
  CHECK(error_of("[1e999]") == "not valid JSON at byte 7: a number is too large");
  CHECK(error_of("{\"key\": \"a long secret text\" \"b\"}")
            .starts_with("not valid JSON at byte 32: unexpected string literal"));
  CHECK(error_of("\"s3cr3t \x1b[0m\"").find("s3cr3t") == std::string::npos);
}

TEST_CASE("how far the text is right is told, for finding the line") {
  struct Row {
    std::string text;
    int line;
  };
  const Row rows[] = {
      {"", 1},
      {"{\"a\": 1,\n\"b\" 2,\n\n\"c\": 3}", 2},
      {"[1,\n2,\n,\n3", 3},
      {"\xEF\xBB\xBF{}\n\n", 1},
      {"{}\n\nx\n", 3},
      {"\n\"a\0b\"\n"s, 2},
      {"[\n[\n[\n[", 3},
  };
  for (const Row& row : rows) {
    std::size_t read = 99;
    CHECK_FALSE(check_json(row.text, {.bytes = 100, .depth = 2}, &read));
    REQUIRE_MESSAGE(read <= row.text.size(), row.text);
    const std::string before = row.text.substr(0, read);
    CHECK_MESSAGE(1 + std::ranges::count(before, '\n') == row.line, row.text);
  }
}
