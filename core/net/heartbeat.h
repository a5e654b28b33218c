// Whether a server's thread and the one that watches over it both still come round.
#pragma once

#include "core/net/http_server.h"

#include <atomic>
#include <functional>
#include <utility>

namespace thig {

// Outlives the server that is asked.
class Heartbeat {
 public:
  // `beat` is called by the server's thread; it may be empty.
  explicit Heartbeat(std::function<void()> beat) : beat_(std::move(beat)) {}

  // To be called now and then by whoever watches over the server, which answers with one beat. None
  // is asked for while the last is still to come, so that a thread that is stuck leaves no pile.
  void ask(HttpServer& server) {
    if (!beat_ || asked_.exchange(true)) return;
    server.post([this] {
      asked_ = false;
      beat_();
    });
  }

 private:
  const std::function<void()> beat_;
  std::atomic<bool> asked_{false};
};

}  // namespace thig
