// The way through the egress proxy: as a sending thread knows it, and what goes wrong on it.
#pragma once

#include "core/net/exchange.h"
#include "core/net/resolver_pool.h"
#include "core/rules/address_policy.h"
#include "core/rules/egress_proxy.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

namespace thig {

// libcurl is told the addresses of the proxy, as of every other host: it never looks a name up.
struct ProxyRoute {
  EgressProxy proxy;
  std::vector<Address> addresses;
  std::string failure;  // why there are none
  bool local = false;   // because this machine lacks something
  Steady::time_point known_until{};
  std::uint64_t changes = 0;  // of the addresses
  std::string resolve;        // the same as libcurl takes it: "host:port:address,address"
  bool asking = false;        // the resolver has been asked

  // Takes what a look-up has found. Every address will do: the admin has named the proxy.
  void take(const Resolution& found);
  // The same for a host that is a literal address; false if it is a name.
  bool take_literal();
  bool leads_to(const Address& address) const;
};

// Makes all requests of the easy handle go through the proxy, or none of them, whatever the
// environment says.
void configure_proxy(CURL* easy, const EgressProxy& proxy);
void configure_no_proxy(CURL* easy);

// A try that did not get through the proxy.
struct ProxyTry {
  const EgressProxy& proxy;
  std::string_view address;   // of the proxy, with its port
  std::string_view receiver;  // what it was asked to connect to: "203.0.113.7:443"
  bool asked = false;         // CONNECT was sent
  int status = 0;             // that it answered CONNECT with; 0 for none
};

// A proxy that has no address, accepts no connection, whose TLS fails or that wants other
// credentials is a local failure: the receiver has no part in it. All else may be the receiver's
// doing, so it counts: no receiver must be able to hold up the others.
Outcome outcome_at_proxy(Exchange& exchange, CURLcode code, long os_error, std::string_view message,
                         const ProxyTry& tried);
// That was cut off at its deadline.
Outcome outcome_at_proxy_deadline(const ProxyTry& tried, Millis timeout);
// Of one that has no address.
Outcome outcome_without_proxy(const ProxyRoute& route);
// Whose look-up takes too long.
Outcome outcome_of_proxy_look_up(const EgressProxy& proxy);

}  // namespace thig
