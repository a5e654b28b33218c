#include "tests/support/certificate_facts.h"

#include <memory>
#include <stdexcept>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace thig {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using CertPtr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

BioPtr memory_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all};
}

CertPtr parse_pem(const std::string& pem) {
  CertPtr certificate(PEM_read_bio_X509(memory_of(pem).get(), nullptr, nullptr, nullptr),
                      X509_free);
  if (!certificate) throw std::runtime_error("not a certificate in PEM");
  return certificate;
}

Trust to_trust(int verify_error) {
  switch (verify_error) {
    case X509_V_OK:
      return Trust::good;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Trust::not_yet_valid;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Trust::expired;
    default:
      return Trust::other;
  }
}

}  // namespace

bool ParsedCertificate::is_for_host(const std::string& name) const {
  return X509_check_host(parse_pem(pem_).get(), name.data(), name.size(), 0, nullptr) == 1;
}

bool ParsedCertificate::is_for_address(const std::string& address) const {
  return X509_check_ip_asc(parse_pem(pem_).get(), address.c_str(), 0) == 1;
}

bool ParsedCertificate::has_key(const std::string& private_key_pem) const {
  const KeyPtr key(
      PEM_read_bio_PrivateKey(memory_of(private_key_pem).get(), nullptr, nullptr, nullptr),
      EVP_PKEY_free);
  return key && X509_check_private_key(parse_pem(pem_).get(), key.get()) == 1;
}

std::string ParsedCertificate::serial() const {
  const auto certificate = parse_pem(pem_);
  const ASN1_INTEGER* number = X509_get0_serialNumber(certificate.get());
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(number));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(number)), size};
}

Trust ParsedCertificate::trusted_as_its_own_authority(Time when) const {
  const auto certificate = parse_pem(pem_);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                      X509_STORE_free);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(
      X509_STORE_CTX_new(), X509_STORE_CTX_free);
  X509_STORE_add_cert(store.get(), certificate.get());
  X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), nullptr);
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(rules, to_unix_seconds(when));
  X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_SERVER);
  X509_verify_cert(context.get());
  return to_trust(X509_STORE_CTX_get_error(context.get()));
}

}  // namespace thig
