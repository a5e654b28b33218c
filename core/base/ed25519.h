// Ed25519 (RFC 8032): signatures whose verifier needs no secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace thig {

inline constexpr std::size_t ed25519_key_size = 32;  // of a seed, and of a public key
inline constexpr std::size_t ed25519_signature_size = 64;

// The public key that belongs to a seed; nothing if the seed has another size.
std::optional<std::string> ed25519_public_key(std::string_view seed);
// The 64 bytes of the signature; nothing if the seed has another size.
std::optional<std::string> ed25519_sign(std::string_view seed, std::string_view message);
// False also for keys and signatures of another size.
bool ed25519_verify(std::string_view public_key, std::string_view message,
                    std::string_view signature);

}  // namespace thig
