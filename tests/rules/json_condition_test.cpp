#include "core/rules/json_condition.h"

#include <doctest/doctest.h>

using namespace thig;

namespace {

constexpr std::string_view order =
    R"({"id":"evt_1","data":{"userId":"u_1","n":7,"f":1.50,"on":true,"no":null,"a/b":"x",)"
    R"("list":["p","q"],"text":"a \"q\" é","o":{},"same":"7"}})";

bool met(std::string_view text) {
  const auto condition = parse_json_condition(text);
  REQUIRE(condition);
  return meets(order, {&*condition, 1});
}

}  // namespace

TEST_CASE("a value is compared as people write it") {
  const struct {
    const char* text;
    bool met;
  } rows[] = {
      {"/data/userId=u_1", true},  {"/data/userId=u_10", false},
      {"/data/userId=U_1", false}, {"/data/userId=\"u_1\"", false},
      {"/id=evt_1", true},         {"/data/n=7", true},
      {"/data/n=7.0", false},      {"/data/same=7", true},
      {"/data/f=1.50", true},      {"/data/on=true", true},
      {"/data/on=false", false},   {"/data/no=null", true},
      {"/data/a~1b=x", true},      {"/data/list/1=q", true},
      {"/data/list/2=q", false},   {"/data/text=a \"q\" é", true},
      {"/data/o={}", false},       {"/data/list=[\"p\",\"q\"]", false},
      {"/data/absent=", false},    {"/data/absent=null", false},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(met(row.text) == row.met);
  }
}

TEST_CASE("a condition that meets a repeated name does not hold") {
  const JsonCondition user{"/data/userId", "u_1"};
  for (const std::string_view text :
       {R"({"data":{"userId":"u_1","userId":"u_2"}})",
        R"({"data":{"userId":"u_1","userId":"u_1"}})", R"({"data":{"userId":"u_1"},"data":{}})",
        R"({"data":{"userId":"u_1","user\u0049d":"u_2"}})"}) {
    CHECK_FALSE_MESSAGE(meets(text, {&user, 1}), text);
  }
  // Elsewhere it does not matter.
  CHECK(meets(R"({"data":{"userId":"u_1","x":1,"x":2},"y":1,"y":2})", {&user, 1}));
}

TEST_CASE("the value begins after the first equals sign") {
  const auto condition = parse_json_condition("/data/q=a=b");
  REQUIRE(condition);
  CHECK(condition->pointer == "/data/q");
  CHECK(condition->value == "a=b");
}

TEST_CASE("all conditions are to hold") {
  const JsonCondition user{"/data/userId", "u_1"};
  const JsonCondition seven{"/data/n", "7"};
  const JsonCondition eight{"/data/n", "8"};
  const JsonCondition both[] = {user, seven};
  const JsonCondition one[] = {user, eight};
  CHECK(meets(order, both));
  CHECK_FALSE(meets(order, one));
}

TEST_CASE("what is no condition is refused") {
  for (const char* text : {"", "/data/userId", "data/userId=u", "=u", "/data/~2=u"}) {
    INFO(text);
    const auto condition = parse_json_condition(text);
    REQUIRE_FALSE(condition);
    CHECK(condition.error().code == ErrorCode::invalid);
  }
}

TEST_CASE("bodies that are no JSON, or were cut, do no harm") {
  const JsonCondition condition{"/data/userId", "u_1"};
  for (const std::string_view text : {"", "{", R"({"data":{"userId":"u_)", "\xff\xfe", "[[[[["}) {
    CHECK_FALSE(meets(text, {&condition, 1}));
  }
}
