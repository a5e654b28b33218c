#include "core/web/proxy_trust.h"

#include "core/base/codec.h"
#include "core/rules/address_policy.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_name = 100;

// As CGI, and some servers behind it, make one name of several.
std::string folded(std::string_view name) {
  std::string text = ascii_lower(name);
  std::ranges::replace(text, '_', '-');
  return text;
}

}  // namespace

bool is_proxy(const ProxyTrust& trust, std::string_view peer) {
  if (peer == unix_peer) return true;
  const auto address = parse_address(peer);
  return address && std::ranges::any_of(
                        trust.peers, [&](const Cidr& range) { return contains(range, *address); });
}

Result<std::optional<std::string>> proxied_user(const ProxyTrust& trust,
                                                const HttpRequest& request) {
  std::optional<std::string> name;
  for (const Header& header : request.headers) {
    if (folded(header.name) != folded(trust.header)) continue;
    if (header.name != trust.header || name) {
      return fail(
          ErrorCode::invalid,
          fmt::format("the header {} is set more than once, or under another name", trust.header),
          "the proxy must remove this header from client requests");
    }
    name = std::string(trimmed(header.value));
  }
  if (name && (name->empty() || name->size() > longest_name || !is_plain_text(*name))) {
    return fail(ErrorCode::invalid,
                fmt::format("the header {} must contain the name of a member", trust.header));
  }
  return name;
}

}  // namespace thig
