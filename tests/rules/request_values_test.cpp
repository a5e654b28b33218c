#include "core/rules/request_values.h"

#include "tests/support/remark_text.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

constexpr std::string_view request_body =
    R"({"action":"opened","title":"Ca\u0066\u00e9 \"x\"\n","count":1.50e1,"big":12345678901234567890,)"
    R"("yes":true,"no":false,"none":null,"list":[1, 2],"object":{"a": "b"},"empty":"",)"
    R"("nul":"issues\u0000evil","line":"issues\n"})";

const std::vector<Header> headers = {
    {"X-GitHub-Event", "issues"}, {"x-twice", "first"}, {"X-Twice", "second"}, {"x-empty", ""}};

const RequestView view{.body = request_body,
                       .headers = headers,
                       .query = "name=a+b%26c&name=second&empty=&bare&x%3Dy=z"};

std::optional<std::string> value(std::string_view ref) {
  const auto parsed = parse_value_ref(ref);
  REQUIRE_MESSAGE(parsed.has_value(), ref);
  return value_of(*parsed, view);
}

bool holds_in(std::string_view condition, const RequestView& request = view) {
  const auto parsed = parse_condition(condition);
  REQUIRE_MESSAGE(parsed.has_value(), condition);
  return holds(*parsed, request);
}

// A request whose whole body is this JSON value at /v.
bool matches(std::string_view condition, const std::string& json) {
  const std::string document = "{\"v\":" + json + "}";
  return holds_in(condition, {.body = document, .headers = {}, .query = {}});
}

}  // namespace

TEST_CASE("values of a request") {
  const struct {
    std::string_view ref;
    std::optional<std::string> value;
  } rows[] = {
      {"/action", "opened"},
      {"/title", "Café \"x\"\n"},
      {"/count", "1.50e1"},
      {"/big", "12345678901234567890"},
      {"/yes", "true"},
      {"/no", "false"},
      {"/none", {}},
      {"/missing", {}},
      {"/list", "[1, 2]"},
      {"/list/1", "2"},
      {"/list/-", {}},
      {"/object", R"({"a": "b"})"},
      {"/object/a", "b"},
      {"/empty", ""},
      {"header:X-GitHub-Event", "issues"},
      {"header:x-github-event", "issues"},
      {"header:X-TWICE", "first"},
      {"header:x-empty", ""},
      {"header:x-missing", {}},
      {"query:name", "a b&c"},
      {"query:empty", ""},
      {"query:bare", ""},
      {"query:x=y", "z"},
      {"query:Name", {}},
      {"literal:PAID", "PAID"},
      {"literal:", ""},
      {"literal:/action", "/action"},
      {"literal:a=b~c", "a=b~c"},
  };
  for (const auto& row : rows) CHECK_MESSAGE(value(row.ref) == row.value, row.ref);
}

TEST_CASE("a name of a header is kept in lower case") {
  CHECK(parse_value_ref("header:X-GitHub-Event") ==
        ValueRef{.source = ValueSource::header, .text = "x-github-event"});
}

TEST_CASE("what is no place in a request is refused, with the forms that are") {
  for (const std::string_view text :
       {"title", "$.title", "data/title", "Header:x", "headers:x", "header", "query", "literal",
        " /a", "/~", "/~2", "header:", "header: x", "header:x y", "header:x\r\ny", "header:é",
        "header:a:b", "query:"}) {
    const auto parsed = parse_value_ref(text);
    REQUIRE_MESSAGE(!parsed.has_value(), text);
    CHECK(parsed.error().code == ErrorCode::invalid);
    CHECK_FALSE(parsed.error().hint.empty());
  }
  const auto parsed = parse_value_ref("title");
  for (const std::string_view form : {"/", "header:", "query:", "literal:"}) {
    CHECK(remark_text(parsed.error().hint).find(form) != std::string::npos);
  }
}

TEST_CASE("fields and where they come from") {
  const auto rule = parse_field_rule("name=/data/title");
  REQUIRE(rule.has_value());
  CHECK(rule->field == "name");
  CHECK(rule->value == ValueRef{.source = ValueSource::pointer, .text = "/data/title"});
  CHECK_FALSE(rule->fallback);
  CHECK(parse_field_rule("a_1=/x=y")->value.text == "/x=y");
  CHECK(parse_field_rule("A=literal:")->value.text.empty());

  for (const std::string_view text :
       {"", "=", "name", "=/a", "1a=/a", "_a=/a", "a-b=/a", "a b=/a", " a=/a", "a.b=/a", "é=/a",
        "__proto__=/a", "a\n=/a", "a=b", "a=/~", "a=header:", "a= /a"}) {
    const auto parsed = parse_field_rule(text);
    REQUIRE_MESSAGE(!parsed.has_value(), text);
    CHECK(parsed.error().code == ErrorCode::invalid);
  }
  CHECK_FALSE(parse_field_rule(std::string(100'000, 'a') + "=/a").has_value());
}

TEST_CASE("conditions are split at the first sign behind the place") {
  const struct {
    std::string_view text;
    std::string_view ref;
    bool is_regex;
    std::string_view expected;
    bool negated = false;
  } rows[] = {
      {"/action=opened", "/action", false, "opened"},
      {"header:X-GitHub-Event~^issues$", "header:x-github-event", true, "^issues$"},
      {"/a=b~c", "/a", false, "b~c"},
      {"/a~b=c", "/a", true, "b=c"},
      {"/a~1b=c", "/a~1b", false, "c"},
      {"/a~0b~c", "/a~0b", true, "c"},
      {"/a~~1", "/a", true, "~1"},
      {"/a=", "/a", false, ""},
      {"/a==b", "/a", false, "=b"},
      {"/=x", "/", false, "x"},
      {"query:q=1", "query:q", false, "1"},
      {"query:q~1", "query:q", true, "1"},
      {"query:q~0=1", "query:q", true, "0=1"},
      {"/a!=b", "/a", false, "b", true},
      {"/a!~b", "/a", true, "b", true},
      {"/a=!b", "/a", false, "!b"},
      {"/a!b=c", "/a!b", false, "c"},
      {"/!=c", "/", false, "c", true},
      {"header:x-a!=", "header:x-a", false, "", true},
      {"/a~1b!~c", "/a~1b", true, "c", true},
  };
  for (const auto& row : rows) {
    const auto condition = parse_condition(row.text);
    REQUIRE_MESSAGE(condition.has_value(), row.text);
    CHECK(to_text(condition->value) == row.ref);
    CHECK(condition->is_regex == row.is_regex);
    CHECK(condition->expected == row.expected);
    CHECK(condition->negated == row.negated);
  }
}

TEST_CASE("what is no condition is refused") {
  for (const std::string& text : {std::string(""),
                                  std::string("="),
                                  std::string("~"),
                                  std::string("=x"),
                                  std::string("!=x"),
                                  std::string("!~x"),
                                  std::string("/a!!=x"),
                                  std::string("/action"),
                                  std::string("/a~1"),
                                  std::string("action=opened"),
                                  std::string("header:x"),
                                  std::string("header:=x"),
                                  std::string("query:=x"),
                                  std::string("literal:a=a"),
                                  std::string("literal:a"),
                                  std::string("literal:=x"),
                                  std::string("literal:a~."),
                                  std::string("/a~["),
                                  std::string("/a~("),
                                  std::string("/a~a{2,1}"),
                                  std::string("/a~[[:nope:]]"),
                                  std::string("/a~(a)\\1"),
                                  std::string("/a~((a*)*)\\2"),
                                  std::string("/a~\\\\\\1"),
                                  std::string("/a~\\0"),
                                  std::string("/a~a\0b", 6),
                                  "/a~" + std::string(201, 'a'),
                                  "/a~" + std::string(198, '(')}) {
    const auto condition = parse_condition(text);
    REQUIRE_MESSAGE(!condition.has_value(), text);
    CHECK(condition.error().code == ErrorCode::invalid);
  }
  CHECK(parse_condition("/a~" + std::string(200, 'a')).has_value());
}

TEST_CASE("conditions hold or do not") {
  const struct {
    std::string_view condition;
    bool holds;
  } rows[] = {
      {"/action=opened", true},
      {"/action=Opened", false},
      {"/action=open", false},
      {"/action=", false},
      {"/empty=", true},
      {"/none=", false},
      {"/none=null", true},  // null is as good as not there, and can be asked for
      {"/missing=null", true},
      {"header:x-missing=null", true},
      {"/action=null", false},
      {"/empty=null", false},
      {"/none!=null", false},
      {"/missing!=null", false},
      {"/action!=null", true},
      {"/action!=opened", false},
      {"/action!=closed", true},
      {"/missing!=closed", true},
      {"/none!=", true},
      {"/action!~^open", false},
      {"/action!~^close", true},
      {"/none!~.*", true},
      {"/missing!~.*", true},
      {"header:X-GitHub-Event!=push", true},
      {"query:name!=a b&c", false},
      {"/nul!~issues", false},  // nor does its negation hold where none is tried
      {"/none~.*", false},
      {"/missing=", false},
      {"/missing~.*", false},
      {"/yes=true", true},
      {"/count=15", false},  // as it is written
      {"/count=1.50e1", true},
      {"/list=[1, 2]", true},
      {"/action~open", true},
      {"/action~^open$", false},
      {"/action~^(opened|closed)$", true},
      {"/action~^[[:alpha:]]+$", true},
      {"/action~OPENED", false},
      {"/list~2", true},
      {"header:X-GitHub-Event~^issues$", true},
      {"header:X-Twice=second", false},
      {"query:name=a b&c", true},
      {"query:x=", false},
      {"/line~^issues$", false},  // a line end is a character like others
      {"/line~^issues.$", true},
      {"/nul~^issues$", false},
      {"/nul~issues", false},
  };
  for (const auto& row : rows) CHECK_MESSAGE(holds_in(row.condition) == row.holds, row.condition);
}

TEST_CASE("values over 4 KiB match no regular expression") {
  CHECK(matches("/v~a", '"' + std::string(4096, 'a') + '"'));
  CHECK_FALSE(matches("/v~a", '"' + std::string(4097, 'a') + '"'));
  CHECK_FALSE(matches("/v!~b", '"' + std::string(4097, 'a') + '"'));
  CHECK(matches("/v=" + std::string(5000, 'a'), '"' + std::string(5000, 'a') + '"'));
}

TEST_CASE("the larger an expression with repetitions, the shorter the values that it is tried on") {
  const auto text = [](std::size_t before, std::size_t after) {
    return '"' + std::string(before, 'b') + 'a' + std::string(after, 'b') + "c\"";
  };
  CHECK(matches("/v~.*a.{100}c", text(88, 100)));
  CHECK_FALSE(matches("/v~.*a.{100}c", text(89, 100)));
  CHECK_FALSE(matches("/v!~.*a.{100}d", text(89, 100)));
  CHECK(matches("/v~^b*a+c$", text(500, 0)));
  CHECK_FALSE(matches("/v~^b*a+c$", text(1000, 0)));
  CHECK(matches("/v~ac", text(4000, 0)));
}

TEST_CASE("expressions that ruin other matchers end on the longest value") {
  const std::string longest = '"' + std::string(4096, 'a') + '"';
  for (const std::string_view pattern : {"(a*)*b", "(a+)+$b", "(a|aa)+b", "(a|a)*b",
                                         ".*.*.*.*.*.*b", "((((a?)*)*)*)*b", "(.*a){12}b"}) {
    CHECK_FALSE(matches("/v~" + std::string(pattern), longest));
  }
}

TEST_CASE("expressions that repeat too much are refused before they are compiled") {
  for (const std::string_view pattern :
       {"((((a{255}){255}){255}){255}){255}", "(.{0,100}){0,30}b", "(.{0,100}){0,15}", ".{5000}",
        "a{1500}", "a{32767}", "a{99999999999999999999}", "a{50}{50}", "a{50}*{50}", "(a{50})+{50}",
        "((a{1,11}){1,11}){1,11}"}) {
    const auto condition = parse_condition("/a~" + std::string(pattern));
    REQUIRE_MESSAGE(!condition.has_value(), pattern);
    CHECK(condition.error().text.find("repeats too much") != std::string::npos);
  }
  for (const std::string_view pattern :
       {"^[0-9a-f]{64}$", "^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$", "^.{0,1000}$",
        "^([0-9]{1,3}[.]){3}[0-9]{1,3}$", "a{3}{4}", "[{]{2,}"}) {
    CHECK_MESSAGE(parse_condition("/a~" + std::string(pattern)).has_value(), pattern);
  }
}

TEST_CASE("what is written is read back as the same") {
  for (const std::string_view text : {"/", "/data/title", "/a~1b~0", "/ë", "header:x-a",
                                      "query:a=b", "literal:", "literal:query:x", "literal:~"}) {
    CHECK(to_text(*parse_value_ref(text)) == text);
    const std::string rule = "name=" + std::string(text);
    CHECK(to_text(*parse_field_rule(rule)) == rule);
  }
  for (const std::string_view text :
       {"/action=opened", "/a~1b=c~d", "/a~~1", "/a~0~^x=y$", "header:x-a~^$",
        "query:q==", "/=", "/a!=b", "/a!~b", "header:x!=", "query:a!~^1$"}) {
    const auto condition = parse_condition(text);
    REQUIRE_MESSAGE(condition.has_value(), text);
    CHECK(to_text(*condition) == text);
    CHECK(parse_condition(to_text(*condition)) == *condition);
  }
}
