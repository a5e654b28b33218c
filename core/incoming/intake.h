// Records requests as they come: all that have come while one transaction was under way share the
// next one, so that a durable commit is paid once for many. Only then are they answered.
#pragma once

#include "core/base/clock.h"
#include "core/engine/router.h"
#include "core/store/store.h"

#include <functional>
#include <mutex>
#include <vector>

namespace thig {

// Called on the thread that records.
using OnReceived = std::function<void(const Result<Received>&)>;

class IncomingIntake {
 public:
  // `wake` is called, by whoever submits, when there is something to record after there was
  // nothing.
  IncomingIntake(Store& store, const Clock& clock, std::function<void()> wake);

  // From any thread. False if too much is waiting: the request is not taken.
  bool submit(ArrivedRequest request, OnReceived on_received);
  // From any thread.
  bool has_waiting() const;

  // Records what is waiting, in one transaction, and answers it. Only ever called by one thread.
  void record();

 private:
  struct Waiting {
    ArrivedRequest request;
    OnReceived on_received;
  };
  std::vector<Waiting> take_batch();
  Status raise_events(std::vector<ArrivedRequest>& requests);

  Store& store_;
  const Clock& clock_;
  std::function<void()> wake_;
  Router router_;
  mutable std::mutex mutex_;
  std::vector<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace thig
