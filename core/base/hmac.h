// Keyed hashes (RFC 2104) and plain ones.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace thig {

enum class Digest { sha1, sha256, sha512 };

// How many bytes it makes: 20, 32, 64.
std::size_t digest_size(Digest digest);

// The authentication code over the parts, as if they were one text. Thread-safe. Ends the process
// if OpenSSL cannot do it, which only a broken installation or lack of memory brings about: nothing
// may go out signed with something else.
std::string hmac(Digest digest, std::string_view key, std::span<const std::string_view> parts);
inline std::string hmac_sha256(std::string_view key,
                               std::initializer_list<std::string_view> parts) {
  return hmac(Digest::sha256, key, {parts.begin(), parts.size()});
}

// The hash of the bytes. Ends the process as above.
std::string hash(Digest digest, std::string_view bytes);

}  // namespace thig
