// What a service manager is told by a command that goes on working, as sd_notify(3) describes it:
// that it is ready, reloads its settings, stops, and is not stuck.
#pragma once

#include "core/base/time.h"

#include <optional>

namespace thig {

// All of it is thread-safe, never waits for long, never fails, and does nothing where nobody
// listens.
class Supervisor {
 public:
  virtual ~Supervisor() = default;
  // The command does its work from now on: when it has started, and again after a reload.
  virtual void ready() = 0;
  virtual void reloading() = 0;
  // Only the first call is told.
  virtual void stopping() = 0;
  // The loop that does the work has come round. Called by that loop itself, at least once in
  // `beat_every`, so that a loop that is stuck is missed; it may be called as often as one likes.
  virtual void beat() = 0;
  // Nothing: nobody waits for beats.
  virtual std::optional<Millis> beat_every() const = 0;
};

// For commands that nobody supervises.
Supervisor& unsupervised();

}  // namespace thig
