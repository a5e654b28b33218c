#include "core/rules/url_rules.h"

#include "core/base/codec.h"
#include "core/rules/address_policy.h"
#include "core/rules/punycode.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_url = 2048;
constexpr std::size_t longest_host = 253;
constexpr std::size_t longest_label = 63;
constexpr int https_port = 443;

constexpr std::string_view form = "write it like https://host/path";

// Errors never repeat the whole URL: its path or query often is a secret.
std::unexpected<Error> invalid(std::string text, Remark hint = form) {
  return fail(ErrorCode::invalid, std::move(text), std::move(hint));
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Takes "https://" off.
Status take_scheme(std::string_view& rest) {
  const std::size_t colon = rest.find(':');
  const std::string scheme = ascii_lower(rest.substr(0, std::min(colon, rest.size())));
  if (colon == rest.npos || !rest.substr(colon).starts_with("://")) {
    return invalid("the URL must begin with https://");
  }
  if (scheme == "http") {
    return invalid("the URL is http://: only HTTPS endpoints are accepted",
                   {"use https://; for a private authority, ", Setting{"ca-file"}});
  }
  if (scheme != "https") {
    return invalid("the URL has a scheme other than https", "only HTTPS endpoints are accepted");
  }
  rest.remove_prefix(colon + 3);
  return {};
}

Status check_label(std::string_view label) {
  if (label.empty()) return invalid("the host has an empty part", "remove the extra dot");
  if (label.size() > longest_label) {
    return invalid(fmt::format("a part of the host is longer than {} characters", longest_label),
                   "");
  }
  const bool good = std::ranges::all_of(
      label, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
  if (!good || label.front() == '-' || label.back() == '-') {
    return invalid(fmt::format("the part \"{}\" of the host is not a valid name", label),
                   "hosts are made of letters, digits, hyphens and dots");
  }
  return {};
}

// Whether some software would read a host that ends in this label as a number, and so as an
// address: decimal, octal or hexadecimal.
bool reads_as_number(std::string_view label) {
  if (std::ranges::all_of(label, is_digit)) return true;
  return (label.starts_with("0x") || label.starts_with("0X")) &&
         std::ranges::all_of(label.substr(2), is_hex_digit);
}

Result<std::string> parse_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty()) return invalid("the URL has no host");
  if (host.size() > longest_host) {
    return invalid(fmt::format("the host is longer than {} characters", longest_host), "");
  }
  if (host.find('%') != host.npos) {
    return invalid("the host has a percent sign", "write its characters as they are");
  }
  std::string_view label;
  for (std::string_view rest = host;;) {
    const std::size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    THIG_TRY(check_label(label));
    if (dot == rest.npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (reads_as_number(label) && !parse_address(host)) {
    return invalid(fmt::format("the host \"{}\" is a number, but not a valid IPv4 address", host),
                   "write an address as four decimal numbers, like 203.0.113.7");
  }
  return ascii_lower(host);
}

Result<int> parse_port(std::string_view digits) {
  int port = 0;
  if (!digits.empty() && digits.size() <= 5 && std::ranges::all_of(digits, is_digit)) {
    std::from_chars(digits.data(), digits.data() + digits.size(), port);
  }
  if (port < 1 || port > 65535) {
    return invalid("the port must be a number from 1 to 65535", "leave :port out for 443");
  }
  return port;
}

// Takes "[…]" off.
Status take_ipv6_host(std::string_view& rest, Url& url) {
  const std::size_t end = rest.find(']');
  const auto address = parse_address(rest.substr(1, std::min(end, rest.size()) - 1));
  if (end == rest.npos || !address || address->v4) {
    return invalid("the host in [ ] is not a valid IPv6 address",
                   "write it without a zone, like [2001:db8::1]");
  }
  url.host = to_text(*address);
  url.host_is_ipv6 = true;
  rest.remove_prefix(end + 1);
  return {};
}

Status read_authority(std::string_view authority, Url& url) {
  if (authority.empty()) return invalid("the URL has no host");
  if (authority.find('@') != authority.npos) {
    return invalid("the URL has user info before an @",
                   "give credentials as an extra header instead");
  }
  std::string_view rest = authority;
  if (const auto address = parse_address(authority); address && !address->v4) {
    return invalid("the host has several colons",
                   fmt::format("put the IPv6 address in brackets: https://[{}]/", authority));
  }
  if (rest.starts_with('[')) {
    THIG_TRY(take_ipv6_host(rest, url));
    if (!rest.empty() && rest.front() != ':') return invalid("after ] only :port may follow");
  } else {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    THIG_TRY_ASSIGN(name, parse_name(rest.substr(0, colon)));
    url.host = std::move(name);
    rest.remove_prefix(colon);
  }
  if (rest.empty()) return {};
  if (rest.find(':', 1) != rest.npos) {
    return invalid("the host has several colons",
                   "put an IPv6 address in brackets: https://[2001:db8::1]/");
  }
  THIG_TRY_ASSIGN(port, parse_port(rest.substr(1)));
  url.port = port;
  return {};
}

// The characters of RFC 3986 for a path and a query.
Status check_target(std::string_view target) {
  constexpr std::string_view signs = "-._~!$&'()*+,;=:@/?";
  for (std::size_t i = 0; i < target.size(); ++i) {
    const char c = target[i];
    if (is_letter(c) || is_digit(c) || signs.find(c) != signs.npos) continue;
    if (c != '%') {
      return invalid(fmt::format("the URL's path or query has the character {}", c),
                     fmt::format("write it percent-encoded: %{:02X}", c));
    }
    if (i + 2 >= target.size() || !is_hex_digit(target[i + 1]) || !is_hex_digit(target[i + 2])) {
      return invalid("a percent sign in the URL is not followed by two hex digits",
                     "write a percent sign itself as %25");
    }
    i += 2;
  }
  return {};
}

// Without "." and ".." (RFC 3986, section 5.2.4), so that what is shown is what is asked for: who
// sends, and proxies on the way, take them out, too.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool open = false;  // ends in a slash
  for (std::string_view rest = path; !rest.empty();) {
    rest.remove_prefix(1);  // the slash
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    open = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!open) kept.push_back(segment);
  }
  std::string out;
  for (const std::string_view segment : kept) {
    out += '/';
    out += segment;
  }
  return open || out.empty() ? out + '/' : out;
}

// The host of a URL, with its port, in ASCII: nothing where that would be refused, too.
std::optional<std::string> ascii_authority(std::string_view authority) {
  const std::size_t colon = std::min(authority.find(':'), authority.size());
  const auto host = punycode(authority.substr(0, colon));
  if (!host) return {};
  std::string ascii = *host;
  ascii += authority.substr(colon);
  Url ignored;
  if (!read_authority(ascii, ignored)) return {};
  return ascii;
}

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text,
                              [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; });
}

// How to write a URL that has characters outside ASCII.
std::string ascii_hint(std::string_view text, std::string_view scheme) {
  constexpr std::string_view separator = "://";
  const std::size_t start = text.find(separator);
  text.remove_prefix(start == text.npos ? 0 : start + separator.size());
  const std::string_view authority = text.substr(0, text.find_first_of("/?"));
  const std::string_view rest = text.substr(authority.size());
  if (!is_ascii(authority)) {
    const auto ascii = ascii_authority(authority);
    if (!ascii) return "write the host in punycode (xn--…) and the rest percent-encoded";
    return fmt::format("write {}://{}/{}{}", scheme, *ascii, rest.size() > 1 ? "…" : "",
                       is_ascii(rest) ? "" : ", and the rest percent-encoded");
  }
  const auto odd = std::ranges::find_if(rest, [](char c) { return !is_ascii({&c, 1}); });
  const std::string_view character = rest.substr(static_cast<std::size_t>(odd - rest.begin()));
  const std::size_t length = utf8_sequence_length(character);
  if (length == 0) return "write it in UTF-8, percent-encoded";
  std::string encoded;
  for (const char c : character.substr(0, length)) {
    encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return fmt::format("write {} percent-encoded: {}", printable(character.substr(0, length)),
                     encoded);
}

bool is_localhost(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

// The address that is certain from the host's text alone.
std::optional<Address> literal_address(const Url& url) {
  return parse_address(is_localhost(url.host) ? "127.0.0.1" : url.host);
}

}  // namespace

Status check_url_characters(std::string_view text, std::string_view scheme) {
  if (text.empty()) return invalid("the URL is empty");
  if (text.size() > longest_url) {
    return invalid(fmt::format("the URL is longer than {} bytes", longest_url), "");
  }
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == ' ') return invalid("the URL has a space", "write a space in it as %20");
    if (byte < 0x20 || byte == 0x7f) {
      return invalid("the URL has a control character", "remove tabs and line breaks");
    }
    if (byte >= 0x80) {
      return invalid("the URL has a character outside ASCII", ascii_hint(text, scheme));
    }
    if (c == '\\') return invalid("the URL has a backslash", "use forward slashes");
    if (c == '#') return invalid("the URL has a fragment", "remove # and what follows it");
  }
  return {};
}

std::string host_in_url(std::string_view host) {
  return host.find(':') == host.npos ? std::string(host) : fmt::format("[{}]", host);
}

Result<Url> parse_webhook_url(std::string_view text) {
  THIG_TRY(check_url_characters(text, "https"));
  std::string_view rest = text;
  THIG_TRY(take_scheme(rest));

  Url url;
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  THIG_TRY(read_authority(rest.substr(0, authority_end), url));

  const std::string_view target = rest.substr(authority_end);
  THIG_TRY(check_target(target));
  const std::size_t query = std::min(target.find('?'), target.size());
  url.target = without_dot_segments(target.substr(0, query));
  url.target += target.substr(query);

  url.text = "https://" + host_in_url(url.host);
  if (url.port != https_port) url.text += fmt::format(":{}", url.port);
  url.text += url.target;
  return url;
}

Result<Url> check_url_target(std::string_view text, bool allow_private) {
  THIG_TRY_ASSIGN(url, parse_webhook_url(text));
  const auto address = literal_address(url);
  if (!address || may_send_to(*address, allow_private)) return url;

  const bool can_be_allowed = classify(*address) == AddressClass::private_;
  return invalid(fmt::format("the host {} is not public: {}", url.host, describe_class(*address)),
                 can_be_allowed
                     ? Remark(Setting{"allow-private"}, " allows this webhook to send there")
                     : Remark("deliveries are never sent to such an address"));
}

std::string without_url_paths(std::string_view text) {
  // What may stand in a host and port, an IPv6 literal and user info included.
  constexpr std::string_view ends = "/?# \t\"'<>\\,;)";
  std::string out;
  for (;;) {
    const std::size_t at = text.find("://");
    out += text.substr(0, at == text.npos ? at : at + 3);
    if (at == text.npos) return out;
    text.remove_prefix(at + 3);
    std::string_view authority = text.substr(0, text.find_first_of(ends));
    text.remove_prefix(authority.size());
    const std::size_t user = authority.rfind('@');
    out += user == authority.npos ? authority : authority.substr(user + 1);
    if (!text.empty() && std::string_view("/?#").contains(text.front())) {
      text.remove_prefix(std::min(text.find_first_of(" \t\"'<>"), text.size()));
    }
  }
}

Status check_signed_url(std::string_view text) {
  const auto wrong = [](std::string what) {
    return invalid(std::move(what), "write it as the sender knows it, like https://host/path");
  };
  if (!is_plain_text(text)) return wrong("the URL must be UTF-8 without control characters");
  if (text.find(' ') != text.npos) return wrong("the URL has a space");
  const std::size_t end = text.find("://");
  const std::string scheme = ascii_lower(text.substr(0, std::min(end, text.size())));
  if (end == text.npos || (scheme != "http" && scheme != "https")) {
    return wrong("the URL must begin with http:// or https://");
  }
  std::string_view host = text.substr(end + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  const std::size_t user = host.rfind('@');
  if (user != host.npos) host.remove_prefix(user + 1);
  if (host.empty() || host.starts_with(':')) return wrong("the URL has no host");
  return {};
}

}  // namespace thig
