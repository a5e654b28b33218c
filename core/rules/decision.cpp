#include "core/rules/decision.h"

#include "core/base/codec.h"
#include "core/rules/retry_schedule.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_answer = 1024;
constexpr std::size_t longest_headers = 2048;
constexpr std::size_t longest_error = 512;

constexpr int status_gone = 410;
constexpr int status_too_many_requests = 429;
constexpr int status_unavailable = 503;

// What an outcome says about the endpoint, apart from this one delivery.
struct Signs {
  bool counts = true;     // a failed attempt of the endpoint's streak
  bool endpoint = false;  // the endpoint itself failed, whatever the delivery
  bool overload = false;  // fewer at a time might do better
  bool gone = false;
};

struct ReadSigns {
  Signs operator()(const Responded& answer) const {
    const bool failing = answer.status >= 500 || answer.status == status_too_many_requests;
    return {.endpoint = failing, .overload = failing, .gone = answer.status == status_gone};
  }
  Signs operator()(const TransportFailed& failure) const {
    return {.endpoint = true, .overload = failure.kind == FailureKind::timeout};
  }
  Signs operator()(const Refused&) const { return {.endpoint = true}; }
  Signs operator()(const Interrupted&) const { return {.counts = false}; }
};

std::string error_text(const Outcome& outcome) {
  const auto* answer = std::get_if<Responded>(&outcome);
  if (answer == nullptr) return to_valid_utf8(describe(outcome), longest_error);
  if (answer->status < 300 || answer->status > 399) return fmt::format("http: {}", answer->status);
  if (answer->location.empty()) return fmt::format("redirect: {}", answer->status);
  return to_valid_utf8(fmt::format("redirect: {} to {}", answer->status, answer->location),
                       longest_error);
}

// What the receiver asks for; only an overloaded one is listened to.
Millis asked_wait(const Outcome& outcome, Time now) {
  const auto* answer = std::get_if<Responded>(&outcome);
  if (answer == nullptr) return Millis(0);
  if (answer->status != status_too_many_requests && answer->status != status_unavailable) {
    return Millis(0);
  }
  return parse_retry_after(answer->retry_after, now).value_or(Millis(0));
}

void end_pause(EndpointHealth& health) {
  health.endpoint_failures = 0;
  if (health.paused_until) health.window = 1;
  health.paused_until.reset();
  health.pause = Millis(0);
}

void note_success(const Endpoint& endpoint, bool grow, EndpointHealth& health) {
  health.consecutive_failures = 0;
  health.failing_since.reset();
  health.warned = false;
  const bool reopens = health.paused_until.has_value();
  end_pause(health);
  if (grow && !reopens) ++health.window;
  health.window = std::clamp(health.window, 1, std::max(endpoint.max_in_flight, 1));
}

void note_lane(const HealthPolicy& policy, const Signs& signs, const Tried& tried, Time now,
               double jitter, Decision& result) {
  EndpointHealth& health = result.health;
  if (!signs.endpoint) {
    end_pause(health);
    return;
  }
  ++health.endpoint_failures;
  if (signs.overload) health.window = std::max(health.window / 2, 1);

  if (policy.pause_after_failures < 1 || health.endpoint_failures < policy.pause_after_failures) {
    return;
  }
  const bool under_way_before = health.paused_until && tried.started_at < *health.paused_until;
  if (under_way_before) return;
  health.pause = health.pause == Millis(0) ? policy.first_pause : health.pause * 2;
  health.pause = std::min(health.pause, policy.longest_pause);
  health.paused_until = now + shortened(health.pause, jitter);
  health.window = 1;
  result.paused = true;
}

bool streak_disables(const HealthPolicy& policy, const EndpointHealth& health, const Tried& tried,
                     Time now) {
  return policy.disable_after_failures > 0 &&
         health.consecutive_failures >= policy.disable_after_failures &&
         tried.failing_for.value_or(now - *health.failing_since) >= policy.disable_after_span;
}

void note_streak(const Endpoint& endpoint, const HealthPolicy& policy, const Signs& signs,
                 const Tried& tried, Time now, Decision& result) {
  EndpointHealth& health = result.health;
  ++health.consecutive_failures;
  // A clock that was set back must not make the streak look as if it had yet to begin.
  if (!health.failing_since || *health.failing_since > now) health.failing_since = now;
  if (endpoint.state == EndpointState::disabled) return;

  if (signs.gone) {
    result.disable = DisabledBy::gone;
    result.disable_reason = "the receiver answered 410 Gone: it wants no more deliveries";
  } else if (streak_disables(policy, health, tried, now)) {
    result.disable = DisabledBy::failures;
    result.disable_reason =
        fmt::format("{} failed attempts in a row since {}; last: {}", health.consecutive_failures,
                    format_rfc3339(*health.failing_since),
                    to_valid_utf8(describe(tried.outcome), longest_error));
  }

  const int half = (policy.disable_after_failures + 1) / 2;
  const bool at_half = half > 0 && health.consecutive_failures >= half;
  result.failing = at_half && !health.warned && result.disable == DisabledBy::nobody;
  health.warned = health.warned || result.failing;
}

// Retried, unless the schedule is used up or the receiver is gone.
void decide_delivery(const Endpoint& endpoint, const Signs& signs, const Tried& tried, Time now,
                     double jitter, Decision& result) {
  const int made = tried.attempts_made - tried.earlier_attempts + 1;
  const auto wait = retry_wait(endpoint.retry, made, jitter);
  if (signs.gone || !wait) {
    result.step = Step::die;
    return;
  }
  result.step = Step::retry;
  result.due_at = now + std::max(*wait, asked_wait(tried.outcome, now));
}

}  // namespace

Attempt attempt_of(const Tried& tried) {
  Attempt attempt{.number = tried.attempts_made + 1,
                  .started_at = tried.started_at,
                  .duration = tried.duration,
                  .status = {},
                  .error = {},
                  .answer = {}};
  const auto* answer = std::get_if<Responded>(&tried.outcome);
  if (answer != nullptr) attempt.status = answer->status;
  if (is_success(tried.outcome)) return attempt;

  attempt.error = error_text(tried.outcome);
  if (answer != nullptr) {
    attempt.answer = to_valid_utf8(answer->body, longest_answer);
    attempt.answer_headers = to_valid_utf8(answer->headers, longest_headers);
  }
  return attempt;
}

namespace {

// The ends of a pause, which its renewals are not.
void note_pause(const EndpointHealth& before, Decision& result) {
  const bool was_paused = before.paused_until.has_value();
  result.begins_pause = result.paused && !was_paused;
  result.recovered = was_paused && !result.health.paused_until;
}

}  // namespace

Decision decide(const Endpoint& endpoint, const EndpointHealth& health, const HealthPolicy& policy,
                const Tried& tried, Time now, double jitter, bool grow) {
  Decision result;
  result.health = health;
  if (std::holds_alternative<Interrupted>(tried.outcome) || local_failure(tried.outcome)) {
    return result;
  }

  result.attempt = attempt_of(tried);
  if (is_success(tried.outcome)) {
    result.step = Step::deliver;
    note_success(endpoint, grow, result.health);
    note_pause(health, result);
    return result;
  }

  const Signs signs = std::visit(ReadSigns{}, tried.outcome);
  decide_delivery(endpoint, signs, tried, now, jitter, result);
  if (!signs.counts) return result;
  note_streak(endpoint, policy, signs, tried, now, result);
  note_lane(policy, signs, tried, now, jitter, result);
  note_pause(health, result);
  return result;
}

Time stale_due_at(const Endpoint& endpoint, const Tried& tried, Time now, double jitter) {
  const int made = tried.attempts_made - tried.earlier_attempts + 1;
  const int last = static_cast<int>(endpoint.retry.size());
  return now + retry_wait(endpoint.retry, std::min(made, last), jitter).value_or(Millis{0});
}

Decision decide_stale(const Endpoint& endpoint, const EndpointHealth& health, const Tried& tried,
                      Time now, double jitter) {
  Decision result;
  result.health = health;
  if (std::holds_alternative<Interrupted>(tried.outcome)) return result;
  result.attempt = attempt_of(tried);
  if (is_success(tried.outcome)) {
    result.step = Step::deliver;
    return result;
  }
  result.step = Step::retry;
  result.counted = false;
  result.due_at = stale_due_at(endpoint, tried, now, jitter);
  return result;
}

}  // namespace thig
