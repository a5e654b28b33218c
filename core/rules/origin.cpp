#include "core/rules/origin.h"

#include "core/base/codec.h"

#include <algorithm>
#include <charconv>

namespace thig {
namespace {

struct UrlParts {
  std::string scheme;  // in lower case; all are empty for what is no absolute URL
  std::string_view host;
  std::string_view path;
};

UrlParts split_url(std::string_view url) {
  const auto colon = url.find("://");
  if (colon == url.npos) return {};
  const std::string_view rest = url.substr(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view path = rest.substr(end);
  return {.scheme = ascii_lower(url.substr(0, colon)),
          .host = rest.substr(0, end),
          .path = path.substr(0, path.find_first_of("?#"))};
}

}  // namespace

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
  const UrlParts parts = split_url(url);
  const bool tls = parts.scheme == "https";
  return tls || parts.scheme == "http" ? origin_of_host(parts.host, tls) : std::string();
}

std::string host_of_url(std::string_view url) {
  return ascii_lower(split_url(url).host);
}

int port_of_url(std::string_view url) {
  const std::string_view host = split_url(url).host;
  const auto colon = host.rfind(':');
  if (colon == host.npos || host.find(']', colon) != host.npos) return 0;
  int port = 0;
  const auto [end, error] =
      std::from_chars(host.data() + colon + 1, host.data() + host.size(), port);
  return error == std::errc() && end == host.data() + host.size() ? port : 0;
}

std::string path_of_url(std::string_view url) {
  const std::string_view path = split_url(url).path;
  return std::string(path.substr(0, path.find_last_not_of('/') + 1));
}

}  // namespace thig
