#include "core/net/proxy_route.h"

#include "core/rules/url_rules.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace thig {
namespace {

// Of a literal address, which does not change.
constexpr std::chrono::hours kLiteralBelieved{1};
constexpr int kProxyCredentialsWanted = 407;

TransportFailed at_proxy(FailureKind kind, Fault fault, const EgressProxy& proxy,
                         std::string_view what) {
  return {kind, fmt::format("the proxy {}: {}", proxy.text, what), fault};
}

TransportFailed answered(const ProxyTry& tried) {
  if (tried.status == kProxyCredentialsWanted) {
    return {FailureKind::local,
            fmt::format("the proxy {} {} (407)", tried.proxy.text,
                        tried.proxy.user.empty() ? "asks for a user name and a password"
                                                 : "does not accept our user name and password"),
            Fault::proxy_credentials};
  }
  return {FailureKind::connect,
          fmt::format("the proxy {} answered {} to CONNECT {}", tried.proxy.text, tried.status,
                      tried.receiver),
          tried.status >= 500 ? Fault::proxy_failed : Fault::proxy_refused};
}

TransportFailed timed_out(const ProxyTry& tried, std::string_view in_time) {
  if (tried.status != 0) return answered(tried);  // and was slow to say more
  if (tried.asked) {
    return {FailureKind::timeout,
            fmt::format("the proxy {} did not connect to {} {}", tried.proxy.text, tried.receiver,
                        in_time),
            Fault::proxy_failed};
  }
  return at_proxy(FailureKind::local, Fault::proxy_unreachable, tried.proxy,
                  fmt::format("no connection {}", in_time));
}

}  // namespace

void ProxyRoute::take(const Resolution& found) {
  asking = false;
  known_until = found.expires;
  // One look-up that fails does not stop what was reached a minute ago.
  if (found.addresses.empty() && !addresses.empty()) return;
  failure = found.failure;
  local = found.local;
  if (found.addresses == addresses) return;
  addresses = found.addresses;
  ++changes;
  resolve = fmt::format("{}:{}:", proxy.host, proxy.port);
  for (const Address& address : addresses) {
    if (!resolve.ends_with(':')) resolve += ',';
    resolve += host_in_url(to_text(address));
  }
}

bool ProxyRoute::take_literal() {
  const auto address = parse_address(proxy.host);
  if (!address) return false;
  Resolution found;
  found.addresses.push_back(*address);
  found.expires = Steady::now() + kLiteralBelieved;
  take(found);
  return true;
}

bool ProxyRoute::leads_to(const Address& address) const {
  return std::ranges::find(addresses, address) != addresses.end();
}

void configure_proxy(CURL* easy, const EgressProxy& proxy) {
  curl_easy_setopt(easy, CURLOPT_PROXY, proxy.text.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");  // unset, it would be the environment's
  curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
  // Its answer is not the receiver's, nor are our headers meant for it.
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_HEADEROPT, long{CURLHEADER_SEPARATE});
  curl_easy_setopt(easy, CURLOPT_PROXYAUTH, CURLAUTH_BASIC);
  if (!proxy.user.empty()) {
    curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, proxy.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, proxy.password.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, nullptr);
  if (!proxy.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, proxy.ca_file.c_str());
  }
}

void configure_no_proxy(CURL* easy) {
  // Empty, not unset: unset, libcurl would take a proxy from the environment, and the address that
  // was checked would not be the one connected to.
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

Outcome outcome_at_proxy(Exchange& exchange, CURLcode code, long os_error, std::string_view message,
                         const ProxyTry& tried) {
  if (tried.status != 0 && exchange.refusal.empty()) return answered(tried);
  if (code == CURLE_OPERATION_TIMEDOUT) return timed_out(tried, "in time");
  auto outcome =
      outcome_of(exchange, code, os_error, message, Peer{tried.proxy.host, tried.address});
  const auto* failed = std::get_if<TransportFailed>(&outcome);
  if (failed == nullptr) return outcome;
  switch (failed->kind) {
    case FailureKind::dns:
    case FailureKind::connect:
      return at_proxy(FailureKind::local, Fault::proxy_unreachable, tried.proxy, failed->detail);
    case FailureKind::tls:
      return at_proxy(FailureKind::local, Fault::proxy_tls, tried.proxy, failed->detail);
    case FailureKind::local:
      return outcome;
    case FailureKind::timeout:
    case FailureKind::closed:
    case FailureKind::bad_answer:
      return at_proxy(FailureKind::connect, Fault::proxy_failed, tried.proxy,
                      fmt::format("no answer to CONNECT {}: {}", tried.receiver, failed->detail));
  }
  return outcome;
}

Outcome outcome_at_proxy_deadline(const ProxyTry& tried, Millis timeout) {
  return timed_out(tried, fmt::format("within {}", format_duration(timeout)));
}

Outcome outcome_without_proxy(const ProxyRoute& route) {
  const Fault fault = route.local ? Fault::unknown : Fault::proxy_unreachable;
  return at_proxy(FailureKind::local, fault, route.proxy, route.failure);
}

Outcome outcome_of_proxy_look_up(const EgressProxy& proxy) {
  return at_proxy(FailureKind::local, Fault::proxy_unreachable, proxy,
                  "the look-up of its name takes too long");
}

}  // namespace thig
