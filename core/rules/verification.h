// Checking the signature of a message that came in, as a receiver does.
#pragma once

#include "core/model/endpoint.h"
#include "core/rules/scheme.h"
#include "core/rules/secret.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct ReceivedMessage {
  std::span<const Header> headers;  // names in any case
  std::string_view body;            // the raw bytes
  std::string_view url;  // as the sender knows it, not the Host header's; empty if not known
};

enum class SignatureVerdict {
  valid,
  missing_header,    // the signature, or what is signed with it, is not there or empty
  malformed_header,  // a header that is there twice with two values, a timestamp that is no plain
                     // integer, an id with a '.', over 64 signatures
  no_match,          // no signature there is that of any secret
};
std::string_view to_text(SignatureVerdict verdict);

enum class AgeVerdict {
  fresh,
  too_old,     // signed longer ago than the tolerance
  too_new,     // signed further in the future than the tolerance
  not_signed,  // this sender signs no timestamp
  ignored,
};
std::string_view to_text(AgeVerdict verdict);

struct Verification {
  SignatureVerdict signature = SignatureVerdict::no_match;
  std::string problem;  // of missing and malformed headers, for people

  // With a valid signature only.
  const Scheme* scheme = nullptr;  // the first that matched
  std::size_t key_index = 0;       // the key it matched
  AgeVerdict age = AgeVerdict::not_signed;
  std::optional<Time> signed_at;
  Millis tolerance{0};

  // The one answer a receiver needs.
  bool valid() const {
    return signature == SignatureVerdict::valid && age != AgeVerdict::too_old &&
           age != AgeVerdict::too_new;
  }
};

struct VerificationRules {
  Time now{};
  std::optional<Millis> tolerance{};  // else the scheme's own
  bool ignore_age = false;
};

// Tries the schemes in their order. Every signature in the message is compared with that of every
// key, in constant time and without an early exit. A scheme whose headers are malformed never
// matches.
Verification verify(std::span<const Scheme* const> schemes, std::span<const SigningKey> keys,
                    const ReceivedMessage& message, const VerificationRules& rules);

// The schemes whose signature header is in the message: of a sender that is not known beforehand.
// Only for explaining; a receiver that lets the sender choose how it is checked is not safe.
std::vector<const Scheme*> detect_schemes(const ReceivedMessage& message);

// What one scheme finds in a message; rules/mismatch.h looks at it more closely.
struct SchemeReading {
  std::string problem;                       // why it cannot be verified so; empty if it can
  bool missing = false;                      // the problem is that something is not there
  std::vector<std::string_view> signatures;  // without their prefixes
  std::string_view id;
  std::string timestamp;  // as it is signed
  std::optional<Time> signed_at;
};
SchemeReading read_message(const Scheme& scheme, const ReceivedMessage& message);

}  // namespace thig
