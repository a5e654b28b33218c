#include "core/base/json_pointer.h"

#include "core/base/json.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("every example of RFC 6901") {
  const std::string_view document =
      R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})";
  const struct {
    std::string_view pointer;
    std::string_view value;
  } rows[] = {
      {"", document},
      {"/foo", R"(["bar","baz"])"},
      {"/foo/0", R"("bar")"},
      {"/", "0"},
      {"/a~1b", "1"},
      {"/c%d", "2"},
      {"/e^f", "3"},
      {"/g|h", "4"},
      {"/i\\j", "5"},
      {"/k\"l", "6"},
      {"/ ", "7"},
      {"/m~0n", "8"},
  };
  for (const auto& row : rows)
    CHECK_MESSAGE(json_at(document, row.pointer) == row.value, row.pointer);
}

TEST_CASE("what a pointer finds, and what it does not") {
  const struct {
    std::string_view document;
    std::string_view pointer;
    std::optional<std::string_view> value;
  } rows[] = {
      {R"({"a":{"b":[1,{"c":null}]}})", "/a/b/1/c", "null"},
      {R"({"a":{"b":[1,{"c":null}]}})", "/a/b/1", R"({"c":null})"},
      {R"( { "a" : [ 1 , 2 ] } )", "/a/1", "2"},
      {R"({"~1":1,"/":2})", "/~01", "1"},  // ~0 first: this is "~1", not "/"
      {R"({"~1":1,"/":2})", "/~1", "2"},
      {R"({"\u0061":1})", "/a", "1"},
      {R"({"ë":1})", "/\u00eb", "1"},
      {R"({"0":1})", "/0", "1"},
      {R"({"-":1})", "/-", "1"},
      {R"({"01":1})", "/01", "1"},
      {R"({"":{"":2}})", "//", "2"},
      {R"([[1,2],[3]])", "/1/0", "3"},
      {R"([1,2])", "/2", {}},
      {R"([1,2])", "/-", {}},
      {R"([1,2])", "/-1", {}},
      {R"([1,2])", "/+1", {}},
      {R"([1,2])", "/01", {}},
      {R"([1,2])", "/00", {}},
      {R"([1,2])", "/1 ", {}},
      {R"([1,2])", "/1.0", {}},
      {R"([1,2])", "/1e0", {}},
      {R"([1,2])", "/", {}},
      {R"([1,2])", "/0/", {}},
      {R"([1,2])", "/18446744073709551616", {}},
      {R"([1,2])", "/4294967296", {}},
      {R"([1,2])", "/length", {}},
      {R"([])", "/0", {}},
      {R"({"a":1})", "/A", {}},
      {R"({"a":1})", "/a/b", {}},
      {R"({"a":"b"})", "/a/0", {}},
      {R"({"a":null})", "/a/b", {}},
      {R"({"a":1})", "/a/", {}},
      {R"(5)", "/0", {}},
      {R"({"bc":1})", "abc", {}},
      {R"({"~2":1})", "/~2", {}},
      {R"({"~":1})", "/~", {}},
  };
  for (const auto& row : rows) {
    REQUIRE(check_json(row.document).has_value());
    CHECK_MESSAGE(json_at(row.document, row.pointer) == row.value, row.document, row.pointer);
  }
}

TEST_CASE("a pointer to the bottom of a deep document") {
  std::string document = "1";
  std::string pointer;
  for (int i = 0; i < 64; ++i) {
    document = '[' + document + ']';
    pointer += "/0";
  }
  REQUIRE(check_json(document).has_value());
  CHECK(json_at(document, pointer) == "1");
  CHECK_FALSE(json_at(document, pointer + "/0"));
}

TEST_CASE("which pointers are pointers") {
  for (const std::string_view pointer :
       {"", "/", "/a", "/a/b", "//", "/a~0b~1c", "/~00", "/ë", "/-"}) {
    CHECK_MESSAGE(check_json_pointer(pointer).has_value(), pointer);
  }
  for (const std::string& pointer :
       {std::string("a"), std::string("a/b"), std::string(" /a"), std::string("#/a"),
        std::string("$.a"), std::string("/~"), std::string("/a~"), std::string("/~2"),
        std::string("/~/"), std::string("/~0~"), std::string("/~~0"), std::string(100'000, '/')}) {
    const Status status = check_json_pointer(pointer);
    REQUIRE_MESSAGE(!status.has_value(), pointer);
    CHECK(status.error().code == ErrorCode::invalid);
    CHECK_FALSE(status.error().hint.empty());
  }
}
