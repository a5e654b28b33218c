// Everything that `serve-incoming` runs, put together: the HTTP server, the intake, the actions.
#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/incoming/acting.h"
#include "core/incoming/receiver.h"
#include "core/incoming/recording.h"
#include "core/net/http_server.h"
#include "core/store/store.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace thig {

using OpenStore = std::function<Result<std::unique_ptr<Store>>()>;

struct ServiceOptions {
  HttpServerOptions server;  // address, port, keys; the limits are set here
  ReceiverOptions receiver;
  std::function<void()> on_look;  // called about twice a second, by whoever called run
  // Called as often by the server's thread, as long as both of them come round.
  std::function<void()> on_beat{};
};

// An answer, for the access log.
struct Access {
  std::string client;
  std::string method;
  std::string target;   // without the token
  std::string webhook;  // empty: none was found
  int status = 0;
  Millis took{0};
};

// Called on the threads that it happens on.
class ServiceObserver : public ActionObserver {
 public:
  virtual void answered(const Access& access) = 0;
  // A request from this peer had X-Forwarded-For, which is ignored, as it is not trusted. Told
  // once, and again after a reconfiguration.
  virtual void ignored_forwarded_for(const std::string& peer) = 0;
};

class IncomingService {
 public:
  // Listens from now on; answers once `run` is called. `network`, `key`, and the store's errors.
  static Result<std::unique_ptr<IncomingService>> open(ServiceOptions options,
                                                       const OpenStore& open_store,
                                                       const Clock& clock, Random& random,
                                                       ServiceObserver& observer);
  virtual ~IncomingService() = default;
  virtual int port() const = 0;
  // Serves until stop is called; what is being answered then may end, what was recorded keeps. Ends
  // with the error if the database has broken: nothing more can be recorded then.
  // `internal` if there can be no threads for it.
  virtual Status run() = 0;
  // From any thread, and from signal handlers.
  virtual void stop() noexcept = 0;
  // For requests from now on. From any thread.
  virtual void reconfigure(ReceiverOptions options) = 0;
  // New keys for connections from now on.
  virtual Status reload(const std::string& certificate, const std::string& private_key) = 0;
};

}  // namespace thig
