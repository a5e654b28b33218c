// Whether a request comes from a page of our own. What a browser sends along by itself, such as a
// cookie, it sends for any page that makes it (cross-site request forgery): a request that relies
// on it and changes something has to come from here.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace thig {

// What a browser says of the page that makes it send a request; pages cannot change these headers.
struct RequestSource {
  std::optional<std::string_view> fetch_site{};  // Sec-Fetch-Site; nothing if it is not there
  std::optional<std::string_view> origin{};      // Origin
};

// Whether the source is a page of ours, whose origins are `own`. Browsers say so themselves in
// Sec-Fetch-Site, which alone counts where it is; on plain http under another name than localhost
// they leave it out, and the Origin has to be one of `own`. Who says neither is no browser that
// could be relied upon: false.
bool comes_from_own_page(const RequestSource& source, std::span<const std::string> own);

// GET and HEAD, which change nothing here.
bool is_safe_method(std::string_view method);

// "https://hooks.example.com", as a browser writes the origin of what it asked this Host header
// for: in lower case, without the port that the scheme has anyway.
std::string origin_of_host(std::string_view host, bool tls);
// The same of an absolute URL (http or https); empty if it is none.
std::string origin_of_url(std::string_view url);
// What such a URL has behind "://" and before its path, as a Host header names it.
std::string host_of_url(std::string_view url);
// The port there; 0 where it has none of its own.
int port_of_url(std::string_view url);
// Its path without a slash at the end: "/hooks"; empty where there is nothing more.
std::string path_of_url(std::string_view url);

}  // namespace thig
