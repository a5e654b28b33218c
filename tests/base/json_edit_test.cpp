#include "core/base/json_edit.h"

#include <doctest/doctest.h>

namespace thig {

TEST_CASE("one value is changed, and what else there is keeps its bytes") {
  const struct {
    const char* document;
    const char* pointer;
    const char* value;
    const char* expected;
  } rows[] = {
      {R"({"a":1})", "/a", "2", R"({"a":2})"},
      {R"({"a":1})", "/b", R"("x")", R"({"a":1,"b":"x"})"},
      {R"({})", "/a/b", "true", R"({"a":{"b":true}})"},
      {R"({"n":1.50,"t":"\u00e9","a":{"b":[1,2]}})", "/a/b/1", "9",
       R"({"n":1.50,"t":"\u00e9","a":{"b":[1,9]}})"},
      {"[1]", "/-", "2", "[1,2]"},
      {"[1]", "/1", "2", "[1,2]"},
      {"[{}]", "/0/x", "null", R"([{"x":null}])"},
      {R"({"a/b":1,"c~d":2})", "/a~1b", "3", R"({"a/b":3,"c~d":2})"},
      {"{}", "", "[]", "[]"},
  };
  for (const auto& row : rows) {
    INFO(row.document, " ", row.pointer);
    const auto changed = json_with(row.document, row.pointer, row.value);
    REQUIRE(changed.has_value());
    CHECK(*changed == row.expected);
  }
}

TEST_CASE("a way that leads nowhere is refused") {
  for (const auto& [document, pointer] : {std::pair{R"({"a":"x"})", "/a/b"},
                                          {"[1]", "/2"},
                                          {"[1]", "/x"},
                                          {"{}", "a"},
                                          {"7", "/a"}}) {
    INFO(document, " ", pointer);
    const auto changed = json_with(document, pointer, "1");
    REQUIRE_FALSE(changed.has_value());
    CHECK(changed.error().code == ErrorCode::invalid);
  }
}

}  // namespace thig
