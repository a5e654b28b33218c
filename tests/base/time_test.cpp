#include "core/base/time.h"

#include "core/base/clock.h"
#include "tests/support/remark_text.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

TEST_CASE("times are written in UTC") {
  const Time time = time_from_millis(1'768'473'000'123);
  CHECK(format_rfc3339(time) == "2026-01-15T10:30:00Z");
  CHECK(format_rfc3339_millis(time) == "2026-01-15T10:30:00.123Z");
  CHECK(format_rfc3339(Time{}) == "1970-01-01T00:00:00Z");
  CHECK(format_rfc3339_millis(time_from_millis(7)) == "1970-01-01T00:00:00.007Z");
  CHECK(format_rfc3339_millis(time_from_millis(-1)) == "1969-12-31T23:59:59.999Z");
  // Years of four digits, and their ends for what is beyond.
  const Time last = time_from_millis(253'402'300'799'999);
  CHECK(format_rfc3339_millis(last) == "9999-12-31T23:59:59.999Z");
  CHECK(format_rfc3339_millis(last + 1ms) == "9999-12-31T23:59:59.999Z");
  CHECK(format_rfc3339(last + 24h) == "9999-12-31T23:59:59Z");
  const Time first = time_from_millis(-62'167'219'200'000);
  CHECK(format_rfc3339_millis(first) == "0000-01-01T00:00:00.000Z");
  CHECK(format_rfc3339_millis(first - 1ms) == "0000-01-01T00:00:00.000Z");
}

TEST_CASE("the times in a sentence are written as people are told them") {
  const auto told = [](std::string_view text) {
    return rewrite_times(text, [](Time time) { return std::to_string(to_unix_seconds(time)); });
  };
  CHECK(told("") == "");
  CHECK(told("since 2026-01-15T10:30:00Z; last: 503") == "since 1768473000; last: 503");
  CHECK(told("2026-01-15T10:30:00Z2026-01-15T10:30:01Z") == "17684730001768473001");
  for (const std::string_view kept :
       {"none", "2026-01-15T10:30:00", "2026-13-15T10:30:00Z", "2026-01-15t10:30:00Z",
        "2026-01-15T10:30:00.123Z", "ZZZZZZZZZZZZZZZZZZZZZ", "\xf0\x9f\xa6\x94 Z"}) {
    CHECK(told(kept) == kept);
  }
}

TEST_CASE("times are read in either form and any zone") {
  const struct {
    std::string text;
    long long millis;
  } rows[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-01-15T10:30:00Z", 1'768'473'000'000},
      {"2026-01-15T10:30:00.123Z", 1'768'473'000'123},
      {"2026-01-15T10:30:00.1Z", 1'768'473'000'100},
      {"2026-01-15T10:30:00.123999999Z", 1'768'473'000'123},
      {"2026-01-15t10:30:00z", 1'768'473'000'000},
      {"2026-01-15T12:00:00+01:30", 1'768'473'000'000},
      {"2026-01-15T02:30:00-08:00", 1'768'473'000'000},
      {"2024-02-29T00:00:00Z", 1'709'164'800'000},
      {"9999-12-31T23:59:59.999Z", 253'402'300'799'999},
  };
  for (const auto& row : rows) {
    CHECK_MESSAGE(parse_rfc3339(row.text) == time_from_millis(row.millis), row.text);
  }
}

TEST_CASE("what is no such time is refused") {
  const char* const bad[] = {
      "",
      "now",
      "2026-01-15",
      "2026-01-15T10:30Z",
      "2026-01-15T10:30:00",
      "2026-01-15 10:30:00Z",
      "2026-1-15T10:30:00Z",
      "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z",
      "2026-02-29T00:00:00Z",
      "2026-01-32T00:00:00Z",
      "2026-01-15T24:00:00Z",
      "2026-01-15T10:60:00Z",
      "2026-01-15T10:30:60Z",
      "2026-01-15T10:30:00.Z",
      "2026-01-15T10:30:00.1234567890Z",
      "2026-01-15T10:30:00+1:00",
      "2026-01-15T10:30:00+24:00",
      "2026-01-15T10:30:00+01:60",
      "2026-01-15T10:30:00Z ",
      " 2026-01-15T10:30:00Z",
      "2026-01-15T10:30:00Zjunk",
      "+026-01-15T10:30:00Z",
      "1969-12-31T23:59:59Z",
      "1970-01-01T00:00:00+00:01",
      "9999-12-31T23:59:59-00:01",
      "10000-01-01T00:00:00Z",
  };
  for (const std::string text : bad) CHECK_MESSAGE(!parse_rfc3339(text), text);
}

TEST_CASE("durations are read") {
  const struct {
    std::string text;
    Millis span;
  } rows[] = {
      {"0s", 0ms},      {"250ms", 250ms},  {"90s", 90s},     {"5m", 5min},
      {"2h", 2h},       {"7d", 7 * 24h},   {"1h30m", 90min}, {"1d2h3m4s5ms", 93784005ms},
      {"90m", 90min},   {"007s", 7s},      {"1m0s", 1min},   {"3650d", 3650 * 24h},
      {"2w", 14 * 24h}, {"1w1d", 8 * 24h},
  };
  for (const auto& row : rows) {
    const auto span = parse_duration(row.text);
    REQUIRE_MESSAGE(span.has_value(), row.text);
    CHECK(*span == row.span);
  }
}

TEST_CASE("what is no duration is refused with its name and a hint") {
  const char* const bad[] = {"",
                             "5",
                             "m",
                             "-5m",
                             "+5m",
                             "5 m",
                             "1.5h",
                             "5M",
                             "5y",
                             "1d1w",
                             "30m1h",
                             "1m1m",
                             "1ms1s",
                             "1h30",
                             "5mm",
                             " 5m",
                             "5m ",
                             "0x5s",
                             "3651d",
                             "3650d1ms",
                             "99999999999999999999s",
                             "9223372036854775807d"};
  for (const std::string text : bad) {
    const auto span = parse_duration(text);
    REQUIRE_MESSAGE(!span.has_value(), text);
    CHECK(span.error().code == ErrorCode::invalid);
    CHECK(span.error().text.find('"' + std::string(text) + '"') != std::string::npos);
    CHECK(remark_text(span.error().hint) != "");
  }
}

TEST_CASE("durations are written so that they read back the same") {
  const struct {
    Millis span;
    std::string text;
  } rows[] = {
      {0ms, "0s"},    {1ms, "1ms"},     {1500ms, "1500ms"}, {10s, "10s"},      {170s, "170s"},
      {680s, "680s"}, {2720s, "2720s"}, {5min, "5m"},       {1h, "1h"},        {90min, "1h30m"},
      {24h, "1d"},    {36h, "1d12h"},   {7 * 24h, "7d"},    {3661s, "1h1m1s"},
  };
  for (const auto& row : rows) {
    CHECK(format_duration(row.span) == row.text);
    CHECK(parse_duration(row.text).value() == row.span);
  }
  CHECK(format_duration(-90s) == "-90s");  // for messages only: it is not read back
}

TEST_CASE("distances in time are told as people do") {
  const Time now = time_from_millis(1'768'473'000'000);
  const struct {
    Millis ago;
    std::string text;
  } rows[] = {
      {0s, "just now"},    {4999ms, "just now"},    {5s, "5 s ago"},       {42s, "42 s ago"},
      {60s, "1 min ago"},  {3min, "3 min ago"},     {3599s, "59 min ago"}, {2h, "2 h ago"},
      {24h, "1 day ago"},  {5 * 24h, "5 days ago"}, {-4s, "just now"},     {-42s, "in 42 s"},
      {-3min, "in 3 min"}, {-2h, "in 2 h"},         {-48h, "in 2 days"},
  };
  for (const auto& row : rows) CHECK(describe_relative(now - row.ago, now) == row.text);
}

TEST_CASE("seconds since 1970 are cut downwards") {
  CHECK(to_unix_seconds(time_from_millis(1999)) == 1);
  CHECK(to_unix_seconds(time_from_millis(-1)) == -1);
  CHECK(to_millis(time_from_millis(123)) == 123);
}

TEST_CASE("the system clock tells both times") {
  const SystemClock clock;
  const Instant first = clock.now();
  const Instant second = clock.now();
  CHECK(first.wall > parse_rfc3339("2024-01-01T00:00:00Z"));
  CHECK(second.steady >= first.steady);
}
