// Everything that `serve-admin` runs, put together: the HTTP server, the gate, the threads that
// answer.
#pragma once

#include "core/api/log_lines.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/net/http_server.h"
#include "core/store/store.h"
#include "core/web/call.h"
#include "core/web/page_set.h"
#include "core/web/proxy_trust.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct AdminOptions {
  HttpServerOptions server;        // address, port, keys; the limits are set here
  std::vector<std::string> hosts;  // more names that it may be asked for under (HostList)
  PageSet pages{};                 // none: the HTTP API alone
  std::string public_url{};        // by which browsers reach it through a proxy; empty: directly
  std::string base_path{};         // before all paths: "/hooks", that of the public URL; or empty
  ProxyTrust proxy{};              // that says who sends a request
  ServiceFacts facts;              // but for base_path, secure, cookie and send_test
  // Opens what a test is sent by.
  using SendTest =
      std::function<Result<TestReport>(PreparedTest, Store&, const std::atomic<bool>& stop)>;
  SendTest send_test;
  std::optional<std::uint64_t> most_keys{};  // what idempotency keys may take (Emitter)
  std::function<void()> on_look;             // called about twice a second, by whoever called run
  // Called as often by the server's thread, as long as both of them come round.
  std::function<void()> on_beat{};
};

// Called on the threads that it happens on.
class AdminObserver {
 public:
  virtual ~AdminObserver() = default;
  virtual void answered(const AdminAccess& access) = 0;
  // A key or a login code ("key", "login code") opens nothing; never its text.
  virtual void refused(const std::string& client, std::string_view what,
                       const std::string& why) = 0;
  // Something that whoever asked is told nothing of but that it failed: the database, a key file.
  virtual void failed(const Error& error) = 0;
};

class AdminService {
 public:
  // Another connection to the database, for reading alone or for writing, too.
  using OpenStore = std::function<Result<std::unique_ptr<Store>>(bool writes)>;

  // Listens from now on; answers once `run` is called. `network`, `key`, and the store's errors.
  static Result<std::unique_ptr<AdminService>> open(AdminOptions options,
                                                    const OpenStore& open_store, const Clock& clock,
                                                    Random& random, AdminObserver& observer);
  virtual ~AdminService() = default;
  virtual int port() const = 0;
  // Serves until stop is called; what is being answered then may end.
  virtual Status run() = 0;
  // From any thread, and from signal handlers.
  virtual void stop() noexcept = 0;
  // New keys for connections from now on.
  virtual Status reload(const std::string& certificate, const std::string& private_key) = 0;
};

}  // namespace thig
