// Tells open pages that something has changed: server-sent events, which carry nothing but that.
// What has changed the pages ask for themselves.
#pragma once

#include "core/base/time.h"
#include "core/net/http_stream.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

class LivePages {
 public:
  // `epoch` tells this server's versions from those of the one before it, which counted by itself:
  // the moment it was started.
  explicit LivePages(Time epoch) : epoch_(epoch) {}
  // A page listens from now on; `seen` is the Last-Event-ID of one that comes again. Told at once
  // if it has missed something. From any thread.
  void add(std::shared_ptr<HttpStream> stream, std::string_view seen, Millis now);
  bool anybody() const;
  // Tells all of them if this is another version than at the last time, and ends those that have
  // been open for so long that whoever listens should show again who they are.
  void look(std::int64_t version, Millis now);

 private:
  std::string event_id() const;
  std::string message(std::string_view event) const;

  struct Listener {
    std::shared_ptr<HttpStream> stream;
    Millis since{0};  // on the steady clock
  };
  const Time epoch_;
  mutable std::mutex mutex_;
  std::vector<Listener> listeners_;
  std::int64_t version_ = 0;
};

}  // namespace thig
