#include "core/rules/retry_schedule.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

TEST_CASE("the default schedule keeps the product's promise") {
  const auto waits = default_retry_schedule();
  CHECK(waits == std::vector<Millis>{170s, 680s, 2720s});
  Millis total{};
  for (const Millis wait : waits) total += wait;
  CHECK(total <= 1h);
  CHECK(total > 59min);
  CHECK(format_retry_schedule(waits) == "170s,680s,2720s");
}

TEST_CASE("schedules are read and written") {
  CHECK(parse_retry_schedule("1m,5m,30m").value() == std::vector<Millis>{1min, 5min, 30min});
  CHECK(parse_retry_schedule("1m, 5m ,30m").value() == std::vector<Millis>{1min, 5min, 30min});
  CHECK(parse_retry_schedule("1h30m").value() == std::vector<Millis>{90min});
  CHECK(parse_retry_schedule("1s,7d").value() == std::vector<Millis>{1s, 7 * 24h});
  CHECK(parse_retry_schedule("none").value().empty());
  CHECK(format_retry_schedule({}) == "none");
  for (const std::string text : {"none", "1m,5m,30m", "170s,680s,2720s", "1h30m", "7d"}) {
    CHECK(format_retry_schedule(parse_retry_schedule(text).value()) == text);
  }
}

TEST_CASE("schedules outside the bounds are refused") {
  std::string twenty = "1m";
  for (int i = 1; i < 20; ++i) twenty += ",1m";
  CHECK(parse_retry_schedule(twenty).value().size() == 20);

  const std::string bad[] = {"",       ",",       "1m,",          ",1m",
                             "1m,,5m", "5",       "-1m",          "999ms",
                             "0s",     "7d1ms",   "8d",           "1m;5m",
                             "None",   "none,1m", twenty + ",1m", std::string(100'000, ',')};
  for (const std::string& text : bad) {
    const auto waits = parse_retry_schedule(text);
    REQUIRE_MESSAGE(!waits.has_value(), text);
    CHECK(waits.error().code == ErrorCode::invalid);
  }
  CHECK(parse_retry_schedule("1m,8d").error().text == "a retry wait must be from 1s to 7d, not 8d");
}

TEST_CASE("the wait after each attempt, shortened and never lengthened by jitter") {
  const std::vector<Millis> waits{100s, 200s};
  CHECK(retry_wait(waits, 1, 0) == 100s);
  CHECK(retry_wait(waits, 1, 0.5) == 95s);
  CHECK(retry_wait(waits, 1, 1) == 90s);
  CHECK(retry_wait(waits, 2, 0) == 200s);
  CHECK(retry_wait(waits, 2, 0.999) > 180s);
  CHECK(retry_wait(waits, 3, 0) == std::nullopt);
  CHECK(retry_wait(waits, 1'000'000, 0) == std::nullopt);
  CHECK(retry_wait({}, 1, 0) == std::nullopt);
  // Jitter that is none does no harm.
  CHECK(retry_wait(waits, 1, -5) == 100s);
  CHECK(retry_wait(waits, 1, 7) == 90s);
}

TEST_CASE("Retry-After in seconds") {
  const Time now = *parse_rfc3339("2026-01-15T10:30:00Z");
  const struct {
    std::string header;
    std::optional<Millis> wait;
  } rows[] = {
      {"0", 0s},
      {"1", 1s},
      {"120", 120s},
      {" 120\t", 120s},
      {"0120", 120s},
      {"86400", 24h},
      {"86401", 24h},
      {"1000000000000", 24h},
      {"99999999999999999999999999", 24h},
      {"", {}},
      {" ", {}},
      {"-1", {}},
      {"+1", {}},
      {"1.5", {}},
      {"1e3", {}},
      {"0x10", {}},
      {"1 2", {}},
      {"120s", {}},
      {"soon", {}},
  };
  for (const auto& row : rows) {
    CHECK_MESSAGE(parse_retry_after(row.header, now) == row.wait, row.header);
  }
}

TEST_CASE("Retry-After as a date, in the three forms of RFC 9110") {
  const Time now = *parse_rfc3339("1994-11-06T08:49:00Z");
  const struct {
    std::string header;
    std::optional<Millis> wait;
  } rows[] = {
      {"Sun, 06 Nov 1994 08:49:37 GMT", 37s},
      {"Sunday, 06-Nov-94 08:49:37 GMT", 37s},
      {"Sun Nov  6 08:49:37 1994", 37s},
      {"Sun Nov 06 08:49:37 1994", 37s},
      {"Mon, 07 Nov 1994 08:49:00 GMT", 24h},
      {"Fri, 01 Jan 2100 00:00:00 GMT", 24h},
      {"Sun, 06 Nov 1994 08:48:59 GMT", 0s},  // past
      {"Thu, 01 Jan 1970 00:00:00 GMT", 0s},
      {"Saturday, 05-Nov-94 00:00:00 GMT", 0s},
      {"Sun, 06 Nov 1994 08:49:60 GMT", 60s},   // a leap second
      {"Sunday, 06-Nov-44 08:49:37 GMT", 24h},  // 2044: within 50 years
      {"Sunday, 06-Nov-45 08:49:37 GMT", 0s},   // 1945: 2045 would be over 50 years ahead
      {"Sun, 06 Nov 1994 08:49:37", {}},
      {"Sun, 06 Nov 1994 08:49:37 UTC", {}},
      {"Sun, 06 Nov 1994 08:49:37 +0000", {}},
      {"Sun, 6 Nov 1994 08:49:37 GMT", {}},
      {"Sun, 06 nov 1994 08:49:37 GMT", {}},
      {"Sun, 06 Nox 1994 08:49:37 GMT", {}},
      {"Sun, 31 Feb 1994 08:49:37 GMT", {}},
      {"Sun, 00 Nov 1994 08:49:37 GMT", {}},
      {"Sun, 06 Nov 1994 24:00:00 GMT", {}},
      {"Sun, 06 Nov 1994 08:60:00 GMT", {}},
      {"Sun, 06 Nov 1994 08:49:61 GMT", {}},
      {"Sun, 06 Nov 19x4 08:49:37 GMT", {}},
      {"06 Nov 1994 08:49:37 GMT", {}},
      {"Sun, ", {}},
      {"Sun", {}},
      {", ", {}},
      {"1994-11-06T08:49:37Z", {}},
  };
  for (const auto& row : rows) {
    CHECK_MESSAGE(parse_retry_after(row.header, now) == row.wait, row.header);
  }
}
