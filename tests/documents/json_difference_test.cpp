#include "core/documents/json_difference.h"

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("a difference holds the members that differ, and null for what is missing") {
  const struct {
    const char* before;
    const char* after;
    const char* was;
    const char* is;
  } rows[] = {
      {R"({"a":1,"b":"x"})", R"({"a":1,"b":"x"})", "", ""},
      {R"({"a":1,"b":"x"})", R"({"a":2,"b":"x"})", R"({"a":1})", R"({"a":2})"},
      {R"({"a":1})", R"({"b":2})", R"({"a":1,"b":null})", R"({"a":null,"b":2})"},
      {R"({"list":["a"]})", R"({"list":["a","b"]})", R"({"list":["a"]})", R"({"list":["a","b"]})"},
      {"", R"({"a":1})", "", R"({"a":1})"},
      {R"({"a":1})", "", R"({"a":1})", ""},
      {"", "", "", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.before);
    CAPTURE(row.after);
    const JsonDifference found = json_difference(row.before, row.after);
    CHECK(found.before == row.was);
    CHECK(found.after == row.is);
    CHECK(found.empty() == (*row.was == 0 && *row.is == 0));
  }
}

TEST_CASE("a difference is told in words") {
  const struct {
    JsonDifference difference;
    const char* text;
  } rows[] = {
      {{R"({"timeout":"10s"})", R"({"timeout":"5s"})"}, "timeout: 10s → 5s"},
      {{R"({"rate":null,"on":true})", R"({"rate":3,"on":false})"},
       "rate: none → 3, on: true → false"},
      {{R"({"events":["a.b"]})", R"({"events":["a.b","c.*"]})"}, "events: a.b → a.b, c.*"},
      {{R"({"events":[]})", R"({"events":["a.b"]})"}, "events: none → a.b"},
      {{R"({"headers":[{"name":"x"}]})", R"({"headers":[]})"}, R"(headers: [{"name":"x"}] → none)"},
      {{"", R"({"role":"admin"})"}, "role: admin"},
      {{R"({"role":"admin"})", ""}, "role: admin"},
      {{"", R"({"role":"admin","note":null,"list":[]})"}, "role: admin"},
      {{"", ""}, ""},
      {{R"({"text":""})", R"({"text":"x"})"}, "text: none → x"},
  };
  for (const auto& row : rows) CHECK(describe(row.difference) == row.text);
}
