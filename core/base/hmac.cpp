#include "core/base/hmac.h"

#include <cstdlib>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/evp.h>

namespace thig {
namespace {

struct FreeMac {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

// Finding the algorithm costs about as much as signing 500 bytes with it (1.1 µs), so it is done
// once a thread, and each signature only sets a key.
MacContext make_context() {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  MacContext context(EVP_MAC_CTX_new(mac));
  EVP_MAC_free(mac);  // the context holds on to it
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  if (!context || EVP_MAC_CTX_set_params(context.get(), params) != 1) std::abort();
  return context;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts) {
  thread_local const MacContext context = make_context();
  if (key.empty()) key = "";  // a null pointer would mean the key of the time before
  unsigned char code[32];
  std::size_t length = 0;
  bool ok = EVP_MAC_init(context.get(), bytes_of(key), key.size(), nullptr) == 1;
  for (const std::string_view part : parts) {
    ok = ok && EVP_MAC_update(context.get(), bytes_of(part), part.size()) == 1;
  }
  if (!ok || EVP_MAC_final(context.get(), code, &length, sizeof(code)) != 1) std::abort();
  return {reinterpret_cast<const char*>(code), length};
}

}  // namespace thig
