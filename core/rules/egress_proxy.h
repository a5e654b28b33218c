// The egress proxy: through which deliveries leave a network whose machines may not connect to
// others themselves. Pure.
#pragma once

#include "core/base/error.h"
#include "core/base/remark.h"
#include "core/model/outcome.h"

#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct EgressProxy {
  bool tls = false;  // https://: it is spoken to in TLS, and its certificate is checked
  std::string host;  // lower case; an IPv6 literal without its brackets
  int port = 0;
  std::string text{};  // "http://proxy.example.com:3128": for people, never with credentials

  std::string user{};  // empty: it is not told who asks
  std::string password{};
  std::string ca_file{};  // PEM, of an https:// proxy; empty for the system's authorities
  // It is asked to connect to names, and so decides about addresses; else to an address that was
  // looked up and checked here.
  bool resolves = false;
  std::vector<std::string> except{};  // hosts that are connected to directly, see bypasses_proxy

  bool operator==(const EgressProxy&) const = default;
};

// Accepts http://host:port and https://host:port, with a slash at the end or not. `invalid`, never
// repeating the text, for all else: a missing port, and a user name or password, which everybody
// could read in the process list.
Result<EgressProxy> parse_proxy_url(std::string_view text);

// What goes through it, and who decides about addresses: for people.
std::string describe(const EgressProxy& proxy);

// Takes "user:password" over. `invalid` without a colon or a user name, for control characters and
// for more than 1024 bytes; the text is not repeated.
Status take_proxy_credentials(EgressProxy& proxy, std::string_view text);

// What `except` may hold: a host, an address, or "*.example.com" for all hosts below a name.
Status check_proxy_exception(std::string_view text);
// Whether the host (lower case, without brackets) is connected to directly.
bool bypasses_proxy(const EgressProxy& proxy, std::string_view host);

// Whether an attempt failed at the proxy.
bool is_proxy_fault(Fault fault);
// What to do about it; empty for other faults.
Remark proxy_hint(Fault fault);

}  // namespace thig
