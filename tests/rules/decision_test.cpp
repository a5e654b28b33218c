// Each rule of decide by itself. Hours of them together: decision_walk_test.cpp.
#include "core/rules/decision.h"

#include "core/base/codec.h"
#include "core/rules/retry_schedule.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

namespace {

const Time now = *parse_rfc3339("2026-01-15T10:30:00Z");
const HealthPolicy policy;

Endpoint endpoint() {
  Endpoint made;
  made.name = "crm";
  made.retry = default_retry_schedule();
  return made;
}

Responded status(int code, std::string retry_after = {}) {
  return {code, std::move(retry_after), {}, {}};
}

TransportFailed failed(FailureKind kind) {
  return {kind, "detail"};
}

// One outcome of the first attempt, which took 200 ms; no jitter.
Decision decide_one(const Outcome& outcome, const EndpointHealth& health = {},
                    int attempts_made = 0, const Endpoint& to = endpoint()) {
  const Tried tried{attempts_made, now - 200ms, 200ms, outcome};
  return decide(to, health, policy, tried, now, 0, false);
}

// An endpoint that has failed so many times in a row, for so long.
EndpointHealth failing(int times, Millis for_so_long) {
  EndpointHealth health;
  health.consecutive_failures = times;
  health.failing_since = now - for_so_long;
  health.warned = times >= 5;
  return health;
}

EndpointHealth in_lane(int endpoint_failures, int window) {
  EndpointHealth health;
  health.endpoint_failures = endpoint_failures;
  health.window = window;
  return health;
}

}  // namespace

TEST_CASE("what each outcome means") {
  const struct {
    std::string name;
    Outcome outcome;
    Step step;
    bool counts;    // a failed attempt of the endpoint
    bool endpoint;  // the endpoint itself failed
    bool halves;    // the window
  } rows[] = {
      {"200", status(200), Step::deliver, false, false, false},
      {"204", status(204), Step::deliver, false, false, false},
      {"299", status(299), Step::deliver, false, false, false},
      {"199", status(199), Step::retry, true, false, false},
      {"301", status(301), Step::retry, true, false, false},
      {"304", status(304), Step::retry, true, false, false},
      {"400", status(400), Step::retry, true, false, false},
      {"401", status(401), Step::retry, true, false, false},
      {"404", status(404), Step::retry, true, false, false},
      {"408", status(408), Step::retry, true, false, false},
      {"410", status(410), Step::die, true, false, false},
      {"429", status(429), Step::retry, true, true, true},
      {"500", status(500), Step::retry, true, true, true},
      {"503", status(503), Step::retry, true, true, true},
      {"599", status(599), Step::retry, true, true, true},
      {"0", status(0), Step::retry, true, false, false},
      {"dns", failed(FailureKind::dns), Step::retry, true, true, false},
      {"connect", failed(FailureKind::connect), Step::retry, true, true, false},
      {"tls", failed(FailureKind::tls), Step::retry, true, true, false},
      {"timeout", failed(FailureKind::timeout), Step::retry, true, true, true},
      {"closed", failed(FailureKind::closed), Step::retry, true, true, false},
      {"bad answer", failed(FailureKind::bad_answer), Step::retry, true, true, false},
      {"local", failed(FailureKind::local), Step::hold, false, false, false},
      {"refused", Refused{"10.0.0.7 is private"}, Step::retry, true, true, false},
      {"interrupted", Interrupted{}, Step::hold, false, false, false},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    const Decision s = decide_one(row.outcome, in_lane(0, 8));
    CHECK(s.step == row.step);
    CHECK(s.health.consecutive_failures == (row.counts ? 1 : 0));
    CHECK(s.health.failing_since.has_value() == row.counts);
    CHECK(s.health.endpoint_failures == (row.endpoint ? 1 : 0));
    CHECK(s.health.window == (row.halves ? 4 : 8));
    CHECK(s.attempt.has_value() == (row.step != Step::hold));
    if (s.attempt) CHECK(s.attempt->ok() == (row.step == Step::deliver));
    CHECK_FALSE(s.paused);
    CHECK_FALSE(s.failing);
    if (row.step == Step::retry) CHECK(s.due_at == now + 170s);
  }
}

TEST_CASE("what was interrupted is no attempt and changes nothing") {
  EndpointHealth health = failing(7, 2h);
  health.endpoint_failures = 6;
  health.paused_until = now + 30s;
  health.pause = 60s;
  const Decision s = decide_one(Interrupted{}, health, 3);
  CHECK(s.step == Step::hold);
  CHECK_FALSE(s.attempt.has_value());
  CHECK(s.health == health);
  CHECK(s.disable == DisabledBy::nobody);
}

TEST_CASE("an attempt is kept with what a person needs to know") {
  SUBCASE("success") {
    const Decision s = decide_one(Responded{204, "", "", "thanks"}, {}, 2);
    CHECK(s.attempt->number == 3);
    CHECK(s.attempt->started_at == now - 200ms);
    CHECK(s.attempt->duration == 200ms);
    CHECK(s.attempt->status == 204);
    CHECK(s.attempt->error == "");
    CHECK(s.attempt->answer == "");
  }
  SUBCASE("an answer that is no success") {
    const Decision s = decide_one(Responded{503, "", "", "try later"});
    CHECK(s.attempt->number == 1);
    CHECK(s.attempt->status == 503);
    CHECK(s.attempt->error == "http: 503");
    CHECK(s.attempt->answer == "try later");
  }
  SUBCASE("the headers of an answer that is no success, cut, in UTF-8") {
    CHECK(decide_one(Responded{503, "", "", "", "server: x"}).attempt->answer_headers ==
          "server: x");
    CHECK(decide_one(Responded{204, "", "", "", "server: x"}, {}, 2).attempt->answer_headers == "");
    const auto kept =
        decide_one(Responded{503, "", "", "", std::string(9'000, '\xff')}).attempt->answer_headers;
    CHECK(kept.size() <= 2'048);
    CHECK(kept.starts_with("\xef\xbf\xbd"));
  }
  SUBCASE("a redirect") {
    CHECK(decide_one(Responded{302, "", "https://other/", ""}).attempt->error ==
          "redirect: 302 to https://other/");
    CHECK(decide_one(Responded{304, "", "", ""}).attempt->error == "redirect: 304");
  }
  SUBCASE("no answer") {
    const Decision s = decide_one(TransportFailed{FailureKind::timeout, "no answer within 10s"});
    CHECK(s.attempt->status == std::nullopt);
    CHECK(s.attempt->error == "timeout: no answer within 10s");
    CHECK(s.attempt->answer == "");
    CHECK(decide_one(Refused{"10.0.0.7"}).attempt->error == "refused: 10.0.0.7");
  }
}

TEST_CASE("what a receiver says is kept as at most 1 KiB of valid UTF-8") {
  const auto kept = [](std::string body) {
    return decide_one(Responded{500, "", "", std::move(body)}).attempt->answer;
  };
  CHECK(kept(std::string(5000, 'x')) == std::string(1024, 'x'));
  CHECK(kept(std::string(1023, 'x') + "ë") == std::string(1023, 'x'));
  CHECK(kept(std::string(1022, 'x') + "ë") == std::string(1022, 'x') + "ë");
  CHECK(kept("bad \xff byte") == "bad \uFFFD byte");
  CHECK(kept(std::string(5000, '\xff')).size() <= 1024);

  const std::string location(100'000, '\xfe');
  const auto error = decide_one(Responded{301, "", location, ""}).attempt->error;
  CHECK(is_valid_utf8(error));
  CHECK(error.size() <= 512);
  const auto detail = decide_one(TransportFailed{FailureKind::tls, location}).attempt->error;
  CHECK(is_valid_utf8(detail));
  CHECK(detail.size() <= 512);
}

TEST_CASE("the schedule decides when, and when it ends") {
  const Outcome bad = status(500);
  CHECK(decide_one(bad, {}, 0).due_at == now + 170s);
  CHECK(decide_one(bad, {}, 1).due_at == now + 680s);
  CHECK(decide_one(bad, {}, 2).due_at == now + 2720s);
  CHECK(decide_one(bad, {}, 3).step == Step::die);
  CHECK(decide_one(bad, {}, 3).attempt->number == 4);
  CHECK(decide_one(bad, {}, 300).step == Step::die);

  Endpoint once = endpoint();
  once.retry.clear();
  CHECK(decide_one(bad, {}, 0, once).step == Step::die);
}

TEST_CASE("jitter shortens a wait by at most a tenth and never lengthens it") {
  const Outcome bad = status(404);
  for (const double jitter : {0.0, 0.25, 0.5, 0.75, 0.999999}) {
    const Decision s = decide(endpoint(), {}, policy, {0, now, 1ms, bad}, now, jitter, false);
    CHECK(s.due_at <= now + 170s);
    CHECK(s.due_at > now + 153s - 1ms);
  }
}

TEST_CASE("Retry-After of an overloaded receiver") {
  const struct {
    int status;
    std::string header;
    Millis wait;
  } rows[] = {
      {429, "600", 600s},
      {503, "600", 600s},
      {503, "Thu, 15 Jan 2026 10:40:00 GMT", 600s},
      {429, "10", 170s},  // shorter than the schedule: ignored
      {429, "0", 170s},
      {503, "Thu, 15 Jan 2026 10:00:00 GMT", 170s},  // past
      {429, "1000000000000", 24h},                   // capped
      {429, "-1", 170s},
      {429, "soon", 170s},
      {429, "", 170s},
      {500, "600", 170s},  // only 429 and 503 are listened to
      {404, "600", 170s},
      {302, "600", 170s},
  };
  for (const auto& row : rows) {
    INFO(row.status, " ", row.header);
    const Decision s = decide_one(status(row.status, row.header));
    CHECK(s.step == Step::retry);
    CHECK(s.due_at == now + row.wait);
  }
  // It gives no attempts beyond the schedule.
  CHECK(decide_one(status(503, "60"), {}, 3).step == Step::die);
}

TEST_CASE("a success ends every streak") {
  EndpointHealth health = failing(9, 3h);
  health.endpoint_failures = 4;
  health.window = 3;
  const Decision s = decide_one(status(200), health);
  CHECK(s.step == Step::deliver);
  EndpointHealth clean;
  clean.window = 3;
  CHECK(s.health == clean);
  CHECK(s.disable == DisabledBy::nobody);
}

TEST_CASE("the window grows when the caller has counted enough successes, up to its cap") {
  Endpoint to = endpoint();
  to.max_in_flight = 5;
  const auto after = [&](int window, bool grow) {
    const Outcome ok = status(200);
    return decide(to, in_lane(0, window), policy, {0, now, 1ms, ok}, now, 0, grow).health.window;
  };
  CHECK(after(2, false) == 2);
  CHECK(after(2, true) == 3);
  CHECK(after(5, true) == 5);
  CHECK(after(9, false) == 5);  // the cap was lowered meanwhile
  CHECK(after(0, false) == 1);
}

TEST_CASE("the window is halved down to 1") {
  CHECK(decide_one(status(429), in_lane(0, 32)).health.window == 16);
  CHECK(decide_one(status(429), in_lane(0, 3)).health.window == 1);
  CHECK(decide_one(status(429), in_lane(0, 1)).health.window == 1);
}

TEST_CASE("410 disables the webhook at once") {
  const Decision s = decide_one(status(410));
  CHECK(s.step == Step::die);
  CHECK(s.disable == DisabledBy::gone);
  CHECK(s.disable_reason.find("410") != std::string::npos);
  CHECK(s.attempt->error == "http: 410");
}

TEST_CASE("failures disable by count and span together") {
  const struct {
    int before;
    Millis span;
    bool disables;
  } rows[] = {
      {8, 5h, false},  // the 9th
      {9, 0s, false},  // the 10th, but in no time
      {9, 59min, false}, {9, 1h - 1ms, false}, {9, 1h, true},
      {9, 48h, true},    {500, 59min, false},  // many, but not for an hour
      {500, 1h, true},
  };
  for (const auto& row : rows) {
    INFO(row.before);
    const Decision s = decide_one(status(503), failing(row.before, row.span));
    CHECK((s.disable == DisabledBy::failures) == row.disables);
    CHECK(s.disable_reason.empty() == !row.disables);
    CHECK(s.step == Step::retry);  // its rows are held, not lost
  }
  CHECK(decide_one(status(503), failing(9, 1h)).disable_reason ==
        "10 failed attempts in a row since 2026-01-15T09:30:00Z; last: 503");
  CHECK(decide_one(failed(FailureKind::timeout), failing(9, 1h))
            .disable_reason.ends_with("last: timeout: detail"));
}

TEST_CASE("a policy of one's own, and one that never disables or pauses") {
  const Outcome bad = status(500);
  HealthPolicy own;
  own.disable_after_failures = 3;
  own.disable_after_span = 1min;
  CHECK(decide(endpoint(), failing(2, 1min), own, {0, now, 1ms, bad}, now, 0, false).disable ==
        DisabledBy::failures);

  HealthPolicy never;
  never.disable_after_failures = 0;
  never.pause_after_failures = 0;
  EndpointHealth health = failing(1000, 1000h);
  health.endpoint_failures = 1000;
  const Decision s = decide(endpoint(), health, never, {0, now, 1ms, bad}, now, 0, false);
  CHECK(s.disable == DisabledBy::nobody);
  CHECK_FALSE(s.failing);
  CHECK_FALSE(s.paused);
}

TEST_CASE("half the count warns, once in a streak") {
  CHECK_FALSE(decide_one(status(404), failing(3, 1min)).failing);
  const Decision fifth = decide_one(status(404), failing(4, 1min));
  CHECK(fifth.failing);
  CHECK(fifth.health.warned);
  CHECK_FALSE(decide_one(status(404), fifth.health).failing);

  // A new streak warns again.
  const EndpointHealth recovered = decide_one(status(200), fifth.health).health;
  CHECK_FALSE(recovered.warned);

  // Who is being disabled is not warned as well.
  EndpointHealth unwarned = failing(9, 2h);
  unwarned.warned = false;
  const Decision last = decide_one(status(404), unwarned);
  CHECK(last.disable == DisabledBy::failures);
  CHECK_FALSE(last.failing);
}

TEST_CASE("a webhook that is disabled already is neither disabled again nor warned of") {
  Endpoint disabled = endpoint();
  disabled.state = EndpointState::disabled;
  disabled.disabled_by = DisabledBy::member;
  CHECK(decide_one(status(410), {}, 0, disabled).disable == DisabledBy::nobody);
  CHECK(decide_one(status(410), {}, 0, disabled).step == Step::die);
  CHECK(decide_one(status(500), failing(50, 9h), 0, disabled).disable == DisabledBy::nobody);
  CHECK_FALSE(decide_one(status(500), failing(4, 9h), 0, disabled).failing);
  CHECK(decide_one(status(200), {}, 0, disabled).step == Step::deliver);
}

TEST_CASE("ten failures span what a clock that is never set says, where that is known") {
  const Outcome outcome = status(500);
  Tried tried{.attempts_made = 0, .started_at = now, .duration = Millis{5}, .outcome = outcome};
  tried.failing_for = 5s;  // the wall clock jumped by a year
  const auto streak = [&](Millis since) {
    return decide(endpoint(), failing(9, since), policy, tried, now, 0, false).disable;
  };
  CHECK(streak(24h * 365) == DisabledBy::nobody);
  tried.failing_for = 2h;  // … or back
  CHECK(streak(0s) == DisabledBy::failures);
}

TEST_CASE("a streak that seems to begin in the future begins now") {
  const Decision s = decide_one(status(500), failing(9, -24h));
  CHECK(s.health.failing_since == now);
  CHECK(s.disable == DisabledBy::nobody);
}

TEST_CASE("this machine's own failure is no attempt, and not the endpoint's fault") {
  EndpointHealth health = failing(9, 2h);
  health.endpoint_failures = 4;
  health.window = 8;
  const Decision s = decide_one(failed(FailureKind::local), health);
  CHECK(s.step == Step::hold);
  CHECK_FALSE(s.attempt);
  CHECK(s.health == health);
  CHECK(s.disable == DisabledBy::nobody);
  CHECK_FALSE(s.paused);
  CHECK(decide_one(failed(FailureKind::local), health, 3).step == Step::hold);
}

TEST_CASE("the fifth failure of the endpoint itself pauses the lane") {
  CHECK_FALSE(decide_one(status(503), in_lane(3, 32)).paused);
  const Decision s = decide_one(status(503), in_lane(4, 32));
  CHECK(s.paused);
  CHECK(s.begins_pause);
  CHECK(s.health.paused_until == now + 30s);
  CHECK(s.health.pause == 30s);
  CHECK(s.health.window == 1);
  CHECK(s.step == Step::retry);
  CHECK(decide_one(Refused{"x"}, in_lane(4, 32)).paused);
  CHECK(decide_one(failed(FailureKind::dns), in_lane(4, 32)).paused);
}

TEST_CASE("jitter shortens a pause by up to a tenth; the doubling does not see it") {
  const Outcome bad = status(503);
  const auto s = decide(endpoint(), in_lane(4, 2), policy, {0, now, 1ms, bad}, now, 0.5, false);
  CHECK(s.health.paused_until == now + 28'500ms);
  CHECK(s.health.pause == 30s);
}

TEST_CASE("an answer that is no failure of the endpoint ends the row and the pause") {
  EndpointHealth health = in_lane(4, 8);
  CHECK(decide_one(status(404), health).health.endpoint_failures == 0);
  CHECK(decide_one(status(404), health).health.window == 8);

  health = in_lane(7, 4);
  health.paused_until = now - 1s;
  health.pause = 2min;
  const Decision s = decide_one(status(404), health);
  CHECK(s.health.endpoint_failures == 0);
  CHECK_FALSE(s.health.paused_until.has_value());
  CHECK(s.recovered);
  CHECK(s.health.pause == 0ms);
  CHECK(s.health.window == 1);
  CHECK(s.health.consecutive_failures == 1);
}

TEST_CASE("what was under way when the lane was paused does not pause it again") {
  EndpointHealth health = in_lane(5, 1);
  health.pause = 30s;

  health.paused_until = now + 20s;  // still paused
  Decision s = decide_one(status(503), health);
  CHECK_FALSE(s.paused);
  CHECK(s.health.paused_until == now + 20s);
  CHECK(s.health.pause == 30s);

  health.paused_until = now - 100ms;  // over, but this one had begun before
  CHECK_FALSE(decide_one(status(503), health).paused);

  health.paused_until = now - 200ms;  // the probe
  s = decide_one(status(503), health);
  CHECK(s.paused);
  CHECK_FALSE(s.begins_pause);  // it was before
  CHECK_FALSE(s.recovered);
  CHECK(s.health.pause == 60s);
  CHECK(s.health.paused_until == now + 60s);
}

TEST_CASE(
    "attempts before a retry by hand are numbered on, but do not count against the schedule") {
  const struct {
    int made, earlier;
    std::optional<Millis> wait;  // nothing: it dies
  } rows[] = {
      {0, 0, 170s}, {3, 0, {}}, {4, 4, 170s}, {5, 4, 680s}, {6, 4, 2720s}, {7, 4, {}}, {9, 9, 170s},
  };
  for (const auto& row : rows) {
    CAPTURE(row.made);
    const Outcome outcome = status(404);
    const Tried tried{row.made, now, 200ms, outcome, row.earlier};
    const Decision s = decide(endpoint(), {}, policy, tried, now, 0, false);
    CHECK(s.attempt->number == row.made + 1);
    CHECK(s.step == (row.wait ? Step::retry : Step::die));
    if (row.wait) CHECK(s.due_at == now + *row.wait);
  }
}
