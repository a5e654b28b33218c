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
  int disable_after_failures = 10;
  Millis disable_after_span = std::chrono::hours(1);
  int park_after_failures = 5;
  Millis park_first = std::chrono::seconds(30);
  Millis park_longest = std::chrono::minutes(10);
};

enum class Step {
  hold,     // not an attempt: the queue row stays as it is
  retry,    // the queue row moves to `due_at`
  deliver,  // the delivery ends: delivered
  die,      // the delivery ends: dead
};

struct Settlement {
  Step step = Step::hold;
  Time due_at{};                            // for retry
  std::optional<Attempt> attempt;           // nothing for hold
  EndpointHealth health;                    // as it is afterwards
  bool parked = false;                      // this outcome parked the lane (again)
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
};

// Rules, in order:
//  - Interrupted: hold; health unchanged.
//  - 2xx: deliver; the streaks end, the park ends, the window grows by one per `window` successes
//  (the caller
//    counts: `grow` says whether this success is the one).
//  - anything else is a failed attempt: the streaks grow. 410 disables at once. Otherwise the
//  delivery is
//    retried after retry_wait, or after Retry-After of a 429 or 503 when that is longer, or dies. A
//    410's delivery dies.
//  - failures of the endpoint itself (TransportFailed other than local, Refused, 5xx, 429) halve
//  the window (at least 1;
//    timeout, 429, 5xx only) and, from `park_after_failures` in a row, park: 30 s doubling to 10
//    min, shortened by jitter of a tenth. TransportFailed local touches no health: it is not the
//    endpoint's fault, but is an attempt.
//  - `disable_after_failures` in a row that span `disable_after_span` disable.
// `jitter` is in [0, 1). Never throws.
Settlement settle(const Endpoint& endpoint, const EndpointHealth& health,
                  const HealthPolicy& policy, const Tried& tried, Time now, double jitter,
                  bool grow);

}  // namespace thig
