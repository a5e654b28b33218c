// Cookies (RFC 6265): finding one, and the one of a session.
#pragma once

#include "core/base/time.h"

#include <optional>
#include <string>
#include <string_view>

namespace thig {

// The value of the cookie of exactly this name in a Cookie header. Nothing if it is not there, and
// if it is there twice: another host of the same domain may have set one of them, and which of them
// is ours is for nobody to guess.
std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name);

// The cookie of a session. `secure`: browsers reach us by HTTPS alone. Its name is one then that
// they take from this very host alone, and send over HTTPS alone.
std::string_view session_cookie_name(bool secure);
// For Set-Cookie: not readable by scripts, and sent with what pages of this site ask for alone.
std::string session_cookie(std::string_view token, bool secure, Millis lifetime);
// The same, which makes a browser forget it.
std::string ended_session_cookie(bool secure);

}  // namespace thig
