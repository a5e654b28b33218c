// Turning a dispatcher until it is done or told to stop.
#pragma once

#include "core/base/clock.h"
#include "core/base/waker.h"
#include "core/dispatch/dispatcher.h"
#include "core/net/sender.h"
#include "core/store/change_source.h"

#include <atomic>
#include <functional>
#include <optional>

namespace thig {

struct LoopEnd {
  bool stopped = false;        // told to stop, rather than done
  std::optional<Error> fatal;  // the database broke
  std::size_t unsettled = 0;   // attempts that could not be recorded; they will be made again
};

// Work that is done beside deliveries, a little at a time.
class IdleTask {
 public:
  virtual ~IdleTask() = default;
  // Does a few milliseconds of it at most, or nothing; answers how long until it wants the next
  // turn. `idle`: nothing is being delivered.
  virtual Millis turn(Instant now, bool idle) = 0;
};

// What is turned, and what the loop hears of. All of it outlives the loop.
struct LoopParts {
  Dispatcher& dispatcher;
  Sender& sender;
  Waker& waker;           // ends a sleep: answers have come, or `stop` is set
  ChangeSource& changes;  // others have changed the database
  const Clock& clock;
  const std::atomic<bool>& stop;
  std::function<void()> before_sleep = [] {};  // for what is not to be held meanwhile, as a log
};

// Runs until `stop` is set (set it, then wake: both may be done in a signal handler). What is in
// flight then may end within `grace`, as it is at that moment; the rest is cut off and stays
// pending, no attempt spent.
LoopEnd run_until_stopped(const LoopParts& parts, const Millis& grace, IdleTask* beside = nullptr);

// Runs until nothing is due any more, or as above.
LoopEnd sweep(const LoopParts& parts, Millis grace);

}  // namespace thig
