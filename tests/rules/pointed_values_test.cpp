// One walk finds what looking up each pointer finds.
#include "core/rules/pointed_values.h"

#include "core/base/json.h"
#include "core/base/json_pointer.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("pointers that are looked up together find what each finds alone") {
  const std::vector<std::string> pointers = {
      "",        "/a",    "/a/b",     "/a/b/0", "/a/b/1/c", "/a/b/2", "/a/b/10", "/a/b/-",
      "/a/b/01", "/a~1b", "/m~0n",    "/",      "//",       "/s",     "/s/0",    "/n",
      "/n/x",    "/u",    "/z/z/z/z", "/a",     "/none",    "/0",     "/0/1",    "/a/b/1",
      "/d",      "/d/x",  "/q",       "bad",    "/~2"};
  const std::vector<std::string> documents = {
      R"({"a":{"b":[1,{"c":"x]},{\""},[2]]},"a/b":true,"m~n":null,"":{"":"e"},"s":"}","n":-1.5e3})",
      R"( { "a" : { "b" : [ ] , "b" : [ 9 ] } , "z" : {"z":{"z":{"z":[]}}} , "d" : {} } )",
      R"({"d":{"x":1},"d":{"x":2},"\u0061":{"b":["\\",{"c":{}},3]},"u":"\ud83d\ude00"})",
      R"([[0,[1,2]],{"a":1},"x"])",
      R"([])",
      R"({})",
      R"("text")",
      R"(  12  )",
      R"({"a":[{"b":1}],"q":"a\"b","s":[ "0" , 1]})",
      R"({"a":{"a":{"a":{}}},"a/b":[{"a":[]}],"0":["x","y"]})",
  };
  for (const std::string& document : documents) {
    REQUIRE(check_json(document).has_value());
    const PointedValues values(document, pointers);
    for (const std::string& pointer : pointers) {
      CAPTURE(document);
      CAPTURE(pointer);
      auto expected = json_at(document, pointer);
      if (expected && pointer.empty()) {  // without the blanks around it
        expected->remove_prefix(expected->find_first_not_of(' '));
        expected->remove_suffix(expected->size() - 1 - expected->find_last_not_of(' '));
      }
      CHECK(values.at(pointer) == expected);
    }
    CHECK(values.at("/a/b/1/not-among-them") == std::nullopt);
  }
}

TEST_CASE("what is no JSON is never read beyond its end") {
  const std::string whole = R"({"a":{"b":[1,{"c":"x\\"}]},"d":[true,null]})";
  const std::vector<std::string> pointers = {"/a/b/1/c", "/d/1", "/a/b/7"};
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    const PointedValues values(cut, pointers);
    for (const std::string& pointer : pointers) {
      const auto value = values.at(pointer);
      if (value) CHECK(value->data() + value->size() <= cut.data() + cut.size());
    }
  }
}
