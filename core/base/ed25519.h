// Ed25519 (RFC 8032): signatures whose verifier needs no secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace thig {

inline constexpr std::size_t ed25519_key_size = 32;  // of a seed, and of a public key
inline constexpr std::size_t ed25519_signature_size = 64;

// Whether it is one of the few keys under which anybody can make a signature of any message that
// verifies. No pair of keys has one; zeros that stand for a key still to be filled in are one.
bool ed25519_is_low_order(std::string_view public_key);

// The public key that belongs to a seed; nothing if the seed has another size.
std::optional<std::string> ed25519_public_key(std::string_view seed);
// The 64 bytes of the signature; nothing if the seed has another size.
std::optional<std::string> ed25519_sign(std::string_view seed, std::string_view message);
// False also for keys and signatures of another size.
bool ed25519_verify(std::string_view public_key, std::string_view message,
                    std::string_view signature);

}  // namespace thig
