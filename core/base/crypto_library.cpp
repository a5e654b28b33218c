#include "core/base/crypto_library.h"

#include <openssl/crypto.h>

namespace thig {

std::string openssl_version() {
  return OpenSSL_version(OPENSSL_VERSION_STRING);
}

}  // namespace thig
