#include "core/base/json_layout.h"

#include "core/base/json.h"

#include <doctest/doctest.h>

using namespace thig;
using Escapes = JsonLayout::Escapes;

namespace {

constexpr std::string_view written =
    R"( {"a" :[1, 2.50,{}],"b":{ "c":"x, {\"y\": /}" , "d":[ ]}}  )";

}  // namespace

TEST_CASE("blanks are laid out again and nothing else is touched") {
  const struct {
    JsonLayout layout;
    std::string_view expected;
  } rows[] = {
      {{}, R"({"a":[1,2.50,{}],"b":{"c":"x, {\"y\": /}","d":[]}})"},
      {{.spaced = true}, R"({"a": [1, 2.50, {}], "b": {"c": "x, {\"y\": /}", "d": []}})"},
      {{.indent = 2, .spaced = true},
       "{\n  \"a\": [\n    1,\n    2.50,\n    {}\n  ],\n  \"b\": {\n    \"c\": \"x, {\\\"y\\\": "
       "/}\",\n    \"d\": []\n  }\n}"},
      {{.tabs = true, .spaced = true},
       "{\n\t\"a\": [\n\t\t1,\n\t\t2.50,\n\t\t{}\n\t],\n\t\"b\": {\n\t\t\"c\": \"x, {\\\"y\\\": "
       "/}\",\n\t\t\"d\": []\n\t}\n}"},
  };
  for (const auto& row : rows) {
    const std::string laid_out = lay_out_json(written, row.layout);
    CHECK(laid_out == row.expected);
    CHECK(check_json(laid_out));
  }
}

TEST_CASE("characters are escaped as other programs do") {
  const struct {
    std::string_view text;
    Escapes escapes;
    std::string_view expected;
  } rows[] = {
      {"[\"Zoë 🦊\"]", Escapes::kept, "[\"Zoë 🦊\"]"},
      {"[\"Zoë 🦊 你\"]", Escapes::ascii, R"(["Zo\u00eb \ud83e\udd8a \u4f60"])"},
      {R"(["Zo\u00eb \ud83e\udd8a \u4F60 \u0041 \n \u000a"])", Escapes::none,
       "[\"Zoë 🦊 你 \\u0041 \\n \\u000a\"]"},
      {R"(["a/b\/c"])", Escapes::slashes, R"(["a\/b\/c"])"},
      {R"(["a/b\/c\\/d"])", Escapes::plain_slashes, R"(["a/b/c\\/d"])"},
      {R"(["\ud83e"])", Escapes::none, "[\"\uFFFD\"]"},
  };
  for (const auto& row : rows) {
    CHECK(lay_out_json(row.text, {.escapes = row.escapes}) == row.expected);
  }
}

TEST_CASE("a text that is no JSON is read to its end and no further") {
  for (const std::string_view text :
       {"", "{", "\"", "\"\\", "[\"\\u", "[\"\\ud83e\\u", "}}]", "\"\xc3"}) {
    for (const auto escapes : {Escapes::kept, Escapes::ascii, Escapes::none}) {
      (void)lay_out_json(text, {.escapes = escapes});
      (void)lay_out_json(text, {.indent = 2, .escapes = escapes});
    }
  }
}
