// The signature headers of a delivery (system.md "What is settled").
//   v1: "v1," + base64 of HMAC-SHA256 over `id.timestamp.body`, key = the base64 after "whsec_"
//   t1: "t1," + hex of HMAC-SHA256 over `timestamp.body`, key = the secret as it was given out
#pragma once

#include "core/base/error.h"
#include "core/model/endpoint.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// A fresh secret: "whsec_" and the base64 of these 32 random bytes.
std::string make_secret(std::string_view random_bytes);

// Whether the text is "whsec_" and base64 of 24 to 64 bytes: only such a secret can sign v1.
bool is_standard_secret(std::string_view secret);

// Whether a webhook of this mode can have this secret. `invalid` for an empty or blank secret, one
// with control characters or over 1024 bytes, or one that is no standard secret for a mode that
// signs v1; the hint names `--signature thig`.
Status check_secret(std::string_view secret, SignatureMode mode);

// What a secret signs with. Deriving it costs more than a signature, so senders keep it.
struct SigningKey {
  std::string standard;  // the decoded bytes; empty if the secret is no standard secret
  std::string verbatim;  // the secret's own text
};
SigningKey signing_key(std::string_view secret);

// The value of `webhook-signature`: space-separated tokens, v1 of every key first, then t1 of every
// key; for `thig` the bare hex of the first key. Every token has exactly one comma. `keys` holds
// the current secret's key first, then those still in overlap; at least one.
std::string signature_header(SignatureMode mode, std::span<const SigningKey> keys,
                             std::string_view id, std::int64_t timestamp, std::string_view body);

// Lower-case hex of t1 alone: for the extra header of `--signature-header`.
std::string bare_signature(const SigningKey& key, std::int64_t timestamp, std::string_view body);

// Why `verify_delivery` said no.
enum class SignatureVerdict {
  valid,
  missing_header,    // webhook-id, webhook-timestamp or webhook-signature is absent or empty
  malformed_header,  // the timestamp is no plain integer, the id has a '.', the list has over 64
                     // tokens
  no_match,          // no token is the signature of any secret
  too_old,           // signed rightly, but longer ago than the tolerance
  too_new,           // signed rightly, but further in the future than the tolerance
};
std::string_view to_text(SignatureVerdict verdict);

struct VerifiedDelivery {
  SignatureVerdict verdict = SignatureVerdict::no_match;
  std::string matched;        // "v1", "t1" or "thig": the first token that matched; empty if none
  std::size_t key_index = 0;  // the key it matched
};

// Checks the three headers of a delivery as a receiver does. All tokens are compared against all
// keys, each in constant time, without an early exit.
VerifiedDelivery verify_delivery(std::span<const SigningKey> keys, std::string_view id,
                                 std::string_view timestamp, std::string_view signature,
                                 std::string_view body, Time now, Millis tolerance);

}  // namespace thig
