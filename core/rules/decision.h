// The heart of delivery: what one attempt's outcome means for the delivery and for its webhook.
// Pure. The dispatcher calls it for every outcome and applies the answer in one place.
#pragma once

#include "core/model/delivery.h"
#include "core/model/endpoint.h"
#include "core/model/outcome.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thig {

// Settings of the installation, not of one webhook.
struct HealthPolicy {
  int disable_after_failures = 10;  // 0: never
  Millis disable_after_span = std::chrono::hours(1);
  int pause_after_failures = 5;  // 0: never
  Millis first_pause = std::chrono::seconds(30);
  Millis longest_pause = std::chrono::minutes(10);
};

enum class Step {
  hold,     // not an attempt: the queue row stays as it is
  retry,    // the queue row moves to `due_at`
  deliver,  // the delivery ends: delivered
  die,      // the delivery ends: dead
};

struct Decision {
  Step step = Step::hold;
  Time due_at{};                            // for retry
  bool counted = true;                      // for retry: it uses up one of the schedule
  std::optional<Attempt> attempt;           // nothing for hold
  EndpointHealth health;                    // as it is afterwards
  bool paused = false;                      // this outcome paused the lane (again)
  bool begins_pause = false;                // … and it was not paused before
  bool recovered = false;                   // this outcome ended a pause
  bool failing = false;                     // this outcome reached half the count: warn
  DisabledBy disable = DisabledBy::nobody;  // not nobody: the webhook is disabled now
  std::string
      disable_reason;  // "10 failed attempts in a row since 2026-01-15T10:30:00Z; last: 503"
};

// One attempt that has come back.
struct Tried {
  int attempts_made = 0;  // before this one
  Time started_at{};
  Millis duration{0};
  const Outcome& outcome;
  // Of the attempts made: those before the delivery was made pending again. They are numbered on,
  // but the retry schedule starts again after them.
  int earlier_attempts = 0;
  // How long the streak of failures has lasted by a clock that is never set; nothing if it is not
  // known (it began in another process): then the wall clock has to do.
  std::optional<Millis> failing_for{};
};

// How the attempt is kept.
Attempt attempt_of(const Tried& tried);

// Rules, in order:
//  - Interrupted, TransportFailed local: hold; health unchanged.
//  - 2xx: deliver; the streaks and the pause end. The window grows by one where `grow` says so:
//    the caller counts `window` successes for it. A lane that was paused reopens at 1 instead.
//  - Anything else is a failed attempt. The delivery is retried after retry_wait, or after the
//    Retry-After of a 429 or 503 when that is longer, or dies when the schedule is used up.
//  - Every failure lengthens the streak of failed attempts.
//  - 410: the delivery dies and the webhook is disabled at once.
//  - `disable_after_failures` in a row that span `disable_after_span` disable. Half of them warn,
//    once in a streak. Neither is said of a webhook that is disabled already.
//  - Timeout, 429 and 5xx halve the window (at least 1).
//  - Failures of the endpoint itself (TransportFailed, Refused, 5xx, 429) pause the lane from
//    `pause_after_failures` in a row: 30 s doubling to 10 min, shortened by jitter of a tenth, and
//    with a window of 1. What was under way when the lane was paused does not pause it again.
//    Any other answer (404, a redirect) shows that the endpoint is there: it ends that row and the
//    pause.
// `jitter` is in [0, 1). Never throws.
Decision decide(const Endpoint& endpoint, const EndpointHealth& health, const HealthPolicy& policy,
                const Tried& tried, Time now, double jitter, bool grow);

// The same for an attempt that began under another epoch of the webhook. It is recorded, and a
// success ends its delivery. A failure, 410 included, decides nothing: the delivery waits as its
// schedule says, and this attempt does not count against it. Health stays as it is.
Decision decide_stale(const Endpoint& endpoint, const EndpointHealth& health, const Tried& tried,
                      Time now, double jitter);
// When such a failed attempt is made again.
Time stale_due_at(const Endpoint& endpoint, const Tried& tried, Time now, double jitter);

}  // namespace thig
