// Which OpenSSL is in use.
#pragma once

#include <string>

namespace thig {

// "3.0.17", of the library that was loaded.
std::string openssl_version();

}  // namespace thig
