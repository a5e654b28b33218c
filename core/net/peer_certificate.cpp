#include "core/net/peer_certificate.h"

#include "core/base/asn1_time.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace thig {
namespace {

int seen_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

std::string text_of(const X509_NAME* name) {
  char text[256] = "";
  BIO* memory = BIO_new(BIO_s_mem());
  if (memory == nullptr) return {};
  X509_NAME_print_ex(memory, name, 0, XN_FLAG_ONELINE);
  const int size = BIO_read(memory, text, sizeof text);
  BIO_free(memory);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

CertificateFacts facts_of(const X509* certificate) {
  return {.subject = text_of(X509_get_subject_name(certificate)),
          .issuer = text_of(X509_get_issuer_name(certificate)),
          .not_before = time_of(X509_get0_notBefore(certificate)),
          .not_after = time_of(X509_get0_notAfter(certificate))};
}

Fault fault_of(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Fault::certificate_expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Fault::certificate_not_yet_valid;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return Fault::self_signed;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
      return Fault::unknown_issuer;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Fault::wrong_host;
    default:
      return Fault::unknown;
  }
}

// Called once for each certificate of the chain, and again for each problem.
int on_verify(int good, X509_STORE_CTX* store) {
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (ssl == nullptr) return good;
  auto* seen =
      static_cast<PeerCertificate*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), seen_index()));
  const X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (seen == nullptr || certificate == nullptr || !seen->problem.empty()) return good;
  if (good == 0) {
    const int error = X509_STORE_CTX_get_error(store);
    seen->problem = X509_verify_cert_error_string(error);
    seen->fault = fault_of(error);
    // Which one of its chain is past its time matters; of a chain that nobody here knows, the
    // server's own does.
    const X509* own = X509_STORE_CTX_get0_cert(store);
    const bool unknown = seen->fault == Fault::unknown_issuer && own != nullptr;
    seen->facts = facts_of(unknown ? own : certificate);
  } else if (X509_STORE_CTX_get_error_depth(store) == 0) {
    seen->facts = facts_of(certificate);
  }
  return good;
}

// Called for each message of the handshake, and for each record before it is looked at, so also for
// what is no record at all.
void on_message(int sent, int, int type, const void* bytes, std::size_t size, SSL* ssl, void*) {
  const std::string_view message(static_cast<const char*>(bytes), size);
  const int name = type == SSL3_RT_HANDSHAKE && !message.empty() ? message.front() : -1;
  if (sent != 0) {
    // The connection may serve others later, when `seen` is gone: this is over with the handshake.
    if (name == SSL3_MT_FINISHED) SSL_set_msg_callback(ssl, nullptr);
    return;
  }
  auto* seen =
      static_cast<PeerCertificate*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), seen_index()));
  if (seen == nullptr) return;
  if (type == SSL3_RT_HEADER && seen->first_bytes.empty()) seen->first_bytes = message;
  if (name == SSL3_MT_CERTIFICATE_REQUEST) {
    seen->ours =
        SSL_get_certificate(ssl) == nullptr ? ClientCertificate::lacking : ClientCertificate::shown;
  }
}

// Called for a proxy that speaks TLS, and then again for the receiver.
CURLcode on_context(CURL*, void* context, void* seen) {
  auto& certificate = *static_cast<PeerCertificate*>(seen);
  certificate = {};
  certificate.handshake_began = Steady::now();
  auto* ssl_context = static_cast<SSL_CTX*>(context);
  // A later handshake on the same connection could outlive `seen`; there is no use for one.
  SSL_CTX_set_options(ssl_context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_ex_data(ssl_context, seen_index(), seen);
  SSL_CTX_set_verify(ssl_context, SSL_CTX_get_verify_mode(ssl_context), on_verify);
  SSL_CTX_set_msg_callback(ssl_context, on_message);
  return CURLE_OK;
}

}  // namespace

void observe_peer_certificate(CURL* easy, PeerCertificate& seen) {
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &seen);
}

std::string tls_version_of(void* session) {
  return session == nullptr ? "" : SSL_get_version(static_cast<const SSL*>(session));
}

}  // namespace thig
