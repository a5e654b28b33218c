// Signing secrets: which are acceptable, and what they sign with.
#pragma once

#include "core/base/error.h"
#include "core/model/endpoint.h"

#include <string>
#include <string_view>

namespace thig {

// A fresh secret: "whsec_" and the base64 of these 32 random bytes.
std::string make_secret(std::string_view random_bytes);

// Whether the text is "whsec_" and base64 of 24 to 64 bytes: only such a secret can sign v1.
bool is_standard_secret(std::string_view secret);

// Whether a text can be a secret at all: `invalid` for an empty or blank one (whichever of
// Unicode's blanks and invisible characters it is of), a prefix with nothing behind it, one with
// control characters or over 1024 bytes, and one with what was copied along with it around it:
// blanks, a byte order mark, quotes, "NAME=".
Status check_secret(std::string_view secret);
// Whether a webhook of this mode can have this secret; the hint names `--signature thig`.
Status check_secret(std::string_view secret, SignatureMode mode);

// What a secret signs with. Deriving it costs more than a signature, so senders keep it.
struct SigningKey {
  // The decoded bytes behind "whsec_" or "v1,whsec_", 1 to 64; empty if the secret is none. Fewer
  // than 24 do to verify what others sign.
  std::string standard;
  std::string verbatim;  // the secret's own text; empty for whsk_ and whpk_
  // Ed25519. From "whsk_" and base64 of the seed, alone or with the public key behind it; from
  // "whpk_" and base64 of the public key; 64 hexadecimal digits may be either. Empty if it is none:
  // also for a key of low order (base/ed25519.h), which is a place-holder at best.
  std::string seed{};
  std::string public_key{};
};
SigningKey signing_key(std::string_view secret);

}  // namespace thig
