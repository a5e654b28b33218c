// Requests that are cheaper answered together: while one transaction is made, those for the next
// gather.
#pragma once

#include "core/base/clock.h"
#include "core/base/time.h"
#include "core/net/http_server.h"
#include "core/web/workers.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace thig {

class Gathering {
 public:
  struct One {
    std::shared_ptr<const HttpRequest> request;
    Respond respond;
    Millis since{0};  // on the steady clock
  };
  // Answers them all; called by the queue's thread.
  using Answer = std::function<void(std::span<const One>, WorkPlace&)>;
  // `refuse` answers one that cannot be done now. All of these outlive this.
  Gathering(WorkQueue& queue, const Clock& clock, Answer answer,
            std::function<void(const One&)> refuse)
      : queue_(queue), clock_(clock), answer_(std::move(answer)), refuse_(std::move(refuse)) {}

  // From any thread.
  void take(std::shared_ptr<const HttpRequest> request, Respond respond);

 private:
  struct Taken {
    std::vector<One> some;
    bool more = false;  // are left, which nobody else goes on with
  };
  void go_on();
  void answer_next(WorkPlace& place);
  Taken take_some(std::size_t most);
  void refuse_all();

  WorkQueue& queue_;
  const Clock& clock_;
  const Answer answer_;
  const std::function<void(const One&)> refuse_;
  std::mutex mutex_;  // of the following
  std::deque<One> waiting_;
  std::size_t bytes_ = 0;  // of their bodies
};

}  // namespace thig
