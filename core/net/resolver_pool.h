// Threads that look names up, and what they found. Any number of senders share one pool.
#pragma once

#include "core/net/resolver.h"
#include "core/net/steady.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace thig {

// What a look-up came to, and how long that may be believed.
struct Resolution {
  std::vector<Address> addresses;
  std::string failure;  // why there are no addresses; empty if there are
  bool local = false;   // it failed because this machine lacks something
  Steady::time_point expires;
};
using ResolutionPtr = std::shared_ptr<const Resolution>;

// Thread-safe. A look-up cannot be cancelled, so one that hangs keeps its thread; the pool grows up
// to sixteen times `threads` to keep the others served, and names that were slow last time may
// never take the last `threads` of them.
class ResolverPool {
 public:
  using Then = std::function<void(const ResolutionPtr&)>;

  ResolverPool(LookUp look_up, int threads, Millis cache);
  // Look-ups still under way are abandoned; no `then` is called any more.
  ~ResolverPool();
  ResolverPool(const ResolverPool&) = delete;
  ResolverPool& operator=(const ResolverPool&) = delete;

  // What is known. If nothing is (any more), null, and `then` is called once, later, on a thread of
  // the pool; it must be quick and not call back into the pool. One look-up a name at a time.
  ResolutionPtr ask(const std::string& host, Then then);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace thig
