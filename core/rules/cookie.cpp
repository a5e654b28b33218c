#include "core/rules/cookie.h"

#include "core/base/codec.h"
#include "core/rules/form.h"

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

// __Host- needs Path=/, so the path is part of the name, too, where no slash may stand.
SessionCookie::SessionCookie(const CookiePlace& place)
    : secure_(place.secure), name_(place.secure ? "__Host-thig" : "thig") {
  const int usual_port = secure_ ? 443 : 80;
  if (place.port != 0 && place.port != usual_port) name_ += fmt::format("-{}", place.port);
  name_ += percent_encoded(place.path);
}

std::string SessionCookie::begin(std::string_view token, Millis lifetime) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(lifetime).count();
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}; Max-Age={}", name_, token,
                     secure_ ? "; Secure" : "", seconds);
}

}  // namespace thig
