#include "core/rules/event_conditions.h"

#include "core/model/event.h"
#include "core/rules/pointed_values.h"
#include "core/rules/request_values.h"
#include "tests/support/remark_text.h"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

constexpr std::string_view prd =
    R"({"status":"FINAL","plan":null,"count":3,"price":1.50,"draft":false,"tags":["a","b"],)"
    R"("owner":{"name":"Z\u006fe"},"a/b":"x","status":"DRAFT","type":"prd"})";

std::vector<Condition> conditions_of(std::initializer_list<std::string_view> texts) {
  std::vector<Condition> conditions;
  for (const std::string_view text : texts) {
    auto condition = parse_event_condition(text);
    REQUIRE_MESSAGE(condition.has_value(), text);
    conditions.push_back(std::move(*condition));
  }
  return conditions;
}

// The first that does not hold, as it is written; empty if all do.
std::string unmet(std::initializer_list<std::string_view> texts, std::string_view data = prd) {
  const auto conditions = conditions_of(texts);
  const std::string body = body_for_conditions("prd.approved", data);
  const Condition* first = first_unmet(conditions, body);
  // Before it has its id as after it, and looked up together as alone.
  std::vector<std::string> pointers;
  add_pointers(conditions, pointers);
  const std::string sent = event_body(EventId{4711}, "prd.approved", Time{}, data);
  const PointedValues pointed(sent, pointers);
  CHECK(first_unmet(conditions, sent, &pointed) == first);
  return first == nullptr ? std::string() : to_text(*first);
}

}  // namespace

TEST_CASE("what must hold of an event's body") {
  const struct {
    std::string_view condition;
    bool holds;
  } rows[] = {
      {"/data/status=FINAL", true},
      {"/data/status=DRAFT", false},  // of two of one name the first counts
      {"/data/status=final", false},
      {"/data/status!=FINAL", false},
      {"/data/status!=DRAFT", true},
      {"/data/status~^(FINAL|APPROVED)$", true},
      {"/data/status!~^F", false},
      {"/data/count=3", true},
      {"/data/count=3.0", false},
      {"/data/price=1.50", true},
      {"/data/draft=false", true},
      {"/data/tags/1=b", true},
      {"/data/tags/2=b", false},
      {"/data/tags=[\"a\",\"b\"]", true},
      {"/data/owner/name=Zoe", true},
      {"/data/a~1b=x", true},
      {"/event=prd.approved", true},
      {"/event=prd.updated", false},
      {"/event~^prd[.]", true},
      // What is not there is as null: it equals "null" and nothing else.
      {"/data/missing=FINAL", false},
      {"/data/missing=", false},
      {"/data/missing~.*", false},
      {"/data/missing=null", true},
      {"/data/missing!=null", false},
      {"/data/missing!=FINAL", true},
      {"/data/missing!~F", true},
      {"/data/status/deeper=FINAL", false},
      {"/data/plan=null", true},
      {"/data/plan!=null", false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.condition);
    CHECK(unmet({row.condition}).empty() == row.holds);
  }
}

TEST_CASE("all conditions must hold, and the first that does not is told") {
  CHECK(unmet({}).empty());
  CHECK(unmet({"/data/status=FINAL", "/data/count=3"}).empty());
  CHECK(unmet({"/data/status=FINAL", "/data/count=4", "/event=x"}) == "/data/count=4");
  CHECK(unmet({"/data/a=1", "/data/count=3"}) == "/data/a=1");
}

TEST_CASE("data of every kind can be looked at") {
  CHECK(unmet({"/data=7"}, "7").empty());
  CHECK(unmet({"/data=a b"}, "\"a b\"").empty());
  CHECK(unmet({"/data=null"}, "null").empty());
  CHECK(unmet({"/data/0=x"}, R"( [ "x" ] )").empty());
  CHECK(unmet({"/data/x=1"}, "[]") == "/data/x=1");
  CHECK(unmet({"/data/x=1"}, "{}") == "/data/x=1");
  // Nothing in the data passes for what is beside it.
  CHECK(unmet({"/event=other"}, R"({"event":"other"})") == "/event=other");
}

TEST_CASE("a place that no event's body has is refused, with the place that is meant") {
  const struct {
    std::string_view text;
    std::string_view says;
    std::string_view hints;
  } rows[] = {
      {"/status=FINAL", "points to nothing", "did you mean /data/status=FINAL?"},
      {"/Data/status!=FINAL", "points to nothing", "did you mean /data/Data/status!=FINAL?"},
      {"/event/x=1", "points to nothing", "/data"},
      {"=FINAL", "", ""},
      {"/id=evt_1", "only when it is recorded", "/event, on /data"},
      {"/timestamp~^2026", "only when it is recorded", "/event, on /data"},
      {"header:x-a=1", "is on a request", "/data/status=FINAL"},
      {"query:a=1", "is on a request", "/data/status=FINAL"},
      {"literal:a=1", "literal", ""},
      {"/data/a", "not a valid condition", "FROM=TEXT"},
      {"/data/a==3", "two equals signs", "FROM=TEXT"},
      {"/data/a!==3", "two equals signs", "FROM=TEXT"},
      {"/data/a=~^x", "both = and ~", "FROM~REGEX"},
      {"/data/a~^\\d+$", "\\d is the letter d", "[0-9]"},
      {"/data/a~\\\\\\D", "\\D is the letter D", "[^0-9]"},
      {"data/a=1", "not a valid place", ""},
      {"/data/a~[", "is not valid", "grep -E"},
      {"/data/a~(a{99}){99}", "repeats too much", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto parsed = as_typed(parse_event_condition(row.text));
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::invalid);
    CHECK_MESSAGE(parsed.error().text.contains(row.says), parsed.error().text);
    CHECK_MESSAGE(remark_text(parsed.error().hint).contains(row.hints),
                  remark_text(parsed.error().hint));
  }
}

TEST_CASE("conditions have bounds") {
  const Condition one = conditions_of({"/data/a=1"}).front();
  CHECK(check_event_conditions(std::vector(20, one)));
  CHECK_FALSE(check_event_conditions(std::vector(21, one)));
  CHECK(parse_event_condition("/data/a=" + std::string(4096 - 7, 'x')));
  CHECK_FALSE(parse_event_condition("/data/a=" + std::string(4096 - 6, 'x')));
  const Condition on_header{.value = {ValueSource::header, "x-a"}, .expected = "1"};
  CHECK_FALSE(check_event_conditions({&on_header, 1}));
}

TEST_CASE("each pointer is looked up once") {
  std::vector<std::string> pointers{"/data/a"};
  add_pointers(conditions_of({"/data/a=1", "/data/b=2", "/data/b!=3"}), pointers);
  CHECK(pointers == std::vector<std::string>{"/data/a", "/data/b"});
}
