// Runs the actions of requests that were recorded, from the database, until each has ended: at
// least once, whatever ends the process in between.
#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/incoming/action_runner.h"
#include "core/incoming/command.h"
#include "core/store/store.h"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace thig {

// Single-threaded, but for the commands, each of which has a thread of its own while it runs. Where
// several processes serve one database, only one of them runs actions.
class ActionWorker {
 public:
  // `wake` is called, on another thread, when a command has ended: there is something to be done.
  ActionWorker(Store& store, const Clock& clock, Random& random, Turns& turns,
               ActionObserver& observer, std::function<void()> wake);
  // Ends what is under way: commands are killed, and their requests stay pending.
  ~ActionWorker();
  ActionWorker(const ActionWorker&) = delete;
  ActionWorker& operator=(const ActionWorker&) = delete;

  // Does a bounded part of what there is to do; true if there is more at once. An error is the
  // database's: what was not recorded is done again.
  Result<bool> step();
  // From any thread: whether this process is the one that runs actions. Stays so once it is.
  bool owns_actions() const { return ours_; }

 private:
  struct Command {
    IncomingHook hook;
    IncomingRequest request;
    CommandEnd end;
    bool ended = false;
    std::thread thread;
  };

  Result<bool> is_ours();
  Result<bool> act_on_some();
  Status start_commands();
  Result<bool> may_start();
  Status start_commands_of(const IncomingHook& hook);
  Status finish_commands();
  bool start(const IncomingHook& hook, IncomingRequest request);
  std::size_t under_way(IncomingHookId hook) const;

  Store& store_;
  const Clock& clock_;
  ActionRunner runner_;
  std::function<void()> wake_;
  std::map<RequestId, Command> commands_;  // under way
  std::optional<RequestId> after_;         // what comes before it has been acted upon
  std::atomic<bool> ours_{false};
  bool orphans_ = true;  // commands of a server before this one may still be running
  Millis orphans_until_{0};
  Millis next_claim_{0};  // on the steady clock, as those below
  Millis next_rewind_{0};
  Millis next_start_{0};

  std::mutex mutex_;  // of the commands' ends
  std::atomic<bool> stop_{false};
};

}  // namespace thig
