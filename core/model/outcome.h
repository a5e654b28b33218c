// What came of one attempt to send. Every sender, real or fake, answers with one of these, and
// rules/settle.h maps each to what happens next.
#pragma once

#include "core/base/time.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace thig {

// The receiver answered with complete headers in time.
struct Responded {
  int status = 0;
  std::string retry_after;  // the header as it came; empty for none
  std::string location;     // of a redirect, which is never followed
  std::string body;         // the first kilobyte, for the timeline
};

// Where an attempt that got no answer stopped.
enum class FailureKind {
  dns,         // the name has no address, or the look-up failed
  connect,     // refused, unreachable
  tls,         // handshake or certificate
  timeout,     // the deadline passed, in whatever phase
  closed,      // the connection ended before the answer's headers did
  bad_answer,  // what came back is no HTTP, or is beyond the caps
  local,       // this machine: no file descriptors, an unreadable CA file
};
std::string_view to_text(FailureKind kind);

struct TransportFailed {
  FailureKind kind = FailureKind::connect;
  std::string
      detail;  // for people: "certificate has expired", "connection refused by 10.0.0.7:443"
};

// Never sent, by policy: a refused address, a URL that is not HTTPS. It counts as a failed attempt.
struct Refused {
  std::string detail;
};

// Cut off by our own stopping. Not an attempt: the delivery stays as it was.
struct Interrupted {};

using Outcome = std::variant<Responded, TransportFailed, Refused, Interrupted>;

// 2xx.
bool is_success(const Outcome& outcome);
// One line for people: "200", "503", "timeout: no answer within 10s".
std::string describe(const Outcome& outcome);

// Where the time of an attempt went; each from the attempt's start, zero where it did not get that
// far.
struct Timing {
  Millis resolved{0};
  Millis connected{0};
  Millis tls_done{0};
  Millis first_byte{0};
  Millis total{0};
};

}  // namespace thig
