// Checking a message that came in against secrets, and what may be wrong with it.
#pragma once

#include "core/api/words.h"
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

// Refers to the schemes that were given.
struct MessageCheck {
  Verification verification;
  std::vector<Remark> explanations{};  // what would have matched, or is odd
  bool by_token = false;               // nothing is signed: the header is the secret
  bool url_missing = false;  // the sender signs its URL, which was not given: that may be why
  Time now{};                // the age is what has passed until then

  // Whether there is a signed time, and one that somebody may have written.
  bool dated() const;
  // Whether there is one that nobody would write, as milliseconds read as seconds give.
  bool of_no_era() const;
  // Where there is a signed time; negative if it is in the future.
  std::int64_t age_in_seconds() const;
};

// Verifies the message by any of the schemes and secrets (at least one), and looks for what would
// have matched if none does. Secrets are told masked, also those in its headers.
MessageCheck check_message(std::span<const Scheme* const> schemes,
                           std::span<const std::string> secrets, const ReceivedMessage& message,
                           const VerificationRules& rules);

// "secret 2 of 3 (whsec_…aLaS)"
std::string name_of_secret(std::span<const std::string> secrets, std::size_t index);

// The document of it, with the same secrets.
std::string message_check_document(const MessageCheck& check, std::span<const std::string> secrets,
                                   const Wording& wording);

}  // namespace thig
