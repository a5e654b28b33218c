#include "core/rules/origin.h"

#include "core/base/codec.h"

#include <algorithm>

namespace thig {

bool comes_from_own_page(const RequestSource& source, std::span<const std::string> own) {
  if (source.fetch_site) return *source.fetch_site == "same-origin";
  // "null" is what a browser says of what has no origin: a sandboxed frame, a file. One of ours
  // that is empty is not set.
  if (!source.origin || source.origin->empty() || *source.origin == "null") return false;
  return std::ranges::find(own, *source.origin) != own.end();
}

bool is_safe_method(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

std::string origin_of_host(std::string_view host, bool tls) {
  std::string origin = (tls ? "https://" : "http://") + ascii_lower(host);
  const std::string_view usual_port = tls ? ":443" : ":80";
  if (origin.ends_with(usual_port)) origin.resize(origin.size() - usual_port.size());
  return origin;
}

std::string origin_of_url(std::string_view url) {
  const auto colon = url.find("://");
  const std::string scheme = ascii_lower(url.substr(0, colon));
  if (colon == url.npos || (scheme != "https" && scheme != "http")) return {};
  const std::string_view rest = url.substr(colon + 3);
  return origin_of_host(rest.substr(0, rest.find_first_of("/?#")), scheme == "https");
}

}  // namespace thig
