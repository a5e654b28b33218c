#include "core/rules/form.h"

#include <doctest/doctest.h>

using namespace thig;
using Fields = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("a form's fields are decoded in their order") {
  const struct {
    std::string_view form;
    Fields fields;
  } rows[] = {
      {"", {}},
      {"a=1&b=2", {{"a", "1"}, {"b", "2"}}},
      {"b=2&a=1&b=3", {{"b", "2"}, {"a", "1"}, {"b", "3"}}},
      {"a=x+y%20z%2B", {{"a", "x y z+"}}},
      {"%61=%C3%ab", {{"a", "ë"}}},
      {"a&b=&=c&&", {{"a", ""}, {"b", ""}, {"", "c"}}},
      {"a=b=c", {{"a", "b=c"}}},
      {"a=%&b=%4&c=%zz&d=%+1", {{"a", "%"}, {"b", "%4"}, {"c", "%zz"}, {"d", "% 1"}}},
  };
  for (const auto& row : rows) CHECK(form_fields(row.form) == row.fields);
}

TEST_CASE("a sorted form has each name and value once") {
  CHECK(sorted_form("b=2&a=9&a=1&b=2") == "a1a9b2");
  CHECK(sorted_form("") == "");
}

TEST_CASE("a field of a URL's query") {
  const std::string_view url = "https://example.com/hook?a=1&bodySHA256=ab%63&a=2#x=9";
  CHECK(query_field(url, "a") == "1");
  CHECK(query_field(url, "bodySHA256") == "abc");
  CHECK_FALSE(query_field(url, "x"));
  CHECK_FALSE(query_field("https://example.com/", "a"));
}
