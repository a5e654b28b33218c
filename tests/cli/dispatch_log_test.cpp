#include "cli/log/dispatch_log.h"

#include "tests/cli/cli_run.h"

#include <doctest/doctest.h>

namespace thig {
namespace {

AttemptReport failed_attempt(Time at) {
  AttemptReport report;
  report.id = {.event = EventId{5}, .endpoint = EndpointId{6}};
  report.endpoint_name = "crm\x1b";
  report.event_type = "project.created";
  report.attempt = {.number = 2,
                    .started_at = at,
                    .duration = Millis{12},
                    .status = 503,
                    .error = "http: 503",
                    .answer = {}};
  report.retry_at = at + std::chrono::minutes(11);
  return report;
}

AttemptReport good_attempt(Time at) {
  AttemptReport report = failed_attempt(at);
  report.attempt.status = 204;
  report.attempt.error.clear();
  report.state = DeliveryState::delivered;
  report.retry_at.reset();
  return report;
}

}  // namespace

TEST_CASE("attempts are told in a line each, for people") {
  Console console(with_json(false));
  DispatchLog log(console.context, DispatchLog::Attempts::told);
  const Time now = console.clock.now().wall;
  log.settled(failed_attempt(now));
  log.settled(good_attempt(now));
  CHECK(console.out.text() == "");
  log.flush();
  CHECK(console.out.text() ==
        "2026-01-15T10:00:00.000Z warning: crm\\x1b project.created dlv_000000000000500000006 "
        "failed: http: 503 "
        "(12 ms, attempt 2; next in 11 min)\n"
        "2026-01-15T10:00:00.000Z info: crm\\x1b project.created dlv_000000000000500000006 "
        "delivered: 204 "
        "(12 ms, attempt 2)\n");
  CHECK(describe(log.counts()) == "2 attempts: 1 delivered, 1 failed");
}

TEST_CASE("attempts are counted only, where nobody wants lines") {
  Console console(with_json(false));
  DispatchLog log(console.context, DispatchLog::Attempts::counted);
  AttemptReport last = failed_attempt(console.clock.now().wall);
  last.state = DeliveryState::dead;
  log.settled(last);
  log.flush();
  CHECK(console.out.text() == "");
  CHECK(describe(log.counts()) == "1 attempt: 0 delivered, 1 failed (1 dead)");
}

TEST_CASE("as JSON Lines, attempts and troubles alike are data") {
  Console console(with_json(true));
  DispatchLog log(console.context, DispatchLog::Attempts::counted);
  log.settled(failed_attempt(console.clock.now().wall));
  Endpoint endpoint;
  endpoint.name = "crm";
  EndpointHealth health;
  health.pause = std::chrono::seconds(30);
  log.paused(endpoint, health);
  log.disabled(endpoint, "10 failed attempts");
  log.stuck({ErrorCode::full, "the disk is full", ""});
  log.flush();
  const std::string text = console.out.text();
  const std::string first = text.substr(0, text.find('\n'));
  REQUIRE(check_json(first));
  CHECK(json_find(first, "kind") == R"("attempt")");
  CHECK(json_find(first, "status") == "503");
  CHECK(json_find(first, "ok") == "false");
  CHECK(json_find(first, "retryAt") == R"("2026-01-15T10:11:00.000Z")");
  for (const std::string kind : {"paused", "disabled", "stuck"}) {
    CHECK_MESSAGE(text.find("\"kind\":\"" + kind + "\"") != text.npos, kind);
  }
  CHECK(console.err.text() == "");
}

TEST_CASE("troubles are warnings on stderr, for people") {
  Console console(with_json(false));
  DispatchLog log(console.context, DispatchLog::Attempts::counted);
  Endpoint endpoint;
  endpoint.name = "crm";
  log.disabled(endpoint, "the receiver answered 410");
  CHECK(
      console.err.text() ==
      "warning: crm was disabled just now: the receiver answered 410; when the endpoint is fixed: "
      "thig-hooks enable crm\n");
  log.blocked(endpoint, {ErrorCode::key, "no key", ""});
  REQUIRE(log.blocked_by());
  CHECK(log.blocked_by()->code == ErrorCode::key);
}

TEST_CASE("passing troubles are not told where quiet is asked for, grave ones are") {
  Console console(with_json(false));
  console.options.quiet = true;
  DispatchLog log(console.context, DispatchLog::Attempts::counted);
  Endpoint endpoint;
  endpoint.name = "crm";
  log.failing(endpoint, {});
  log.paused(endpoint, {});
  CHECK(console.err.text() == "");
  log.disabled(endpoint, "10 failed attempts");
  CHECK(console.err.text() != "");
}

TEST_CASE("what limits deliveries is told to those who ask for more") {
  const LimitReport report{.limit = Limit::receiver, .seconds = 42, .webhook = "crm"};
  Console plain(with_json(false));
  DispatchLog(plain.context, DispatchLog::Attempts::told).limited(report);
  CHECK(plain.err.text() == "");
  Console verbose(with_json(false));
  verbose.options.verbose = true;
  DispatchLog log(verbose.context, DispatchLog::Attempts::told);
  log.limited(report);
  CHECK(verbose.err.text() ==
        "in 42 of the last 60 seconds crm did not respond faster, with the maximum of concurrent "
        "attempts for its webhook (edit --max-in-flight)\n");
  for (const Limit limit :
       {Limit::window, Limit::rate, Limit::capacity, Limit::database, Limit::processor}) {
    const std::size_t before = verbose.err.text().size();
    log.limited({.limit = limit, .seconds = 6, .webhook = "crm"});
    CHECK(verbose.err.text().size() > before + 40);
  }
  Console json(with_json(true));
  json.options.verbose = true;
  DispatchLog lines(json.context, DispatchLog::Attempts::told);
  lines.limited(report);
  lines.flush();
  CHECK(json_find(json.out.text(), "kind") == R"("limited")");
  CHECK(json_find(json.out.text(), "webhook") == R"("crm")");
}

TEST_CASE("a log that cannot be written does not stop the work") {
  Console console(with_json(true));
  DispatchLog log(console.context, DispatchLog::Attempts::told);
  SUBCASE("the disk is full") {
    console.out.break_off(ErrorCode::file);
  }
  SUBCASE("the reader has gone") {
    console.out.lose_reader();
  }
  log.settled(good_attempt(console.clock.now().wall));
  log.flush();
  CHECK_FALSE(console.stop.requested());
  CHECK(log.counts().delivered == 1);
}

}  // namespace thig
