#include "core/rules/request_body.h"

#include "core/base/json.h"
#include "core/rules/form.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

constexpr std::size_t most = 1u << 20;
constexpr std::string_view form = "application/x-www-form-urlencoded";

std::string repeated(std::string_view text, std::ptrdiff_t times) {
  std::string out;
  for (std::ptrdiff_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("which content types are taken") {
  const struct {
    std::string_view type;
    std::vector<std::string> accepted;
    bool taken;
  } rows[] = {
      {"", {}, true},
      {"application/json", {}, true},
      {"Application/JSON; charset=utf-8", {}, true},
      {"  application/json\t;x=y", {}, true},
      {"application/cloudevents+json", {}, true},
      {"application/vnd.api+JSON;v=1", {}, true},
      {"application/x-www-form-urlencoded; charset=UTF-8", {}, true},
      {"text/plain", {}, false},
      {"text/json", {}, false},
      {"application/jsonp", {}, false},
      {"application/json-patch", {}, false},
      {"application/json, text/plain", {}, false},
      {"application/xml;x=application/json", {}, false},
      {"multipart/form-data; boundary=x", {}, false},
      {"application/x-www-form-urlencodedx", {}, false},
      {"application/json", {"application/json"}, true},
      {"APPLICATION/json;charset=x", {"application/json"}, true},
      {"application/json", {"Application/JSON"}, true},
      {"application/json", {"text/plain", "application/json"}, true},
      {"application/x+json", {"application/json"}, false},
      {form, {"application/json"}, false},
      {"", {"application/json"}, false},
  };
  for (const auto& row : rows) {
    CHECK_MESSAGE(is_accepted_type(row.type, row.accepted) == row.taken, row.type);
  }
}

TEST_CASE("JSON stays as it is") {
  for (const std::string_view body :
       {R"({"a":1})", R"( { "b" : [ ] , "a":"\u0061" } )", "[1]", "5", "null", R"("x")",
        R"([{"a":1},{"a":2}])", R"({"a":{"b":1},"b":{"b":1}})", R"({"a":"\ud800","b":1e999})"}) {
    for (const std::string_view type :
         {"", "application/json", "application/x+json; charset=utf-8"}) {
      CHECK(body_as_json(type, body, most) == std::string(body));
    }
  }
  CHECK(body_as_json("application/json", "", most) == "{}");
  CHECK(body_as_json("", "", most) == "{}");
}

TEST_CASE("what is no JSON, or could be read in two ways, is refused") {
  for (const std::string& body : {std::string("{"),
                                  std::string("hello"),
                                  std::string("{\"a\":1}x"),
                                  std::string("{\"a\":1}{}"),
                                  std::string("\xEF\xBB\xBF{}"),
                                  std::string("{\"a\":\"\xff\"}"),
                                  std::string("{\"a\":\"\xc0\xaf\"}"),
                                  std::string("{\"a\":NaN}"),
                                  std::string("{\"a\":Infinity}"),
                                  std::string("{\"a\":01}"),
                                  std::string("{'a':1}"),
                                  std::string("{\"a\":1,}"),
                                  std::string("{}\0", 3),
                                  std::string("{\"a\":\"\0\"}", 9),
                                  std::string("a=1"),
                                  std::string("{\"a\":1,\"a\":2}"),
                                  std::string("{\"a\":1,\"b\":3,\"a\":1}"),
                                  std::string("{\"a\":1,\"\\u0061\":2}"),
                                  std::string("{\"\":1,\"\":2}"),
                                  std::string("{\"x\":{\"a\":1,\"a\":2}}"),
                                  std::string("[[{\"x\":[{\"a\":1,\"\\u0061\":2}]}]]"),
                                  std::string("{\"a/b\":1,\"a\\/b\":2}"),
                                  repeated("[", 65) + repeated("]", 65),
                                  repeated("[", 500'000)}) {
    const auto json = body_as_json("application/json", body, most);
    REQUIRE_MESSAGE(!json.has_value(), body.substr(0, 80));
    CHECK(json.error().code == ErrorCode::invalid);
    CHECK(json.error().text.size() < 300);
  }
  CHECK(body_as_json("", repeated("[", 64) + repeated("]", 64), most).has_value());
}

TEST_CASE("a form becomes the object of its fields") {
  const struct {
    std::string_view body;
    std::string_view json;
  } rows[] = {
      {"", "{}"},
      {"a=1&b=2", R"({"a":"1","b":"2"})"},
      {"b=2&a=1&b=3&b=2", R"({"b":["2","3","2"],"a":"1"})"},
      {"a=x+y%20%22%5C%0A", R"({"a":"x y \"\\\n"})"},
      {"a&=c&&", R"({"a":"","":"c"})"},
      {"%61=1&a=2", R"({"a":["1","2"]})"},
      {"a=%00", R"({"a":"\u0000"})"},
      {"a=%zz&b=%", R"({"a":"%zz","b":"%"})"},
      {"a=%7B%22b%22%3A1%7D", R"({"a":"{\"b\":1}"})"},
      {"%22%3A1%2C%22x=1", R"({"\":1,\"x":"1"})"},
      {"payload=hello&a=1", R"({"payload":"hello","a":"1"})"},
      {"payload=", R"({"payload":""})"},
      {"payload=5&a=1", R"({"payload":"5","a":"1"})"},
      // What GitHub sends.
      {"payload=%7B%22action%22%3A%22opened%22%7D", R"({"action":"opened"})"},
      {"a=1&payload=%7B%22b%22%3A+2%7D&c=3", R"({"b": 2})"},
      {"Payload=%7B%7D", R"({"Payload":"{}"})"},
  };
  for (const auto& row : rows) {
    const auto json =
        body_as_json("Application/X-WWW-form-urlencoded;charset=utf-8", row.body, most);
    REQUIRE_MESSAGE(json.has_value(), row.body);
    CHECK(*json == row.json);
    CHECK(check_json(*json).has_value());
  }
}

TEST_CASE("a form is read by the character set that it names") {
  const struct {
    std::string_view type;
    std::string_view body;
    std::string_view json;
  } rows[] = {
      // As PayPal sends it.
      {form, "charset=windows-1252&name=Pepe+Garc%EDa&price=%80+5",
       R"({"charset":"windows-1252","name":"Pepe García","price":"€ 5"})"},
      {"application/x-www-form-urlencoded; charset=\"ISO-8859-1\"", "n%E9=%E9%9F",
       R"({"né":"éŸ"})"},
      {"application/x-www-form-urlencoded;x=y ; Charset=Latin1", "a=\xed", R"({"a":"í"})"},
      {form, "a=%ED&_charset_=windows-1252", R"({"a":"í","_charset_":"windows-1252"})"},
      // The content type goes before a field, and UTF-8 is what it is.
      {"application/x-www-form-urlencoded;charset=utf-8", "charset=latin1&a=%C3%A9",
       R"({"charset":"latin1","a":"é"})"},
      {form, "charset=utf-8&a=%C3%A9", R"({"charset":"utf-8","a":"é"})"},
      // Of others, and without a name, what is no UTF-8 is replaced.
      {form, "a=%ff", "{\"a\":\"\uFFFD\"}"},
      {form, "%ff=1&%fe=2", "{\"\uFFFD\":[\"1\",\"2\"]}"},
      {form, "a=\xc0\xaf", "{\"a\":\"\uFFFD\uFFFD\"}"},
      {form, "charset=shift_jis&a=%82%a0x", "{\"charset\":\"shift_jis\",\"a\":\"\uFFFD\uFFFDx\"}"},
  };
  for (const auto& row : rows) {
    const auto json = body_as_json(row.type, row.body, most);
    REQUIRE_MESSAGE(json.has_value(), row.body);
    CHECK_MESSAGE(*json == row.json, *json);
    CHECK(check_json(*json).has_value());
  }
}

TEST_CASE("a JSON object is not read as a form") {
  CHECK(body_as_json(form, R"({"a":"b=c&d"})", most) == R"({"a":"b=c&d"})");
  CHECK(body_as_json(form, "{}", most) == "{}");
  CHECK_FALSE(body_as_json(form, R"({"a":1,"a":2})", most).has_value());
  CHECK(body_as_json(form, "{a=1", most) == R"({"{a":"1"})");
  CHECK(body_as_json(form, "[1]", most) == R"({"[1]":""})");
}

TEST_CASE("forms that are refused") {
  for (const std::string& body :
       {repeated("a=1&", most_form_fields) + "a=1", repeated("a&", 500'000), repeated("&", 100'000),
        std::string("payload={\"a\":1,\"a\":2}"), std::string("payload={\"a\":{\"b\":1,\"b\":2}}"),
        std::string("payload={\"a\":"),
        "payload=" + repeated("{\"a\":", 65) + "1" + repeated("}", 65),
        std::string("payload={\"a\":1}&payload={\"a\":2}"),
        std::string("payload={\"a\":1}&payload=x"), "a=" + std::string(most, 'x'),
        std::string("payload={x")}) {
    const auto json = body_as_json(form, body, most);
    REQUIRE_MESSAGE(!json.has_value(), body.substr(0, 80));
    CHECK(json.error().code == ErrorCode::invalid);
    CHECK(json.error().text.size() < 300);
  }
  CHECK(body_as_json(form, repeated("a=1&", most_form_fields - 1) + "a=1", most).has_value());
}

TEST_CASE("the limit is kept to the byte") {
  CHECK(body_as_json("", R"({"a":1})", 7).has_value());
  CHECK_FALSE(body_as_json("", R"({"a":1})", 6).has_value());
  CHECK(body_as_json(form, "a=1", 3).has_value());
  CHECK_FALSE(body_as_json(form, "a=1", 2).has_value());
}

TEST_CASE("what another content type holds must be JSON") {
  for (const std::string_view type :
       {"text/plain", "application/xml", "multipart/form-data", "x"}) {
    CHECK_FALSE(body_as_json(type, "a=1", most).has_value());
    CHECK_FALSE(body_as_json(type, "<a/>", most).has_value());
  }
}
