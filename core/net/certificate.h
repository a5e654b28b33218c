// A certificate for a local receiver, so that deliveries to it are as real as any other: HTTPS,
// verified.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"

#include <span>
#include <string>

namespace thig {

struct Certificate {
  std::string certificate;  // PEM
  std::string private_key;  // PEM
};

// Self-signed, P-256, valid from an hour before `now` for `validity`, for the given names and
// literal addresses (subject alternative names). It is its own authority: give it to `--ca-file`.
Result<Certificate> make_self_signed(std::span<const std::string> names, Time now, Millis validity);

}  // namespace thig
