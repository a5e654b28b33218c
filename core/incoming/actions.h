// What requests come to, by the configuration at one version: webhooks and routes, read as they are
// needed.
#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/dispatch/router.h"
#include "core/incoming/action.h"
#include "core/store/store.h"

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

namespace thig {

// Belongs to one thread. What is decided here is to be recorded for `version`: the store refuses it
// if the configuration has changed since (`conflict`), which may be before something was read.
class Actions {
 public:
  Actions(Store& store, const Clock& clock, Random& random)
      : store_(store), clock_(clock), random_(random) {}

  // Forgets what it knows if the configuration has changed.
  Status refresh();
  std::int64_t version() const { return router_.version(); }

  // Null if there is none of that id. Good until the next refresh.
  Result<const IncomingHook*> find(IncomingHookId id);
  // Who gets an event.
  Result<NewEvent> route(std::string_view type, std::string data) {
    return router_.route(type, std::move(data));
  }
  // See action.h.
  Result<ActionOutcome> prepare(const IncomingHook& hook, const IncomingRequest& request);

  // The outcomes of requests that are about to be recorded, where their actions only write, and
  // that at once: no command, no regular expression, no large body; nor a note, while the project
  // that it is for may still have to be made.
  void prepare_arrived(std::span<ArrivedRequest> requests);

 private:
  Store& store_;
  const Clock& clock_;
  Random& random_;
  Router router_;
  std::map<IncomingHookId, IncomingHook> hooks_;
};

}  // namespace thig
