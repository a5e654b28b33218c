#include "core/base/tls_files.h"

#include "core/base/asn1_time.h"
#include "core/base/safe_file.h"

#include <memory>
#include <string_view>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace thig {
namespace {

constexpr std::size_t most_remembered = 1'000;

constexpr std::size_t longest_tls_file = 4u << 20;  // the authorities of Debian take 220 KB

struct FreeTlsObject {
  void operator()(BIO* memory) const { BIO_free(memory); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(STACK_OF(X509_INFO) * all) const { sk_X509_INFO_pop_free(all, X509_INFO_free); }
};
template <class T>
using TlsObject = std::unique_ptr<T, FreeTlsObject>;

Result<std::string> read_tls_file(const std::string& file) {
  if (!file.starts_with('/')) {
    return fail(ErrorCode::invalid, fmt::format("{} must be an absolute path", file),
                "the process that delivers may run in another folder");
  }
  THIG_TRY_ASSIGN(fd, open_to_read(file));
  return read_whole(fd.get(), file, longest_tls_file);
}

std::unexpected<Error> not_pem(const std::string& file, std::string_view kind) {
  return fail(ErrorCode::invalid, fmt::format("{} contains no {} in PEM format", file, kind),
              fmt::format("a PEM file contains a line \"-----BEGIN {}-----\"", kind));
}

TlsObject<BIO> memory_of(const std::string& text) {
  return TlsObject<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Instead of OpenSSL's own, which asks on the terminal; notes that it would have.
int note_encrypted(char*, int, int, void* encrypted) {
  *static_cast<bool*>(encrypted) = true;
  return -1;
}

Status check_authorities(const std::string& file) {
  THIG_TRY_ASSIGN(text, read_tls_file(file));
  const auto memory = memory_of(text);
  bool encrypted = false;
  const TlsObject<STACK_OF(X509_INFO)> all(
      PEM_X509_INFO_read_bio(memory.get(), nullptr, note_encrypted, &encrypted));
  if (!all && text.find("-----BEGIN ") != text.npos) {
    return fail(ErrorCode::invalid, fmt::format("{} contains a damaged certificate", file),
                "get the file again from its source");
  }
  int certificates = 0;
  for (int i = 0; all && i < sk_X509_INFO_num(all.get()); ++i) {
    certificates += sk_X509_INFO_value(all.get(), i)->x509 != nullptr ? 1 : 0;
  }
  return certificates > 0 ? Status() : not_pem(file, "CERTIFICATE");
}

Status check_client(const std::string& cert_file, const std::string& key_file) {
  THIG_TRY_ASSIGN(cert_text, said_of("client-cert", read_tls_file(cert_file)));
  THIG_TRY_ASSIGN(key_text, said_of("client-key", read_tls_file(key_file)));
  bool encrypted = false;
  const auto cert_memory = memory_of(cert_text);
  const TlsObject<X509> certificate(
      PEM_read_bio_X509(cert_memory.get(), nullptr, note_encrypted, &encrypted));
  if (!certificate) return said_of("client-cert", Status(not_pem(cert_file, "CERTIFICATE")));

  const auto key_memory = memory_of(key_text);
  const TlsObject<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(key_memory.get(), nullptr, note_encrypted, &encrypted));
  OPENSSL_cleanse(key_text.data(), key_text.size());
  if (!key && encrypted) {
    return fail(
        ErrorCode::invalid,
        fmt::format("the key {} is encrypted, and nobody can enter its passphrase", key_file),
        fmt::format("store it without one, readable only by the service: openssl pkey -in "
                    "{} -out NEW-FILE",
                    key_file));
  }
  if (!key) return not_pem(key_file, "PRIVATE KEY");
  if (X509_check_private_key(certificate.get(), key.get()) == 1) return {};
  return fail(ErrorCode::invalid,
              fmt::format("the key {} does not match the certificate {}", key_file, cert_file),
              "give the key that belongs to the certificate; the client's own certificate must be "
              "first in its file");
}

}  // namespace

Result<Time> certificate_end(const std::string& file) {
  THIG_TRY_ASSIGN(text, read_tls_file(file));
  const auto memory = memory_of(text);
  bool encrypted = false;
  const TlsObject<X509> certificate(
      PEM_read_bio_X509(memory.get(), nullptr, note_encrypted, &encrypted));
  ERR_clear_error();  // libcurl would read what is left there as its own
  const auto end = certificate ? time_of(X509_get0_notAfter(certificate.get())) : std::nullopt;
  if (!end) return not_pem(file, "CERTIFICATE");
  return *end;
}

TlsStamp stamp_of(const TlsFiles& files) {
  const auto stamp = [](const std::string& file) {
    return file.empty() ? FileStamp() : stamp_of(file);
  };
  return {.ca_file = stamp(files.ca_file),
          .client_cert = stamp(files.client_cert),
          .client_key = stamp(files.client_key)};
}

Status check_tls_files(const TlsFiles& files) {
  const auto check = [&]() -> Status {
    if (!files.ca_file.empty()) THIG_TRY(said_of("ca-file", check_authorities(files.ca_file)));
    if (files.client_cert.empty()) return {};
    return said_of("client-key",
                   check_client(files.client_cert,
                                files.client_key.empty() ? files.client_cert : files.client_key));
  };
  Status checked = check();
  ERR_clear_error();  // libcurl would read what is left there as its own
  return checked;
}

Status TlsFileChecks::check(const TlsFiles& files) {
  // Before they are read, so that what is changed meanwhile is read again the next time.
  const TlsStamp stamp = stamp_of(files);
  const auto known = good_.find(files);
  if (known != good_.end() && known->second == stamp) return {};
  THIG_TRY(check_tls_files(files));
  if (good_.size() >= most_remembered) good_.clear();
  good_[files] = stamp;
  return {};
}

}  // namespace thig
