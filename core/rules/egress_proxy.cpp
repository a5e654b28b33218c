#include "core/rules/egress_proxy.h"

#include "core/base/codec.h"
#include "core/rules/address_policy.h"
#include "core/rules/url_rules.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_credentials = 1024;
constexpr std::string_view proxy_form = "write it like http://proxy.example.com:3128";

std::unexpected<Error> not_a_proxy(std::string text, Remark hint = proxy_form) {
  return fail(ErrorCode::invalid, std::move(text), std::move(hint));
}

// Takes "http://" or "https://" off; whether it is the latter.
Result<bool> take_proxy_scheme(std::string_view& rest) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (ascii_lower(rest.substr(0, scheme.size())) != scheme) continue;
    rest.remove_prefix(scheme.size());
    return scheme == "https://";
  }
  return not_a_proxy("the URL of a proxy must begin with http:// or https://");
}

bool has_port(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  return colon != authority.npos && (bracket == authority.npos || colon > bracket);
}

}  // namespace

Result<EgressProxy> parse_proxy_url(std::string_view text) {
  std::string_view rest = text;
  THIG_TRY_ASSIGN(tls, take_proxy_scheme(rest));
  if (rest.find('@') != rest.npos) {
    return not_a_proxy("the URL of a proxy must not contain a user name or password",
                       "put user:password into a file that others cannot read, and pass it with "
                       "--proxy-auth-file (proxy.authFile)");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#") != rest.npos) {
    return not_a_proxy("the URL of a proxy has no path");
  }
  if (!has_port(rest)) return not_a_proxy("the URL of a proxy must have a port");
  // Hosts are what they are in the URL of a webhook.
  auto url = parse_webhook_url(fmt::format("https://{}/", rest));
  if (!url) return not_a_proxy(std::move(url).error().text);
  EgressProxy proxy{.tls = tls, .host = url->host, .port = url->port};
  proxy.text =
      fmt::format("{}://{}:{}", tls ? "https" : "http", host_in_url(proxy.host), proxy.port);
  return proxy;
}

std::string describe(const EgressProxy& proxy) {
  return fmt::format("receivers are reached through the proxy {}{}", proxy.text,
                     proxy.resolves
                         ? ", which looks their names up and so decides which addresses are reached"
                         : "; their addresses are checked here");
}

Status take_proxy_credentials(EgressProxy& proxy, std::string_view text) {
  constexpr std::string_view form = "write it on one line, like user:password";
  if (text.size() > longest_credentials) {
    return fail(
        ErrorCode::invalid,
        fmt::format("the proxy's credentials are longer than {} bytes", longest_credentials), form);
  }
  const bool control = std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
  if (control) {
    return fail(ErrorCode::invalid, "the proxy's credentials contain a control character", form);
  }
  const std::size_t colon = text.find(':');
  if (colon == text.npos || colon == 0) {
    return fail(ErrorCode::invalid, "the proxy's credentials are not a user name and a password",
                form);
  }
  proxy.user = text.substr(0, colon);
  proxy.password = text.substr(colon + 1);
  return {};
}

Status check_proxy_exception(std::string_view text) {
  std::string_view host = text.starts_with("*.") ? text.substr(2) : text;
  const bool address = parse_address(text).has_value();
  if (address || parse_webhook_url(fmt::format("https://{}/", host)).has_value()) {
    if (address || host.find_first_of(":/?#[") == host.npos) return {};
  }
  return fail(ErrorCode::invalid, "must be a host, an address, or *.example.com", {});
}

bool bypasses_proxy(const EgressProxy& proxy, std::string_view host) {
  const auto same_address = [&](const std::string& one) {
    const auto address = parse_address(one);
    return address && address == parse_address(host);
  };
  return std::ranges::any_of(proxy.except, [&](const std::string& one) {
    std::string wanted = ascii_lower(one);
    if (wanted.ends_with('.')) wanted.pop_back();  // as that of the host has been
    if (wanted.starts_with("*.")) return host.ends_with(wanted.substr(1));
    return wanted == host || same_address(wanted);
  });
}

bool is_proxy_fault(Fault fault) {
  return fault >= Fault::proxy_unreachable && fault <= Fault::proxy_failed;
}

// Which proxy is used is no webhook's setting, so there is one way to call it wherever this is
// read.
Remark proxy_hint(Fault fault) {
  switch (fault) {
    case Fault::proxy_unreachable:
      return "check that the proxy runs, and its host and port in --proxy (proxy.url in the "
             "configuration file)";
    case Fault::proxy_tls:
      return "trust the proxy's certificate with --proxy-ca-file (proxy.caFile), or use http:// if "
             "the proxy does not speak TLS";
    case Fault::proxy_credentials:
      return "put user:password into a file that others cannot read, and pass it with "
             "--proxy-auth-file (proxy.authFile); only Basic authentication is supported";
    case Fault::proxy_refused:
      return "ask the proxy's administrator to allow CONNECT to that address and port; if the "
             "proxy decides by name, use --proxy-resolves (proxy.resolves)";
    case Fault::proxy_failed:
      return "the proxy could not reach the receiver: check the proxy's log, and that the receiver "
             "is up";
    default:
      return {};
  }
}

}  // namespace thig
