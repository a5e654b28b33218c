// What one try to deliver a request has come to, as libcurl and our callbacks saw it, and what that
// means.
#pragma once

#include "core/model/endpoint.h"
#include "core/model/outcome.h"
#include "core/net/peer_certificate.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

namespace thig {

struct Exchange {
  bool reached = false;   // there is a connection, new or reused, and its address was found good
  bool answered = false;  // the headers of the final answer are complete
  int status = 0;
  std::size_t header_bytes = 0;  // of all answers: 1xx, the final one, trailers
  std::size_t body_bytes = 0;
  std::optional<std::string> content_length;
  std::string retry_after;
  std::string location;
  std::string body;             // the first kilobyte
  std::string head;             // the first headers of an answer that is not 2xx, a line each
  std::vector<Header> headers;  // of the final answer, if they are wanted
  std::string tls_version;      // likewise

  std::string refusal;     // the address policy stopped it
  std::string bad_answer;  // we stopped it, for this
  int socket_error = 0;    // the errno of a socket that could not be made
  PeerCertificate certificate;
};

// Forgets the last try, keeping the memory.
void clear(Exchange& exchange);

// For texts, besides what the exchange holds.
struct Peer {
  std::string_view host;
  std::string_view address;  // "127.0.0.1:443"; empty if none was chosen
};

// What a try that ended by itself came to. `message` is libcurl's own.
Outcome outcome_of(Exchange& exchange, CURLcode code, long os_error, std::string_view message,
                   const Peer& peer);
// What a try came to that was cut off at its deadline.
Outcome outcome_at_deadline(Exchange& exchange, Phase phase, Millis timeout);

}  // namespace thig
