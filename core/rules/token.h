// Texts that nobody can guess, and that open something for whoever has them: the end of an incoming
// webhook's URL, a login code, a session's cookie. 256 random bits need no slow hash, so what is
// kept of one, and what it is looked up by, is its SHA-256.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace thig {

inline constexpr std::size_t token_bytes = 32;

// token_bytes random bytes in base64url without padding: 43 characters.
std::string make_token(std::string_view random_bytes);
// Whether make_token can have made it.
bool is_token(std::string_view text);
std::string token_hash(std::string_view token);

}  // namespace thig
