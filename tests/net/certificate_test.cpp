#include "core/net/certificate.h"

#include <memory>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

using namespace thig;

namespace {

constexpr Time kNow = Time{std::chrono::hours(490'000)};  // 2025-11-24

using CertPtr = std::unique_ptr<X509, decltype(&X509_free)>;

CertPtr read_certificate(const std::string& pem) {
  BIO* memory = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  CertPtr certificate(PEM_read_bio_X509(memory, nullptr, nullptr, nullptr), X509_free);
  BIO_free(memory);
  REQUIRE(certificate);
  return certificate;
}

// X509_V_OK, or why the certificate is not trusted as its own authority, `after` from kNow.
int verify(X509* certificate, std::chrono::seconds after) {
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, certificate);
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, certificate, nullptr);
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context),
                             to_unix_seconds(kNow) + after.count());
  X509_VERIFY_PARAM_set_purpose(X509_STORE_CTX_get0_param(context), X509_PURPOSE_SSL_SERVER);
  X509_verify_cert(context);
  const int error = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return error;
}

Certificate make(std::vector<std::string> names) {
  auto made = make_self_signed(names, kNow, std::chrono::hours(24));
  REQUIRE(made.has_value());
  return *made;
}

}  // namespace

TEST_CASE("a self-signed certificate is for the names it was made for, and no others") {
  const auto certificate =
      read_certificate(make({"localhost", "hooks.test", "127.0.0.1", "::1"}).certificate);
  X509* x = certificate.get();
  for (const char* name : {"localhost", "hooks.test"}) {
    CHECK_MESSAGE(X509_check_host(x, name, 0, 0, nullptr) == 1, name);
  }
  for (const char* address : {"127.0.0.1", "::1"}) {
    CHECK_MESSAGE(X509_check_ip_asc(x, address, 0) == 1, address);
  }
  CHECK(X509_check_host(x, "other.test", 0, 0, nullptr) == 0);
  CHECK(X509_check_ip_asc(x, "127.0.0.2", 0) == 0);
}

TEST_CASE("it is its own authority for as long as it was made for") {
  const auto certificate = read_certificate(make({"localhost"}).certificate);
  CHECK(verify(certificate.get(), std::chrono::seconds(0)) == X509_V_OK);
  CHECK(verify(certificate.get(), std::chrono::minutes(-59)) == X509_V_OK);
  CHECK(verify(certificate.get(), std::chrono::minutes(-61)) == X509_V_ERR_CERT_NOT_YET_VALID);
  CHECK(verify(certificate.get(), std::chrono::hours(23)) == X509_V_OK);
  CHECK(verify(certificate.get(), std::chrono::hours(25)) == X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_CASE("the key belongs to it, and no two are alike") {
  const auto one = make({"localhost"});
  const auto two = make({"localhost"});
  BIO* memory = BIO_new_mem_buf(one.private_key.data(), static_cast<int>(one.private_key.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(memory, nullptr, nullptr, nullptr);
  BIO_free(memory);
  const auto a = read_certificate(one.certificate);
  const auto b = read_certificate(two.certificate);
  CHECK(X509_check_private_key(a.get(), key) == 1);
  CHECK(X509_check_private_key(b.get(), key) == 0);
  CHECK(ASN1_INTEGER_cmp(X509_get0_serialNumber(a.get()), X509_get0_serialNumber(b.get())) != 0);
  EVP_PKEY_free(key);
}

TEST_CASE("names that would smuggle in others are refused") {
  for (const std::string name : {"a,DNS:evil.test", "", "a b", "dirName:x", "a\nb"}) {
    const auto made = make_self_signed({{name}}, kNow, Millis{1'000});
    REQUIRE_MESSAGE(!made.has_value(), name);
    CHECK(made.error().code == ErrorCode::invalid);
  }
  CHECK(!make_self_signed({}, kNow, Millis{1'000}).has_value());
}
