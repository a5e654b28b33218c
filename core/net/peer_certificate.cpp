#include "core/net/peer_certificate.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace thig {
namespace {

int seen_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

std::string subject_of(const X509* certificate) {
  char text[256] = "";
  BIO* memory = BIO_new(BIO_s_mem());
  if (memory == nullptr) return {};
  X509_NAME_print_ex(memory, X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE);
  const int size = BIO_read(memory, text, sizeof text);
  BIO_free(memory);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
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
    seen->problem = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
    seen->subject = subject_of(certificate);
  } else if (X509_STORE_CTX_get_error_depth(store) == 0) {
    seen->subject = subject_of(certificate);
  }
  return good;
}

CURLcode on_context(CURL*, void* context, void* seen) {
  static_cast<PeerCertificate*>(seen)->handshake_began = Steady::now();
  auto* ssl_context = static_cast<SSL_CTX*>(context);
  // A later handshake on the same connection could outlive `seen`; there is no use for one.
  SSL_CTX_set_options(ssl_context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_ex_data(ssl_context, seen_index(), seen);
  SSL_CTX_set_verify(ssl_context, SSL_CTX_get_verify_mode(ssl_context), on_verify);
  return CURLE_OK;
}

}  // namespace

void observe_peer_certificate(CURL* easy, PeerCertificate& seen) {
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &seen);
}

}  // namespace thig
