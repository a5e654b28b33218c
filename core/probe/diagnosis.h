// The outcome of an attempt, explained for whoever has to fix it.
#pragma once

#include "core/model/endpoint.h"
#include "core/net/sender.h"

#include <optional>
#include <string>
#include <vector>

namespace thig {

struct ProbeFailure {
  Phase phase = Phase::look_up;
  std::string fault;   // for scripts: "certificate_expired", "server_error", …
  std::string detail;  // what happened, to what
  Remark hint;         // what to do
};

// Nothing for an answer of 2xx.
std::optional<ProbeFailure> explain_failure(const Finished& finished);

// What is not wrong yet, or not with the request: a slow answer, a certificate that ends soon, a
// private address, a webhook that is disabled.
std::vector<Remark> warnings_of(const Endpoint& endpoint, const Finished& finished, Time now);

// How long the phases took that were reached. Sending counts as part of the answer's, unless it is
// where it stopped.
struct PhaseTime {
  Phase phase = Phase::look_up;
  bool ok = false;  // false for the one that failed: the last
  Timing::Micros took{0};
};
std::vector<PhaseTime> phase_times(const Finished& finished);

// What was seen in that phase, of a request that was observed: addresses, the certificate, the
// status; empty for nothing.
std::string seen_in(Phase phase, const Finished& finished, Time now);

// Whole days until then; negative if it has passed.
int days_until(Time then, Time now);

}  // namespace thig
