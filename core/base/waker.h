// How a thread that sleeps is woken by its own process.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"

#include <memory>

namespace thig {

class Waker {
 public:
  virtual ~Waker() = default;
  // Sleeps until somebody wakes it, until `also` (a file descriptor; -1: none) can be read, or for
  // `longest`. Wakings while nobody slept count once.
  virtual void wait(Millis longest, int also = -1) = 0;
  // From any thread, and from signal handlers.
  virtual void wake() noexcept = 0;
};

// `file` where there is no file descriptor for it.
Result<std::unique_ptr<Waker>> make_waker();

}  // namespace thig
