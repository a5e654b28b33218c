// The certificate of `listen`, kept between runs so that webhooks which trust it go on doing so.
#pragma once

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/net/certificate.h"

#include <span>
#include <string>

namespace thig {

// Reads the certificate from `file` and its key from `file`.key (both 0600) if they were made here
// for exactly these names and are valid for another day; makes them anew otherwise. `file` if they
// cannot be written, if other users can write them, or if the file is something else, which is left
// alone.
Result<Certificate> listen_certificate(const std::string& file, std::span<const std::string> names,
                                       Time now, Random& random);

}  // namespace thig
