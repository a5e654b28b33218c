// Checking a message that came in against secrets, and what may be wrong with it.
#pragma once

#include "core/rules/verification.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thig {

// A body of a webhook's message; GitHub's are the largest.
inline constexpr std::size_t longest_message_body = 25u << 20;

struct MessageCheck {
  Verification verification;
  std::vector<std::string> explanations{};  // what would have matched, or is odd
  bool by_token = false;                    // nothing is signed: the header is the secret
  bool url_missing = false;  // a problem of a sender that signs the URL, which was not given
  Time now{};                // by which the age is judged

  // A signed time that somebody may have written, and how long ago that is; negative in the future.
  bool dated() const;
  std::int64_t age_in_seconds() const;
  // Of a time that nobody would write, as milliseconds read as seconds give.
  bool of_no_era() const;
};

// `secrets` as they were given, at least one; explanations name them masked.
MessageCheck check_message(std::span<const Scheme* const> schemes,
                           std::span<const std::string> secrets, const ReceivedMessage& message,
                           const VerificationRules& rules);

// "secret 2 of 3 (whsec_…aLaS)"
std::string name_of_secret(std::span<const std::string> secrets, std::size_t index);

// The document of it, with the same secrets.
std::string message_check_document(const MessageCheck& check, std::span<const std::string> secrets);

}  // namespace thig
