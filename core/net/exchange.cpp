#include "core/net/exchange.h"

#include "core/base/codec.h"
#include "core/net/descriptors.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

TransportFailed failed(FailureKind kind, std::string detail) {
  return {.kind = kind, .detail = std::move(detail)};
}

Responded answer_of(Exchange& exchange) {
  return {exchange.status, std::move(exchange.retry_after), std::move(exchange.location),
          std::move(exchange.body), std::move(exchange.head)};
}

// What connect and its like say where it is this machine that lacks something.
bool is_local_lack(long error) {
  return error == EADDRNOTAVAIL || error == EMFILE || error == ENFILE || error == ENOBUFS ||
         error == ENOMEM || error == EAGAIN;
}

std::string system_text(long error) {
  return std::generic_category().message(static_cast<int>(error));
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TransportFailed tls_failed(Fault fault, std::string detail) {
  return {FailureKind::tls, std::move(detail), fault};
}

// What the other side's TLS complains of, by the name of its alert (RFC 8446, 6.2). Under TLS 1.3 a
// server checks our certificate only after the handshake is over for us.
TransportFailed complaint_of_server(const Exchange& exchange, std::string_view message) {
  const ClientCertificate ours = exchange.certificate.ours;
  const auto complaint = [&](Fault fault, std::string_view text) {
    return tls_failed(fault, fmt::format("{} ({})", text, printable(message)));
  };
  const auto names = [&](auto... alerts) { return (contains(message, alerts) || ...); };
  const bool about_certificate =
      names("alert bad certificate", "alert unsupported certificate", "alert certificate",
            "alert unknown ca", "alert decrypt error", "alert access denied");
  const bool about_handshake = names("alert handshake failure");
  const bool about_ours =
      about_certificate || (about_handshake && ours != ClientCertificate::not_asked);
  if (names("certificate required", "peer did not return") ||
      (about_ours && ours == ClientCertificate::lacking)) {
    return complaint(Fault::client_certificate, "the server asks for a client certificate");
  }
  if (about_ours) {
    return complaint(Fault::client_certificate,
                     "the server does not accept our client certificate");
  }
  if (about_handshake && exchange.reached) {
    return complaint(Fault::client_certificate,
                     "the server aborted TLS: it may ask for a client certificate in a second "
                     "handshake, which is refused");
  }
  if (about_handshake) {
    return complaint(Fault::unknown,
                     "the server aborted the TLS handshake: no protocol or cipher in "
                     "common, or it does not know this host");
  }
  return complaint(Fault::unknown, "the server aborted TLS");
}

bool is_alert(std::string_view message) {
  return contains(message, "alert") || contains(message, "peer did not return");
}

TransportFailed certificate_failure(const PeerCertificate& certificate, std::string_view message,
                                    const Peer& peer) {
  const auto seen = fmt::format("(certificate subject {})", printable(certificate.facts.subject));
  if (!certificate.problem.empty()) {
    return tls_failed(certificate.fault, fmt::format("{} {}", certificate.problem, seen));
  }
  if (contains(message, "does not match") || contains(message, "no alternative certificate")) {
    return tls_failed(Fault::wrong_host,
                      fmt::format("the certificate is not for {} {}", peer.host, seen));
  }
  return tls_failed(Fault::unknown, printable(message));
}

// Servers that want a client certificate often end the connection without a word.
Fault fault_of_end(const Exchange& exchange) {
  const bool lacking = exchange.certificate.ours == ClientCertificate::lacking;
  if (lacking && exchange.header_bytes == 0) return Fault::client_certificate;
  return exchange.reached ? Fault::unknown : Fault::closed;
}

std::string_view what_it_asked(const Exchange& exchange) {
  if (exchange.header_bytes != 0) return "";
  switch (exchange.certificate.ours) {
    case ClientCertificate::not_asked:
      return "";
    case ClientCertificate::lacking:
      return ", after it requested a client certificate and got none";
    case ClientCertificate::shown:
      return ", after it requested our client certificate and got it";
  }
  return "";
}

TransportFailed handshake_failure(const Exchange& exchange, std::string_view message,
                                  const Peer& peer) {
  if (!exchange.certificate.problem.empty()) {
    return certificate_failure(exchange.certificate, message, peer);
  }
  if (contains(message, "wrong version number") || contains(message, "http request") ||
      contains(message, "packet length too long")) {
    // OpenSSL says the same of whatever is no TLS: what came tells which it is.
    if (exchange.certificate.first_bytes.starts_with("HTTP/")) {
      return tls_failed(Fault::plain_http,
                        fmt::format("the server speaks plain HTTP, not TLS, at {}", peer.address));
    }
    return tls_failed(Fault::no_tls,
                      fmt::format("the server at {} does not speak TLS: its answer begins "
                                  "with \"{}\"",
                                  peer.address, printable(exchange.certificate.first_bytes)));
  }
  if (contains(message, "protocol version") || contains(message, "unsupported protocol")) {
    return tls_failed(Fault::old_protocol, "the server offers no TLS 1.2 or newer");
  }
  if (is_alert(message)) return complaint_of_server(exchange, message);
  if (contains(message, "SYSCALL") || contains(message, "reset by peer") ||
      contains(message, "unexpected eof")) {
    return tls_failed(fault_of_end(exchange),
                      fmt::format("{} closed the connection during the TLS handshake{}",
                                  peer.address, what_it_asked(exchange)));
  }
  return tls_failed(Fault::unknown, printable(message));
}

TransportFailed connect_failure(const Exchange& exchange, long os_error, std::string_view message,
                                const Peer& peer) {
  if (exchange.socket_error != 0) {
    return failed(FailureKind::local,
                  fmt::format("cannot open a socket: {}", system_text(exchange.socket_error)));
  }
  if (os_error == ECONNREFUSED) {
    return {FailureKind::connect, fmt::format("connection refused by {}", peer.address),
            Fault::connection_refused};
  }
  if (is_local_lack(os_error)) {
    return failed(FailureKind::local,
                  fmt::format("cannot connect to {}: {}", peer.address, system_text(os_error)));
  }
  return {FailureKind::connect,
          fmt::format("cannot connect to {}: {}", peer.address,
                      os_error != 0 ? system_text(os_error) : printable(message)),
          Fault::unreachable};
}

TransportFailed closed(const Exchange& exchange, std::string_view message, const Peer& peer) {
  if (contains(message, "alert")) return complaint_of_server(exchange, message);
  // That one says only what libcurl was doing when it noticed.
  if (contains(message, "getpeername")) message = {};
  return {FailureKind::closed,
          fmt::format("{} closed the connection before its answer was complete{}{}{}", peer.address,
                      what_it_asked(exchange), message.empty() ? "" : ": ", printable(message)),
          fault_of_end(exchange)};
}

TransportFailed bad_answer(std::string_view detail) {
  return failed(FailureKind::bad_answer, printable(detail));
}

// A file that cannot be read may only lack a descriptor to be read through.
TransportFailed own_files_failure(CURLcode code, std::string_view message) {
  const int lack = descriptor_lack();
  if (lack != 0) {
    return failed(FailureKind::local, fmt::format("cannot open files: {}", system_text(lack)));
  }
  return {FailureKind::local, printable(message.empty() ? curl_easy_strerror(code) : message),
          Fault::own_files};
}

TransportFailed failure_of(const Exchange& exchange, CURLcode code, long os_error,
                           std::string_view message, const Peer& peer) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return failed(FailureKind::dns, fmt::format("{}: {}", peer.host, printable(message)));
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
      return connect_failure(exchange, os_error, message, peer);
    case CURLE_OPERATION_TIMEDOUT:
      return failed(FailureKind::timeout, fmt::format("no connection to {} in time", peer.address));
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return certificate_failure(exchange.certificate, message, peer);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_SHUTDOWN_FAILED:
      return handshake_failure(exchange, message, peer);
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_PARTIAL_FILE:
      return closed(exchange, message, peer);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP_RETURNED_ERROR:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_READ_ERROR:
    case CURLE_WRITE_ERROR:
      return bad_answer(message.empty() ? curl_easy_strerror(code) : message);
    case CURLE_OUT_OF_MEMORY:
      // libcurl says so of a header line beyond 100 KB, which is the receiver's doing.
      if (exchange.reached) return bad_answer("the answer has a header line longer than 100 KB");
      [[fallthrough]];
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CRL_BADFILE:
      return own_files_failure(code, message);
    default:  // what should not be
      return failed(FailureKind::local,
                    printable(message.empty() ? curl_easy_strerror(code) : message));
  }
}

}  // namespace

void clear(Exchange& exchange) {
  exchange.reached = exchange.answered = false;
  exchange.status = exchange.socket_error = 0;
  exchange.header_bytes = exchange.body_bytes = 0;
  exchange.content_length.reset();
  exchange.certificate = {};
  exchange.headers.clear();
  for (auto* text : {&exchange.retry_after, &exchange.location, &exchange.body, &exchange.head,
                     &exchange.refusal, &exchange.bad_answer, &exchange.tls_version}) {
    text->clear();
  }
}

Outcome outcome_of(Exchange& exchange, CURLcode code, long os_error, std::string_view message,
                   const Peer& peer) {
  if (!exchange.bad_answer.empty()) return bad_answer(exchange.bad_answer);
  // However the body ends, the answer has been given.
  if (exchange.answered) return answer_of(exchange);
  if (!exchange.refusal.empty()) return Refused{exchange.refusal};
  // libcurl takes a connection that ends within the headers for the end of the answer.
  if (code == CURLE_OK) return closed(exchange, {}, peer);
  return failure_of(exchange, code, os_error, message, peer);
}

Outcome outcome_at_deadline(Exchange& exchange, Phase phase, Millis timeout) {
  if (exchange.answered) return answer_of(exchange);
  return failed(FailureKind::timeout, fmt::format("no answer within {} (phase: {})",
                                                  format_duration(timeout), describe(phase)));
}

}  // namespace thig
