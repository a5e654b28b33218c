// Whether requests can be recorded and acted upon, as load balancers and the service itself want to
// know it. Thread-safe.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"

#include <functional>
#include <mutex>
#include <optional>

namespace thig {

class ServiceHealth {
 public:
  // `on_broken` is called once, on the thread that found it: the database is broken, and nothing
  // this process does with it can be believed any more. It has to end.
  ServiceHealth(const Clock& clock, std::function<void()> on_broken)
      : clock_(clock), on_broken_(std::move(on_broken)) {}

  // What a use of the database came to. A lock or a full disk passes; a broken database does not.
  void note(const Status& outcome);
  // What is wrong just now: what has broken, or what failed within the last five seconds for
  // another reason than a lock and has not succeeded since.
  std::optional<Error> trouble() const;
  // What has broken, if something has.
  std::optional<Error> broken() const;

 private:
  const Clock& clock_;
  const std::function<void()> on_broken_;
  mutable std::mutex mutex_;
  std::optional<Error> broken_;
  std::optional<Error> passing_;
  Millis failed_at_{0};  // on the steady clock
};

}  // namespace thig
