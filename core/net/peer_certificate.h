// Watches the handshake and the verification of a server's certificate, so that a failure can name
// the certificate, or what answers in place of TLS, and not only the reason.
#pragma once

#include "core/net/sender.h"
#include "core/net/steady.h"

#include <optional>
#include <string>

#include <curl/curl.h>

namespace thig {

// Whether the server has asked for a certificate of ours, and what it got.
enum class ClientCertificate { not_asked, lacking, shown };

struct PeerCertificate {
  std::optional<Steady::time_point> handshake_began;  // the connection stood then
  std::string first_bytes;       // of what the server sent, as many as a record's header has: 5
  CertificateFacts facts;        // of the certificate that failed, or of the server's own
  std::string problem;           // "certificate has expired"; empty if the chain was found good
  Fault fault = Fault::unknown;  // the same
  ClientCertificate ours = ClientCertificate::not_asked;
};

// Makes every handshake of the easy handle fill in `seen`, which must live as long as the handle.
// Changes nothing about what is accepted.
void observe_peer_certificate(CURL* easy, PeerCertificate& seen);

// Of a session as libcurl gives it out (an SSL*): "TLSv1.3".
std::string tls_version_of(void* session);

}  // namespace thig
