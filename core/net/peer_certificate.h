// Watches the verification of a server's certificate, so that a failure can name the certificate
// and not only the reason.
#pragma once

#include <curl/curl.h>

#include <string>

namespace thig {

struct PeerCertificate {
  std::string subject;  // of the certificate that failed, or of the server's own
  std::string problem;  // "certificate has expired"; empty if the chain was found good
};

// Makes every handshake of the easy handle fill in `seen`, which must live as long as the handle.
// Changes nothing about what is accepted.
void observe_peer_certificate(CURL* easy, PeerCertificate& seen);

}  // namespace thig
