// The libcurl in use.
#pragma once

#include "core/base/error.h"

#include <string>

namespace thig {

// "7.88.1", of the library that was loaded.
std::string curl_library_version();

// Makes it fit for use; `network` if it cannot be. Once a process; never undone, because look-ups
// that hang may outlive whoever uses it.
Status load_curl_library();

}  // namespace thig
