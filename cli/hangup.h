// SIGHUP for commands that go on working: configuration and keys are to be read again. One whose
// terminal was closed gets the same signal, and is to stop.
#pragma once

#include "cli/context.h"

namespace thig {

// For as long as it lives; one a process.
class Hangup {
 public:
  explicit Hangup(Context& context);
  ~Hangup();
  Hangup(const Hangup&) = delete;
  Hangup& operator=(const Hangup&) = delete;

  // True once after SIGHUP, however often it came. When a terminal has gone instead, it asks the
  // command to stop, and is false. Cheap.
  bool reload_wanted();

 private:
  bool terminal_gone() const;

  Context& context_;
  bool ends_with_terminal_ = true;
};

}  // namespace thig
