#include "core/rules/cookie.h"

#include "core/base/codec.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {

std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name) {
  std::optional<std::string_view> found;
  while (!header.empty()) {
    const std::string_view pair = trimmed(header.substr(0, header.find(';')));
    header.remove_prefix(std::min(header.size(), header.find(';')));
    if (!header.empty()) header.remove_prefix(1);
    const auto equals = pair.find('=');
    if (equals == pair.npos || pair.substr(0, equals) != name) continue;
    if (found) return std::nullopt;
    found = pair.substr(equals + 1);
  }
  return found;
}

std::string_view session_cookie_name(bool secure) {
  return secure ? "__Host-thig" : "thig";
}

std::string session_cookie(std::string_view token, bool secure, Millis lifetime) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(lifetime).count();
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}; Max-Age={}",
                     session_cookie_name(secure), token, secure ? "; Secure" : "", seconds);
}

std::string ended_session_cookie(bool secure) {
  return session_cookie({}, secure, Millis{0});
}

}  // namespace thig
