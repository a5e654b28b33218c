// Records requests as they come: the small ones that have come while one transaction was under way
// share the next one, so that a durable commit is paid once for many. Large ones, which take their
// time, have transactions of their own between those. Only then are they answered.
#pragma once

#include "core/base/clock.h"
#include "core/dispatch/router.h"
#include "core/incoming/health.h"
#include "core/incoming/turns.h"
#include "core/store/config_store.h"
#include "core/store/incoming_request_store.h"

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace thig {

// Called on the thread that records.
using OnReceived = std::function<void(const Result<Received>&)>;

class IncomingIntake {
 public:
  // `wake` is called, by whoever submits, when there is something to record after there was
  // nothing.
  IncomingIntake(ConfigStore& config, IncomingRequestStore& store, const Clock& clock, Turns& turns,
                 ServiceHealth& health, std::function<void()> wake);

  // From any thread. False if too much is waiting: the request is not taken.
  bool submit(ArrivedRequest request, OnReceived on_received);
  // From any thread.
  bool has_waiting() const;

  // Takes a turn at writing: records and answers the small ones that are waiting, a large one, and
  // the small ones that came meanwhile. So a small one waits for one large one or one group of
  // actions to be recorded, not for both. What takes several transactions takes a turn for each.
  // What recording comes to is noted with the health. Only ever called by one thread. False if
  // nothing was waiting.
  bool record();

 private:
  struct Waiting {
    ArrivedRequest request;
    OnReceived on_received;
  };
  std::vector<Waiting> take_batch();
  bool has_small() const;
  bool record_batch(std::optional<Turns::Turn>& turn);
  Status raise_events(std::vector<ArrivedRequest>& requests);

  ConfigStore& config_;
  IncomingRequestStore& store_;
  const Clock& clock_;
  Turns& turns_;
  ServiceHealth& health_;
  std::function<void()> wake_;
  Router router_;
  mutable std::mutex mutex_;
  std::deque<Waiting> small_;
  std::deque<Waiting> large_;
  std::size_t waiting_bytes_ = 0;
  bool was_small_ = false;  // the last batch
};

}  // namespace thig
