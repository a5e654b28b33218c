// Making signatures, by the table of rules/scheme.h.
#pragma once

#include "core/model/endpoint.h"
#include "core/rules/scheme.h"
#include "core/rules/secret.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// Everything that can be signed. What a scheme does not sign may be empty.
struct SignedMessage {
  std::string_view id;
  std::string_view timestamp;  // as it stands in the header
  std::string_view url;        // as the sender knows it
  std::string_view body;
};

// The bytes that are signed, in parts, so that a body need not be copied. The message must outlive
// it.
class SignedContent {
 public:
  SignedContent(std::string_view content, const SignedMessage& message);
  SignedContent(const SignedContent&) = delete;
  SignedContent& operator=(const SignedContent&) = delete;
  std::span<const std::string_view> parts() const { return parts_; }
  std::string joined() const;

 private:
  std::string form_;
  std::vector<std::string_view> parts_;
};

// The key of an HMAC in one form; empty if the secret has none. May refer to `storage`.
std::string_view key_in_form(KeyForm form, const SigningKey& key, std::string& storage);

// Whether the secret can sign so.
bool can_sign(const Scheme& scheme, const SigningKey& key);
// The same for checking, which a public key does.
bool can_verify(const Scheme& scheme, const SigningKey& key);
// What a key of the scheme looks like, for people: "whose keys are …".
std::string key_description(const Scheme& scheme);

// The signature as it is written, without the scheme's prefix; nothing if the secret cannot sign
// so, or the scheme is for another kind of URL.
std::optional<std::string> make_signature(const Scheme& scheme, const SigningKey& key,
                                          const SignedMessage& message);

// The headers that a sender would send: the id's, the timestamp's, and the signatures of the
// schemes by every key that can sign so, all of the first scheme before the second's. A header with
// space for one signature gets the first key's. The schemes must share their headers (the rows of
// one name).
std::vector<Header> sign(std::span<const Scheme* const> schemes, std::span<const SigningKey> keys,
                         const SignedMessage& message);

// The value of a delivery's `webhook-signature`: v1 of every key first, then t1 of every key; for
// `thig` the bare hex of the first key. Every token has exactly one comma. `keys` holds the current
// secret's key first, then those still in overlap; at least one.
std::string signature_header(SignatureMode mode, std::span<const SigningKey> keys,
                             std::string_view id, std::int64_t timestamp, std::string_view body);

// Lower-case hex of t1 alone: for the extra header of `--signature-header`.
std::string bare_signature(const SigningKey& key, std::int64_t timestamp, std::string_view body);

}  // namespace thig
