// Passes requests on to another server, one after the other, in the order in which they came. For
// trying things out: whoever names the server may reach it by http, and at any address.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/net/http_server.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace thig {

struct ForwardedAnswer {
  int status = 0;                 // 0: none came
  std::vector<Header> headers{};  // names in lower case; not those of the connection
  std::string body{};             // the first 64 KiB of it
  std::string failure{};          // why none came, for people
  Millis took{0};
};

class Forwarder {
 public:
  // On the forwarder's thread.
  using Done = std::function<void(ForwardedAnswer)>;

  // Cuts off what is under way; what waits is dropped. No `done` is called any more.
  virtual ~Forwarder() = default;
  // Never blocks. From any thread. The query of the request is added to the URL.
  virtual void forward(HttpRequest request, Done done) = 0;
};

struct ForwarderOptions {
  std::string url;
  std::string ca_file{};  // whom to trust; empty: the system's authorities
  Millis timeout{30'000};
};
// `usage` for what is not an http or https URL; `network` if libcurl cannot be used; `internal` if
// there can be no thread.
Result<std::unique_ptr<Forwarder>> open_forwarder(const ForwarderOptions& options);

}  // namespace thig
