// The outcome of one attempt to send. Every sender, real or fake, answers with one of these, and
// rules/decision.h maps each to what happens next.
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
  std::string retry_after;   // the header as it came; empty for none
  std::string location;      // of a redirect, which is never followed
  std::string body;          // the first kilobyte, for the timeline
  std::string headers = {};  // the first two kilobytes, a line each; empty for 2xx
};

// How far an attempt has come.
enum class Phase {
  look_up,
  connect,
  handshake,
  sending,
  answer,  // waiting for the answer's headers
};
// "look_up", …: for scripts.
std::string_view to_text(Phase phase);
// "name look-up", …: for people.
std::string_view describe(Phase phase);

// What exactly is wrong, where it is known.
enum class Fault {
  unknown,
  connection_refused,
  unreachable,
  certificate_expired,
  certificate_not_yet_valid,
  wrong_host,          // the certificate is for another
  self_signed,         // and not in the CA file
  unknown_issuer,      // the chain leads to no authority that is trusted
  plain_http,          // HTTP without TLS
  no_tls,              // neither TLS nor HTTP: another protocol's port
  old_protocol,        // nothing newer than TLS 1.1
  client_certificate,  // it wants one, or another
  closed,              // the connection ended in mid-handshake
  own_files,           // of a local failure: a file of this webhook's, such as its CA file
  // At the egress proxy. The first three are local failures, for the receiver has no part in them.
  proxy_unreachable,  // it has no address, or accepts no connection
  proxy_tls,          // its TLS or its certificate
  proxy_credentials,  // it asks for a user name and a password, or others: 407
  proxy_refused,      // it does not want to connect to the receiver: 403 and the like
  proxy_failed,       // it could not connect to the receiver: 502 and the like
};
// "certificate_expired", …; empty for what is unknown.
std::string_view to_text(Fault fault);

// Where an attempt that got no answer stopped.
enum class FailureKind {
  dns,         // the name has no address, or the look-up failed
  connect,     // refused, unreachable
  tls,         // handshake or certificate
  timeout,     // the deadline passed, in whatever phase
  closed,      // the connection ended before the answer's headers did
  bad_answer,  // what came back is no HTTP, or is beyond the caps
  local,       // this machine: no file descriptors, an unreadable CA file, an egress proxy that
               // cannot be used; nothing was sent
};
std::string_view to_text(FailureKind kind);

struct TransportFailed {
  FailureKind kind = FailureKind::connect;
  // For people: "certificate has expired", "connection refused by 10.0.0.7:443".
  std::string detail;
  Fault fault = Fault::unknown;  // of connect, tls, timeout, closed and local
};

// Never sent, by policy: a refused address, a URL that is not HTTPS. It counts as a failed attempt.
struct Refused {
  std::string detail;
};

// Cut off by our own stopping. Not an attempt: the delivery stays as it was.
struct Interrupted {};

using Outcome = std::variant<Responded, TransportFailed, Refused, Interrupted>;

// What this machine lacked, so that nothing was sent; null if it was not that. Not an attempt: the
// delivery stays as it was.
const TransportFailed* local_failure(const Outcome& outcome);
// 2xx.
bool is_success(const Outcome& outcome);
// One line for people: "200", "503", "timeout: no answer within 10s".
std::string describe(const Outcome& outcome);

// Where the time of an attempt went; each from the attempt's start, zero where it did not get that
// far.
struct Timing {
  using Micros = std::chrono::microseconds;
  Micros resolved{0};
  Micros connected{0};
  Micros tls_done{0};
  Micros first_byte{0};
  Micros total{0};
  Millis total_millis() const { return std::chrono::floor<Millis>(total); }
};

}  // namespace thig
