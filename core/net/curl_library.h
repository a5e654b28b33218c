// Which libcurl is in use.
#pragma once

#include <string>

namespace thig {

// "7.88.1", of the library that was loaded.
std::string curl_library_version();

}  // namespace thig
