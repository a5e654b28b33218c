// A reverse proxy that says in a header who sends a request, after it has signed them in itself
// (oauth2-proxy, Authelia, Caddy, …). Pure.
#pragma once

#include "core/base/error.h"
#include "core/model/member.h"
#include "core/net/http_server.h"
#include "core/rules/cidr.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct ProxyTrust {
  std::string header{};       // in lower case, "x-forwarded-user"; empty: nobody is believed
  std::vector<Cidr> peers{};  // who is believed; besides, whoever comes by a Unix socket
  std::optional<Role>
      strangers{};           // what they are who are not in the list of members; else refused
  bool nobody_else = false;  // who is not one of the peers is not served at all
};

// By the address of the connection itself: what a header says of it anybody can write.
bool is_proxy(const ProxyTrust& trust, std::string_view peer);

// Whose name stands there. Nothing if none does. `invalid` if it stands there twice, or under a
// name that some servers take for the same ("x_forwarded_user"): one of them may be the client's.
Result<std::optional<std::string>> proxied_user(const ProxyTrust& trust,
                                                const HttpRequest& request);

}  // namespace thig
