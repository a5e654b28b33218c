// Hours of attempts in a row, with time moved by hand.
#include "core/rules/decision.h"
#include "core/rules/retry_schedule.h"

#include <vector>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

namespace {

// One endpoint, its health, and the time.
struct Walk {
  Endpoint endpoint;
  HealthPolicy policy;
  EndpointHealth health;
  Time start = *parse_rfc3339("2026-01-15T10:30:00Z");
  Time now = start;
  double jitter = 0;

  Walk() { endpoint.retry = default_retry_schedule(); }

  Decision attempt(const Outcome& outcome, int attempts_made = 0, bool grow = false) {
    Decision s =
        decide(endpoint, health, policy, {attempts_made, now, 0ms, outcome}, now, jitter, grow);
    health = s.health;
    if (s.disable != DisabledBy::nobody) {
      endpoint.state = EndpointState::disabled;
      endpoint.disabled_by = s.disable;
    }
    return s;
  }
};

const Outcome ok = Responded{200, {}, {}, {}};
const Outcome broken = Responded{503, {}, {}, {}};
const Outcome wrong = Responded{404, {}, {}, {}};

}  // namespace

TEST_CASE("a delivery to a dead endpoint gets exactly 4 attempts within one hour, then dies") {
  for (const double jitter : {0.0, 0.5, 0.999}) {
    Walk walk;
    walk.jitter = jitter;
    std::vector<Time> attempts;
    for (;;) {
      attempts.push_back(walk.now);
      const Decision s = walk.attempt(wrong, static_cast<int>(attempts.size()) - 1);
      CHECK(s.attempt->number == static_cast<int>(attempts.size()));
      if (s.step == Step::die) break;
      REQUIRE(s.step == Step::retry);
      CHECK(s.due_at > walk.now);
      walk.now = s.due_at;
      REQUIRE(attempts.size() < 100);
    }
    CHECK(attempts.size() == 4);
    CHECK(attempts.back() - attempts.front() <= 1h);
    CHECK(attempts.back() - attempts.front() >= 53min);
  }
}

TEST_CASE("10 failures spread over an hour disable") {
  Walk walk;
  for (int i = 0; i < 9; ++i) {
    CHECK(walk.attempt(wrong).disable == DisabledBy::nobody);
    walk.now += 400s;
  }
  CHECK(walk.now - walk.start == 1h);
  const Decision tenth = walk.attempt(wrong);
  CHECK(tenth.disable == DisabledBy::failures);
  CHECK(tenth.disable_reason ==
        "10 failed attempts in a row since 2026-01-15T10:30:00Z; last: 404");
  CHECK(walk.health.failing_since == walk.start);
}

TEST_CASE("10 failures within 59 minutes do not disable until the hour is reached") {
  Walk walk;
  for (int i = 0; i < 60; ++i) {  // one a minute: the last at 59 min
    CHECK(walk.attempt(wrong).disable == DisabledBy::nobody);
    walk.now += 1min;
  }
  CHECK(walk.attempt(wrong).disable == DisabledBy::failures);  // at 60 min
}

TEST_CASE("one success resets the count and the hour") {
  Walk walk;
  for (int i = 0; i < 9; ++i) {
    walk.attempt(wrong);
    walk.now += 10min;
  }
  walk.attempt(ok);
  CHECK(walk.health == EndpointHealth{});
  for (int i = 0; i < 9; ++i) {
    CHECK(walk.attempt(wrong).disable == DisabledBy::nobody);
    walk.now += 10min;
  }
  CHECK(walk.attempt(wrong).disable == DisabledBy::failures);
}

TEST_CASE("a long outage warns once and disables once") {
  Walk walk;
  int warned = 0;
  int disabled = 0;
  for (int i = 0; i < 100; ++i) {
    const Decision s = walk.attempt(wrong);
    warned += s.failing ? 1 : 0;
    disabled += s.disable != DisabledBy::nobody ? 1 : 0;
    walk.now += 5min;
  }
  CHECK(warned == 1);
  CHECK(disabled == 1);
}

TEST_CASE("pause doubles from 30 s to 10 min and a probe's success reopens the lane at 1") {
  Walk walk;
  walk.policy.disable_after_failures = 0;
  walk.health.window = 32;
  for (int i = 0; i < 4; ++i) CHECK_FALSE(walk.attempt(broken).paused);
  CHECK(walk.health.window == 2);

  for (const Millis expected :
       {30'000ms, 60'000ms, 120'000ms, 240'000ms, 480'000ms, 600'000ms, 600'000ms}) {
    const Decision s = walk.attempt(broken);
    CHECK(s.paused);
    REQUIRE(s.health.paused_until.has_value());
    CHECK(*s.health.paused_until - walk.now == expected);
    walk.now = *s.health.paused_until;  // the probe
  }

  walk.attempt(ok, 0, true);
  EndpointHealth reopened;
  reopened.window = 1;
  CHECK(walk.health == reopened);
  walk.attempt(ok, 0, true);
  CHECK(walk.health.window == 2);

  // The next outage pauses for 30 s again.
  for (int i = 0; i < 5; ++i) walk.attempt(broken);
  CHECK(walk.health.pause == 30s);
}

TEST_CASE("a full window that fails at once pauses the lane once") {
  Walk walk;
  walk.health.window = 32;
  int paused = 0;
  for (int i = 0; i < 32; ++i) {
    const Outcome timeout = TransportFailed{FailureKind::timeout, "no answer within 10s"};
    // All were started together and time out together.
    const Tried tried{0, walk.start, 10s, timeout};
    const Decision s =
        decide(walk.endpoint, walk.health, walk.policy, tried, walk.start + 10s, 0, false);
    walk.health = s.health;
    paused += s.paused ? 1 : 0;
  }
  CHECK(paused == 1);
  CHECK(walk.health.pause == 30s);
  CHECK(walk.health.paused_until == walk.start + 40s);
  CHECK(walk.health.window == 1);
}

TEST_CASE("deliveries that are refused one by one neither pause the lane nor narrow it") {
  Walk walk;
  walk.health.window = 16;
  for (int i = 0; i < 50; ++i) {
    CHECK_FALSE(walk.attempt(wrong).paused);
    walk.now += 1s;
  }
  CHECK(walk.health.window == 16);
  CHECK(walk.health.endpoint_failures == 0);

  // Nor do failures of the endpoint that do not follow each other.
  for (int i = 0; i < 50; ++i) CHECK_FALSE(walk.attempt(i % 5 == 4 ? wrong : broken).paused);
}

TEST_CASE("the pause survives being stored: the state is all in the health") {
  Walk walk;
  for (int i = 0; i < 5; ++i) walk.attempt(broken);
  const EndpointHealth stored = walk.health;

  Walk restarted;
  restarted.health = stored;
  restarted.now = *stored.paused_until;
  CHECK(restarted.attempt(broken).paused);
  CHECK(restarted.health.pause == 60s);
  CHECK(restarted.health.consecutive_failures == 6);
}
