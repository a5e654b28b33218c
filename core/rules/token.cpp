#include "core/rules/token.h"

#include "core/base/codec.h"
#include "core/base/hmac.h"

#include <algorithm>

namespace thig {

std::string make_token(std::string_view random_bytes) {
  std::string token = to_base64(random_bytes);
  std::ranges::replace(token, '+', '-');
  std::ranges::replace(token, '/', '_');
  token.erase(token.find_last_not_of('=') + 1);
  return token;
}

bool is_token(std::string_view text) {
  constexpr std::size_t length = 43;
  if (text.size() != length) return false;
  std::string standard(text);
  std::ranges::replace(standard, '-', '+');
  std::ranges::replace(standard, '_', '/');
  const auto bytes = from_base64(standard + '=');
  // Other texts may stand for the same bytes; only one of them was given out.
  return bytes && make_token(*bytes) == text;
}

std::string token_hash(std::string_view token) {
  return hash(Digest::sha256, token);
}

}  // namespace thig
