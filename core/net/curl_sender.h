// The real sender: libcurl, with the address policy on every path to a socket.
#pragma once

#include "core/base/error.h"
#include "core/net/resolver.h"
#include "core/net/sender.h"
#include "core/rules/egress_proxy.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace thig {

struct CurlSenderOptions {
  // Each with its own transfers and connections. An endpoint is sent to by one of them, as long as
  // that one has no more to do than the others.
  int threads = 1;
  int resolver_threads = 4;
  Millis resolve_cache{60'000};  // how long addresses are believed
  LookUp look_up = system_look_up;
  std::string user_agent;
  // Whatever the environment says (http_proxy and the like), this one or none.
  std::optional<EgressProxy> proxy{};
};

// `on_finished` is called from a sending thread when take has something to give: it must be quick
// and thread-safe (wake a Waker). Loads libcurl (milliseconds): only commands that send should
// call it. `network` if that fails.
Result<std::unique_ptr<Sender>> open_curl_sender(const CurlSenderOptions& options,
                                                 std::function<void()> on_finished);

}  // namespace thig
