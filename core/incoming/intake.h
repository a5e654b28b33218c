// Records requests as they come: all that have come while one transaction was under way share the
// next one, so that a durable commit is paid once for many. Only then are they answered.
#pragma once

#include "core/base/clock.h"
#include "core/engine/router.h"
#include "core/store/store.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace thig {

// Called on the intake's thread.
using OnReceived = std::function<void(const Result<Received>&)>;

class IncomingIntake {
 public:
  // `on_recorded` is called after each transaction that recorded something to be done.
  IncomingIntake(std::unique_ptr<Store> store, const Clock& clock,
                 std::function<void()> on_recorded);
  // Records what is waiting, then ends.
  ~IncomingIntake();
  IncomingIntake(const IncomingIntake&) = delete;
  IncomingIntake& operator=(const IncomingIntake&) = delete;

  // From any thread. False if too much is waiting: the request is not taken.
  bool submit(ArrivedRequest request, OnReceived on_received);

 private:
  struct Waiting {
    ArrivedRequest request;
    OnReceived on_received;
  };
  void run();
  std::vector<Waiting> next_batch();
  void record(std::vector<Waiting>& batch);
  Status raise_events(std::vector<ArrivedRequest>& requests);

  std::unique_ptr<Store> store_;
  const Clock& clock_;
  std::function<void()> on_recorded_;
  Router router_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool ending_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace thig
