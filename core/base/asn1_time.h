// Times in certificates.
#pragma once

#include "core/base/time.h"

#include <optional>

#include <openssl/asn1.h>

namespace thig {

// Nothing for what is no valid time.
std::optional<Time> time_of(const ASN1_TIME* time);

}  // namespace thig
