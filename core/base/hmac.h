// HMAC-SHA256 (RFC 2104).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace thig {

// The 32 bytes of the authentication code over the parts, as if they were one text. Thread-safe.
// Ends the process if OpenSSL cannot do it, which only a broken installation or lack of memory
// brings about: nothing may go out signed with something else.
std::string hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts);

}  // namespace thig
