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

// Where browsers reach a server.
struct CookiePlace {
  bool secure = false;    // by HTTPS alone
  int port = 0;           // 0: not known, or the scheme's own
  std::string path = {};  // before all paths: "/hooks"; empty for none
};

// The cookie of a session. Browsers send a cookie to every port of its host, so that servers beside
// each other would sign each other's users out: the name says which of them it belongs to.
class SessionCookie {
 public:
  explicit SessionCookie(const CookiePlace& place);

  // Over HTTPS it begins with __Host-: browsers take it from this very host alone then, and send it
  // over HTTPS alone.
  const std::string& name() const { return name_; }
  // For Set-Cookie: not readable by scripts, and sent with what pages of this site ask for alone.
  std::string begin(std::string_view token, Millis lifetime) const;
  // The same, which makes a browser forget it.
  std::string end() const { return begin({}, Millis{0}); }

 private:
  bool secure_;
  std::string name_;
};

}  // namespace thig
