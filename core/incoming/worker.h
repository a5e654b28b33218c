// Runs the actions of requests that were recorded, from the database, until each has ended: at
// least once, whatever ends the process in between.
#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/engine/router.h"
#include "core/incoming/action.h"
#include "core/store/store.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace thig {

// Told as it happens, on the worker's thread.
class ActionObserver {
 public:
  virtual ~ActionObserver() = default;
  virtual void ended(const IncomingHook& hook, const IncomingRequest& request,
                     const ActionOutcome& outcome) = 0;
  // The database refuses; it is tried again with back-off.
  virtual void stuck(const Error& error) = 0;
};

class ActionWorker {
 public:
  // `on_events` is called when events were recorded: whoever delivers should look.
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
  Status work_on(IncomingRequest request);
  Status finish_commands();
  Status finish(const IncomingHook& hook, const IncomingRequest& request, ActionOutcome outcome);
  Status prepare_and_finish(const IncomingHook& hook, const IncomingRequest& request);
  Status refresh();
  Status forget_old();
  void start(const IncomingHook& hook, IncomingRequest request);
  bool may_start(const IncomingHook& hook) const;

  std::unique_ptr<Store> store_;
  const Clock& clock_;
  Random& random_;
  ActionObserver& observer_;
  std::function<void()> on_events_;
  Router router_;
  std::map<IncomingHookId, IncomingHook> hooks_;
  std::map<RequestId, Command> commands_;  // under way
  Millis next_forget_{0};                  // on the steady clock
  Millis back_off_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = true;
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last: it uses the others
};

}  // namespace thig
