#include "core/base/json.h"
#include "tests/support/remark_text.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

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
  CHECK(remark_text(status.error().hint) == "");
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
      // Half a pair, and what no double holds, are within the grammar.
      R"("\ud800")",
      R"("\udc00")",
      R"("\ud800x")",
      R"("\ud800abc\udc00")",
      R"("\ud800\u0041")",
      R"("\ud83e \udd8a")",
      "1e999",
      "-1e999",
      "1e-999",
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
      "-",
      "-a",
      "1.e1",
      "[1,,2]",
      "[,1]",
      "{,}",
      "{\"a\":1 \"b\":2}",
      "{\"a\":1,2}",
      "[}",
      "{]",
      "]",
      "nullnull",
      "tru",
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

TEST_CASE("half a surrogate pair is read as the replacement character") {
  const struct {
    const char* json;
    const char* text;
  } rows[] = {
      {R"("\ud800")", "\uFFFD"},
      {R"("\udc00x")", "\uFFFDx"},
      {R"("\ud800\u0041")", "\uFFFDA"},
      {R"("\ud800\ud83e\udd8a")", "\uFFFD🦊"},
      {R"("\ud800\ud800")", "\uFFFD\uFFFD"},
      {R"("\ud83e \udd8a")", "\uFFFD \uFFFD"},
  };
  for (const auto& row : rows) CHECK_MESSAGE(json_text(row.json) == row.text, row.json);
}

TEST_CASE("a name that is there twice is found at every depth, however it is written") {
  const JsonLimits unique{.unique_names = true};
  for (const std::string text :
       {R"({"a":1,"b":2,"a":3})", R"({"a":1,"\u0061":3})", R"({"x":{"a":1,"a":2}})",
        R"([[{"b":[{"a":1,"c":0,"a":1}]}]])", R"({"a":{"a":1},"b":1,"a":2})", R"({"":1,"":2})",
        R"({"a":{"b":1},"c":{"b":1,"\u0062":1}})", R"({"a\/b":1,"a/b":2})"}) {
    CHECK_MESSAGE(check_json(text).has_value(), text);
    CHECK_MESSAGE(error_of(text, unique).contains("two members named \""), text);
  }
  for (const std::string text :
       {R"({"a":1,"b":{"a":1,"b":2}})", R"([{"a":1},{"a":1}])", R"({"a":{"b":1},"b":{"a":1}})",
        R"({"a":"a","A":1})", R"({"a":{"x":{}},"b":{"x":{}}})", R"(["a","a"])"}) {
    CHECK_MESSAGE(check_json(text, unique).has_value(), text);
  }
  std::string many = "{";
  for (int i = 0; i < 50'000; ++i) many += "\"" + std::to_string(i * 7919 % 50'000) + "\":0,";
  CHECK(check_json(many + "\"x\":0}", unique).has_value());
  CHECK(error_of(many + "\"777\":0}", unique).contains("two members named \"777\""));
}

namespace {

// What the library refuses and the grammar does not.
class Judge : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(std::int64_t) override { return true; }
  bool number_unsigned(std::uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(nlohmann::json::binary_t&) override { return true; }
  bool key(std::string&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_object() override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::json::exception& error) override {
    const std::string what = error.what();
    beyond = error.id == 406 || what.contains("surrogate");
    return false;
  }
  bool beyond = false;
};

}  // namespace

TEST_CASE("what is JSON is what another reader finds to be JSON, for 100,000 spoilt documents") {
  const std::string seeds[] = {
      R"({"a":[1,-2.5e+10,true,false,null,"x\n\u00e9\ud83e\udd8a"],"b":{"c":{},"d":[]}})",
      R"( [ "\\", "\"", {"k" : 0.10E-2 } , [ [ ] ] ] )", "\"Zoë 🦊 你好\"", "-0.0e1",
      "[0,1,[2,{\"a\":3}]]"};
  const std::string_view bytes = "{}[]:,\"\\ue019-+.tfn \n\t\x01\x7f\xc3\xa9\xf0\xed\xa0";
  std::uint32_t state = 1;
  const auto next = [&](std::size_t below) {
    state = state * 1664525u + 1013904223u;
    return static_cast<std::size_t>(state >> 8) % below;
  };
  for (int i = 0; i < 100'000; ++i) {
    std::string text = seeds[next(std::size(seeds))];
    for (std::size_t changes = 1 + next(3); changes > 0 && !text.empty(); --changes) {
      const std::size_t at = next(text.size());
      if (next(3) == 0) {
        text.erase(at, 1 + next(3));
      } else if (next(2) == 0) {
        text.insert(at, 1, bytes[next(bytes.size())]);
      } else {
        text[at] = bytes[next(bytes.size())];
      }
    }
    Judge judge;
    const bool theirs = nlohmann::json::sax_parse(text, &judge);
    const bool ours = check_json(text).has_value();
    CHECK_MESSAGE((ours == theirs || judge.beyond), text);
  }
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
  CHECK(error_of("[01]") == "not valid JSON at byte 3: a number cannot begin with 0");
  CHECK(error_of("{\"key\": \"a long secret text\" \"b\"}") ==
        "not valid JSON at byte 30: expected , or }");
  CHECK(error_of("\"s3cr3t \x1b[0m\"").find("s3cr3t") == std::string::npos);
}

TEST_CASE("in a text of several lines the error says in which line and column") {
  struct Row {
    std::string text, place;
  };
  const Row rows[] = {
      {"{\"a\": 1,\n\"b\" 2,\n\n\"c\": 3}", "line 2, column 5 (byte 14): "},
      {"[1,\n2,\n,\n3", "line 3, column 1 (byte 8): "},
      {"\xEF\xBB\xBF{}\n\n", "line 1, column 1 (byte 1): "},
      {"{}\n\nx\n", "line 3, column 1 (byte 5): "},
      {"\n\"a\0b\"\n"s, "line 2, column 3 (byte 4): "},
      {"[\n  \"\u00fc\u00fc\" 1]", "line 2, column 8 (byte 12): "},
      {"{} x\n", "byte 4: "},
  };
  for (const Row& row : rows) {
    const std::string error = error_of(row.text);
    CHECK_MESSAGE(error.starts_with("not valid JSON at " + row.place), error);
  }
}
