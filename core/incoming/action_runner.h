// Works pending requests off: what each comes to is prepared by Actions and recorded here, by the
// configuration as it is at that moment. Belongs to one thread; only act_on_one waits for a
// command.
#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/incoming/actions.h"
#include "core/incoming/turns.h"
#include "core/store/store.h"

#include <atomic>
#include <functional>
#include <span>
#include <vector>

namespace thig {

// Told as it happens, on the thread that it happens on.
class ActionObserver {
 public:
  virtual ~ActionObserver() = default;
  virtual void ended(const IncomingHook& hook, const IncomingRequest& request,
                     const ActionOutcome& outcome) = 0;
  // The database refuses; it is tried again with back-off.
  virtual void stuck(const Error& error) = 0;
};

class ActionRunner {
 public:
  // How a request ended; both must live until that is recorded.
  struct Ending {
    const IncomingHook* hook;
    const IncomingRequest* request;
    ActionOutcome outcome;
  };

  // What it writes, it writes in turns with whoever else has these.
  ActionRunner(Store& store, const Clock& clock, Random& random, Turns& turns,
               ActionObserver& observer);

  // The configuration that is gone by; what fails for its being old is tried again with the new.
  Actions& actions() { return actions_; }

  // Acts on requests and records their ends together. Those of a webhook that is not known here
  // stay as they are.
  Status act(std::span<const IncomingRequest> requests);
  // For one whose webhook runs commands: true if its command is to be run, which is noted
  // (IncomingRequest::starts); false if it has ended without (a condition does not hold, somebody
  // else has ended it).
  Result<bool> wants_command(const IncomingHook& hook, IncomingRequest& request);
  // Records how commands ended.
  Status end(std::vector<Ending> endings);

 private:
  Status record(std::vector<Ending> endings);
  Result<std::vector<EventId>> finish(std::span<const EndedRequest> ended);
  Result<std::size_t> independent(std::span<const IncomingRequest> requests);
  Result<std::size_t> act_together(std::span<const IncomingRequest> requests);

  Store& store_;
  const Clock& clock_;
  Turns& turns_;
  ActionObserver& observer_;
  Actions actions_;
};

// Acts on this one request alone, whatever is pending besides, and waits for its command if it has
// one. `stop` cuts the command off: then the request stays pending, as it does if it is somebody
// else's to run (IncomingRequestStore::own_actions).
Status act_on_one(ActionRunner& runner, IncomingRequest request, const std::atomic<bool>& stop);

}  // namespace thig
