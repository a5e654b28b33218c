// Runs the actions of requests that were recorded, from the database, until each has ended: at
// least once, whatever ends the process in between.
#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/incoming/action_runner.h"
#include "core/incoming/command.h"
#include "core/store/store.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace thig {

// A thread that works off what is pending, and a thread for each command under way. Where several
// processes serve one database, only one of them runs actions.
class ActionWorker {
 public:
  ActionWorker(std::unique_ptr<Store> store, const Clock& clock, Random& random,
               ActionObserver& observer, std::function<void()> on_events);
  // Ends what is under way: commands are killed, and their requests stay pending.
  ~ActionWorker();
  ActionWorker(const ActionWorker&) = delete;
  ActionWorker& operator=(const ActionWorker&) = delete;

  // There is something to be done. From any thread.
  void wake();

 private:
  struct Command {
    IncomingHook hook;
    IncomingRequest request;
    CommandEnd end;
    bool ended = false;
    std::thread thread;
  };

  void run();
  void sleep();
  Status work();
  Status act_on_all();
  Status start_commands();
  Status start_commands_of(const IncomingHook& hook);
  Status finish_commands();
  Status forget_old();
  void start(const IncomingHook& hook, IncomingRequest request);
  std::size_t under_way(IncomingHookId hook) const;

  std::unique_ptr<Store> store_;
  const Clock& clock_;
  ActionRunner runner_;
  ActionObserver& observer_;
  std::map<RequestId, Command> commands_;  // under way
  std::optional<RequestId> after_;         // what comes before it has been acted upon
  Millis next_rewind_{0};                  // on the steady clock, as those below
  Millis next_forget_{0};
  Millis back_off_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = true;
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last: it uses the others
};

}  // namespace thig
