// Which URLs a webhook may have, and their parts.
#pragma once

#include "core/base/error.h"

#include <string>
#include <string_view>

namespace thig {

struct Url {
  std::string host;  // lower case; an IPv6 literal without its brackets
  bool host_is_ipv6 = false;
  int port = 443;
  std::string target;  // path and query; at least "/"
  std::string text;    // normalised: https://host[:port]target
};

// Accepts https://host[:port][/path][?query] and nothing else. `invalid`, each with what to do,
// for: another scheme ("http://": only HTTPS), user info, a fragment, no host, over 2048 bytes,
// spaces, control characters, backslashes, non-ASCII (the hint has the host in punycode), percent
// signs or empty labels in the host, a port outside 1 to 65535, and hosts that are a number in a
// spelling other than a dotted quad (2130706433, 0x7f.1, 127.1, 0177.0.0.1). A final dot of the
// host is dropped. Does not check addresses: see check_url_target.
Result<Url> parse_webhook_url(std::string_view text);
// The host as it stands in a URL: an IPv6 address in brackets.
std::string host_in_url(std::string_view host);

// What parse_webhook_url asks of the characters of a URL and of its length: 1 to 2048 bytes of
// ASCII. The hint for others has the host in punycode, behind `scheme`.
Status check_url_characters(std::string_view text, std::string_view scheme);

// parse_webhook_url, and for a host that is a literal address or "localhost" (or under
// ".localhost"): `invalid` if may_send_to says no; the hint names --allow-private where that would
// open it.
Result<Url> check_url_target(std::string_view text, bool allow_private);

// The same text with every URL in it cut to scheme, host and port: paths and
// queries often hold a token, as does user info.
std::string without_url_paths(std::string_view text);

// Whether it can be the URL that a sender signs. Only signed and compared, never sent to: `invalid`
// for what is no absolute http:// or https:// URL with a host, or has blanks or control characters.
Status check_signed_url(std::string_view text);

}  // namespace thig
