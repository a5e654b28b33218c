// The secret of `listen`, kept between runs as its certificate is, so that a webhook which was
// added for it goes on being verified.
#pragma once

#include "core/base/error.h"
#include "core/base/random.h"

#include <string>

namespace thig {

// Reads it from `file` (0600), or makes one there. `file` if it cannot be written or read, or other
// users can write it.
Result<std::string> listen_secret(const std::string& file, Random& random);

}  // namespace thig
