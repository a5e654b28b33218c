#include "core/base/json.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::string_literals;

TEST_CASE("the kind of a value is read from its first character") {
  const struct {
    std::string text;
    JsonKind kind;
  } rows[] = {
      {"null", JsonKind::null},   {"true", JsonKind::boolean}, {" false", JsonKind::boolean},
      {"-1", JsonKind::number},   {"0.5", JsonKind::number},   {"\"x\"", JsonKind::string},
      {"\n[1]", JsonKind::array}, {"\t{}", JsonKind::object},
  };
  for (const auto& row : rows) CHECK_MESSAGE(json_kind(row.text) == row.kind, row.text);
}

TEST_CASE("members come in their order, names decoded, values as they are written") {
  const auto members = json_members(
      R"( { "a" : 1.50 , "b\u00e9\n":"x,}\"" ,"c":{"d":[1,{"e":"]"}]},"a":null,"":true} )");
  REQUIRE(members.size() == 5);
  CHECK(members[0].name == "a");
  CHECK(members[0].value == "1.50");
  CHECK(members[1].name == "bé\n");
  CHECK(members[1].value == R"("x,}\"")");
  CHECK(members[2].name == "c");
  CHECK(members[2].value == R"({"d":[1,{"e":"]"}]})");
  CHECK(members[3].name == "a");
  CHECK(members[3].value == "null");
  CHECK(members[4].name == "");
  CHECK(members[4].value == "true");

  CHECK(json_members("{}").empty());
  CHECK(json_members(" { } ").empty());
  CHECK(json_members("[1]").empty());
  CHECK(json_members("\"{}\"").empty());
}

TEST_CASE("a member is found by its name, the first of several") {
  const std::string_view object = R"({"x":1,"y":{"z":2},"\u007a":3,"z":4})";
  CHECK(json_find(object, "x") == "1");
  CHECK(json_find(object, "y") == R"({"z":2})");
  CHECK(json_find(object, "z") == "3");  // its name is written with an escape
  CHECK(json_find(object, "\\u007a") == std::nullopt);
  CHECK(json_find(object, "Z") == std::nullopt);
  CHECK(json_find("[1]", "x") == std::nullopt);
}

TEST_CASE("elements come in their order") {
  const auto elements = json_elements(R"( [ 1 , "a,]" , [2,[3]] ,{"b":[]}, null ] )");
  REQUIRE(elements.size() == 5);
  CHECK(elements[0] == "1");
  CHECK(elements[1] == R"("a,]")");
  CHECK(elements[2] == "[2,[3]]");
  CHECK(elements[3] == R"({"b":[]})");
  CHECK(elements[4] == "null");
  CHECK(json_elements("[]").empty());
  CHECK(json_elements("{}").empty());
}

TEST_CASE("text is decoded") {
  CHECK(json_text(R"("")") == "");
  CHECK(json_text(R"( "plain" )") == "plain");
  CHECK(json_text(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(json_text(R"("\u0041\u00e9\u4f60\ud83e\udd8a")") == "Aé你🦊");
  CHECK(json_text(R"("\uD83E\uDD8A")") == "🦊");
  CHECK(json_text(R"("\u0000")") == "\0"s);
  CHECK(json_text(R"("Zoë")") == "Zoë");
  CHECK(json_text("1") == std::nullopt);
  CHECK(json_text("null") == std::nullopt);
}

TEST_CASE("integers and booleans are read, other values are not") {
  CHECK(json_integer("42") == 42);
  CHECK(json_integer(" -7 ") == -7);
  CHECK(json_integer("9223372036854775807") == INT64_MAX);
  CHECK(json_integer("-9223372036854775808") == INT64_MIN);
  for (const std::string other : {"9223372036854775808", "1.0", "1e3", "\"1\"", "true", "", "{}"}) {
    CHECK_MESSAGE(json_integer(other) == std::nullopt, other);
  }
  CHECK(json_boolean("true") == true);
  CHECK(json_boolean(" false") == false);
  CHECK(json_boolean("\"true\"") == std::nullopt);
  CHECK(json_boolean("null") == std::nullopt);
}

// Garbage has no right answer, but must neither hang nor read outside (the sanitizers watch).
TEST_CASE("garbage is survived") {
  const std::string pieces[] = {"{", "}",   "[",  "]", ":",       ",",     "\"",   "\\",
                                "1", "\\u", "d8", " ", "{\"a\":", "\"a\"", "\xff", "\0"s};
  constexpr std::size_t count = std::size(pieces);
  for (std::size_t i = 0; i < count * count * count; ++i) {
    const std::string text =
        pieces[i % count] + pieces[i / count % count] + pieces[i / count / count];
    // A heap copy of exactly its size, so that one byte too far is seen.
    const std::vector<char> exact(text.begin(), text.end());
    const std::string_view view(exact.data(), exact.size());
    (void)json_kind(view);
    CHECK(json_members(view).size() <= view.size());
    CHECK(json_elements(view).size() <= view.size());
    (void)json_find(view, "a");
    (void)json_text(view);
    (void)json_integer(view);
    (void)json_boolean(view);
  }
  const std::string deep(1'000'000, '[');
  CHECK(json_elements(deep).size() <= 1);
  CHECK(json_members("{\"a\":" + deep).size() <= 1);
}
