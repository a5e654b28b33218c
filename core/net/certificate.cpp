#include "core/net/certificate.h"

#include "core/base/openssl_bytes.h"
#include "core/rules/address_policy.h"

#include <memory>

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace thig {
namespace {

template <auto free_function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using CertPtr = std::unique_ptr<X509, Free<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Free<BIO_free_all>>;
using NumberPtr = std::unique_ptr<BIGNUM, Free<BN_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;

std::unexpected<Error> failed(std::string_view what) {
  char reason[256] = "no reason given";
  if (const auto code = ERR_get_error(); code != 0) ERR_error_string_n(code, reason, sizeof reason);
  ERR_clear_error();
  return fail(ErrorCode::key, fmt::format("cannot make a certificate: {}: {}", what, reason));
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  return text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*") ==
         std::string_view::npos;
}

// "DNS:localhost,IP:127.0.0.1". The names are checked, because a comma would smuggle in more.
Result<std::string> alternative_names(std::span<const std::string> names) {
  std::string list;
  for (const auto& name : names) {
    const bool literal = parse_address(name).has_value();
    if (!literal && !is_name(name)) {
      return fail(ErrorCode::invalid, fmt::format("not a valid host name or address: '{}'", name));
    }
    if (!list.empty()) list += ',';
    list += fmt::format("{}:{}", literal ? "IP" : "DNS", name);
  }
  if (list.empty()) return fail(ErrorCode::invalid, "a certificate needs at least one name");
  return list;
}

bool add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// keyCertSign and CA:TRUE let it be its own authority; the rest is what a server needs.
bool add_extensions(X509* certificate, const std::string& names) {
  return add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
         add_extension(certificate, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth") &&
         add_extension(certificate, NID_subject_key_identifier, "hash") &&
         add_extension(certificate, NID_subject_alt_name, names);
}

// 127 random bits: positive, and within the 20 bytes of RFC 5280.
bool set_random_serial(X509* certificate) {
  const NumberPtr number(BN_new());
  return number && BN_rand(number.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_subject(X509* certificate, const std::string& common_name) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  // A common name holds 64 characters; the names that count are the alternative ones.
  const std::string text = common_name.substr(0, 64);
  return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, bytes_of(text),
                                    static_cast<int>(text.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1;
}

bool set_validity(X509* certificate, Time now, Millis validity) {
  const auto from = to_unix_seconds(now) - 3600;
  const auto until = to_unix_seconds(now + validity);
  return ASN1_TIME_set(X509_getm_notBefore(certificate), from) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), until) != nullptr;
}

std::string contents(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

Result<Certificate> to_pem(X509* certificate, EVP_PKEY* key) {
  const BioPtr certificate_text(BIO_new(BIO_s_mem()));
  const BioPtr key_text(BIO_new(BIO_s_secmem()));
  if (!certificate_text || !key_text ||
      PEM_write_bio_X509(certificate_text.get(), certificate) != 1 ||
      PEM_write_bio_PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return failed("writing it in PEM format");
  }
  return Certificate{contents(certificate_text.get()), contents(key_text.get())};
}

}  // namespace

Result<Certificate> make_self_signed(std::span<const std::string> names, Time now,
                                     Millis validity) {
  THIG_TRY_ASSIGN(alternatives, alternative_names(names));
  const KeyPtr key(EVP_EC_gen("P-256"));
  if (!key) return failed("generating the key");
  const CertPtr certificate(X509_new());
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      !set_random_serial(certificate.get()) || !set_subject(certificate.get(), names.front()) ||
      !set_validity(certificate.get(), now, validity) ||
      X509_set_pubkey(certificate.get(), key.get()) != 1 ||
      !add_extensions(certificate.get(), alternatives)) {
    return failed("filling it in");
  }
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) return failed("signing it");
  return to_pem(certificate.get(), key.get());
}

}  // namespace thig
