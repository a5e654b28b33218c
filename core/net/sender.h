// Making one attempt: a request goes out, an outcome comes back.
#pragma once

#include "core/base/tls_files.h"
#include "core/model/endpoint.h"
#include "core/model/outcome.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thig {

// What holds for every request to one endpoint. Shared by its requests; a changed endpoint gets a
// new one.
struct SendTarget {
  EndpointId endpoint;
  std::string url;  // as parse_webhook_url normalised it
  bool allow_private = false;
  std::string ca_file;
  std::string client_cert;
  std::string client_key;
  // Of these files when they were last looked at. Connections that were opened under others are not
  // used any more.
  TlsStamp tls{};
  Millis timeout{10'000};
};

struct CertificateFacts {
  std::string subject;
  std::string issuer;
  std::optional<Time> not_before;
  std::optional<Time> not_after;
};

// What can be seen on the way, for those who want to know how an endpoint does.
struct Observation {
  struct Found {
    std::string address;
    bool allowed = false;
  };
  std::vector<Found> addresses;  // of the name, in the order in which they are tried
  std::string proxy;             // "http://proxy.example.com:3128"; empty if it went directly
  // The proxy was asked for the name: which address it chose, and whether that is a private one, is
  // not known here.
  bool proxy_resolved = false;
  std::string tls_version;  // "TLSv1.3"; empty if no handshake was completed
  // Of the server, or the one of its chain that is refused.
  std::optional<CertificateFacts> certificate;
  std::vector<Header> answer_headers;  // the first 64
  // The server asked for a client certificate in the handshake, and got none.
  bool lacks_client_certificate = false;
};

struct SendRequest {
  std::uint64_t ticket = 0;  // the caller's; comes back with the outcome
  std::shared_ptr<const SendTarget> target;
  std::vector<Header> headers;  // all but host and content-length
  std::shared_ptr<const std::string> body;
  bool observe = false;
  // Ends when the connection stands and the certificate has been verified, before anything is sent;
  // that is an answer with the status 0.
  bool handshake_only = false;
};

struct Finished {
  std::uint64_t ticket = 0;
  Outcome outcome;
  Timing timing;
  std::string address;             // the one used: "203.0.113.7"; empty if none was
  Phase reached = Phase::look_up;  // how far it came, whatever the outcome
  std::shared_ptr<const Observation> observation{};  // of a request that asked for it
};

// Thread: start, take and interrupt are called by one thread. Every started request comes back from
// take exactly once.
class Sender {
 public:
  virtual ~Sender() = default;
  // Never blocks, never fails: what goes wrong is the request's outcome.
  virtual void start(SendRequest request) = 0;
  // Appends what has finished since the last call. Never blocks.
  virtual void take(std::vector<Finished>& out) = 0;
  // How many requests may be under way together: each takes a file descriptor.
  virtual std::size_t most_at_once() const = 0;
  // Ends everything under way as Interrupted, soon.
  virtual void interrupt() = 0;
};

}  // namespace thig
