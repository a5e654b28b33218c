// Signing a message as a sender would: the mirror of core/api/message_check.h.
#pragma once

#include "core/api/words.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/rules/signing.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// The fields are named as here.
struct MessageToSign {
  std::string_view body;
  std::string_view url{};           // for senders that sign it; else empty
  std::optional<std::string> id{};  // else a fresh one
  std::optional<Time> timestamp{};  // else now
};

struct SignedRequest {
  std::vector<Header> headers;
  std::vector<std::string> signed_contents;  // of each scheme, its pattern: "{id}.{body}"
};

// Those of a delivery of ours that is signed with these keys; at least one.
std::vector<const Scheme*> schemes_of_delivery(std::span<const SigningKey> keys);

// `invalid` unless one of the keys can sign by one of the schemes.
Status check_can_sign(std::span<const Scheme* const> schemes, std::span<const SigningKey> keys);
// How many of the keys sign: a header may have space for one signature.
struct SigningKeyUse {
  std::size_t used = 0;
  bool room_for_one = false;  // more could sign
};
SigningKeyUse used_keys(std::span<const Scheme* const> schemes, std::span<const SigningKey> keys);
// `usage` for a field that the scheme does not sign: it would be taken for signed.
Status check_signed_fields(const Scheme& scheme, const MessageToSign& message,
                           const Wording& wording);

// The headers of the message, under schemes that share their headers (rules/signing.h). Errors as
// of check_signed_fields; `invalid` if no receiver could make sense of it.
Result<SignedRequest> sign_message(std::span<const Scheme* const> schemes,
                                   std::span<const SigningKey> keys, const MessageToSign& message,
                                   Time now, Random& random, const Wording& wording);

// The content type that a sender of these schemes would give the body.
std::string content_type_of(std::string_view body, std::span<const Scheme* const> schemes);

// `scheme` as it was asked for; `curl` is a command that sends it, or empty.
std::string signed_request_document(const SignedRequest& request, std::string_view scheme,
                                    std::string_view curl);

}  // namespace thig
