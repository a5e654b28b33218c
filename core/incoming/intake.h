// Records requests as they come: the small ones that have come while one transaction was under way
// share the next one, with what their actions write, so that a durable commit is paid once for
// many. Large ones, which take their time, have transactions of their own between those. Only then
// are they answered.
#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/incoming/action_runner.h"
#include "core/incoming/health.h"
#include "core/incoming/turns.h"
#include "core/store/store.h"

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace thig {

// Called where answers are given.
using OnReceived = std::function<void(const Result<Received>&)>;

// What it needs of those beside it.
struct IntakeNeighbours {
  // Called, by whoever submits, when a request has arrived after all before were handed over:
  // hand_over is to be called a little later, so that what arrives meanwhile shares the commit.
  std::function<void()> on_arrival;
  // Called, by whoever hands over, when there is something to record.
  std::function<void()> wake;
  // Has this done where answers are given; for many at once, as that means waking somebody.
  std::function<void(std::function<void()>)> answer;
  // Whether this process runs the actions; then it does so here, where that takes no time.
  std::function<bool()> owns_actions;
  // Called when something was recorded whose action is still to be run.
  std::function<void()> on_pending;
};

class IncomingIntake {
 public:
  IncomingIntake(Store& store, const Clock& clock, Random& random, Turns& turns,
                 ServiceHealth& health, ActionObserver& observer, IntakeNeighbours neighbours);

  // From any thread. False if too much is waiting: the request is not taken.
  bool submit(ArrivedRequest request, OnReceived on_received);
  // From any thread: what has arrived is to be recorded.
  void hand_over();
  // From any thread: how many have arrived since.
  std::size_t arriving() const;
  // From any thread: whether some that were handed over wait to be recorded.
  bool has_waiting() const;

  // Takes a turn at writing: records and answers the small ones that were handed over, a large one,
  // and the small ones that came meanwhile. So a small one waits for one large one or one group of
  // actions to be recorded, not for both. What takes several transactions takes a turn for each.
  // What recording comes to is noted with the health. Only ever called by one thread. False if
  // nothing was waiting.
  bool record();

 private:
  struct Waiting {
    ArrivedRequest request;
    OnReceived on_received;
  };
  struct Line {
    std::deque<Waiting> requests;
    std::size_t ready = 0;  // of these, from the first on: handed over
  };
  std::vector<Waiting> take_batch();
  bool has_small() const;
  bool record_batch(std::optional<Turns::Turn>& turn);
  void answer(std::span<Waiting> asking, const Result<std::vector<Received>>& received);
  Status prepare(std::span<ArrivedRequest> requests);
  Status raise_event(ArrivedRequest& request);
  void tell(std::span<ArrivedRequest> requests, const std::vector<Received>& received);

  Store& store_;
  const Clock& clock_;
  Turns& turns_;
  ServiceHealth& health_;
  ActionObserver& observer_;
  IntakeNeighbours neighbours_;
  Actions actions_;
  mutable std::mutex mutex_;
  Line small_;
  Line large_;
  bool announced_ = false;         // something has arrived
  std::size_t waiting_bytes_ = 0;  // of the large ones
  bool was_small_ = false;         // the last batch
};

}  // namespace thig
