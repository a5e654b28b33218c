#include "core/incoming/worker.h"

#include <algorithm>

namespace thig {
namespace {

constexpr std::size_t a_page = 64;
constexpr std::size_t most_commands = 8;
constexpr Millis tick{1000};
constexpr Millis first_back_off{100};
constexpr Millis longest_back_off{5000};
constexpr std::size_t kept_body = 256u << 10;
constexpr Millis kept = std::chrono::days(30);
constexpr Millis forget_every = std::chrono::minutes(1);
constexpr std::size_t forget_at_once = 1000;
constexpr int most_conflicts = 5;

}  // namespace

ActionWorker::ActionWorker(std::unique_ptr<Store> store, const Clock& clock, Random& random,
                           ActionObserver& observer, std::function<void()> on_events)
    : store_(std::move(store)),
      clock_(clock),
      random_(random),
      observer_(observer),
      on_events_(std::move(on_events)),
      thread_([this] { run(); }) {}

ActionWorker::~ActionWorker() {
  stop_ = true;
  wake();
  thread_.join();
  for (auto& [id, command] : commands_) command.thread.join();
}

void ActionWorker::wake() {
  {
    const std::scoped_lock lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void ActionWorker::run() {
  while (!stop_) {
    sleep();
    if (stop_) return;
    if (const auto worked = work(); !worked) {
      if (back_off_ == Millis{0}) observer_.stuck(worked.error());
      back_off_ = std::clamp(back_off_ * 2, first_back_off, longest_back_off);
    } else {
      back_off_ = Millis{0};
    }
  }
}

void ActionWorker::sleep() {
  std::unique_lock lock(mutex_);
  if (back_off_ > Millis{0}) {
    changed_.wait_for(lock, back_off_, [this] { return stop_.load(); });
  } else {
    changed_.wait_for(lock, tick, [this] { return woken_ || stop_; });
  }
  woken_ = false;
}

Status ActionWorker::work() {
  THIG_TRY(finish_commands());
  THIG_TRY(refresh());
  std::optional<RequestId> after;
  for (;;) {
    THIG_TRY_ASSIGN(page, store_->pending_requests(after, a_page));
    if (page.empty() || stop_) break;
    after = page.back().id;
    for (IncomingRequest& request : page) {
      if (stop_) return {};
      THIG_TRY(work_on(std::move(request)));
    }
  }
  return forget_old();
}

Status ActionWorker::work_on(IncomingRequest request) {
  if (commands_.contains(request.id)) return {};
  const auto hook = hooks_.find(request.hook);
  if (hook == hooks_.end()) return {};  // added or removed just now: the next round knows
  if (hook->second.action.kind == ActionKind::run && !may_start(hook->second)) return {};
  return prepare_and_finish(hook->second, request);
}

// The configuration may change between the two: then it is prepared anew.
Status ActionWorker::prepare_and_finish(const IncomingHook& hook, const IncomingRequest& request) {
  for (int conflicts = 0;; ++conflicts) {
    THIG_TRY_ASSIGN(outcome,
                    prepare_action(hook, request, *store_, router_, random_, clock_.now().wall));
    if (hook.action.kind == ActionKind::run && outcome.state == RequestState::done) {
      start(hook, request);
      return {};
    }
    const auto finished = finish(hook, request, std::move(outcome));
    if (finished || finished.error().code != ErrorCode::conflict || conflicts == most_conflicts) {
      return finished;
    }
    THIG_TRY(refresh());
  }
}

Status ActionWorker::finish(const IncomingHook& hook, const IncomingRequest& request,
                            ActionOutcome outcome) {
  THIG_TRY_ASSIGN(events,
                  store_->finish_request(request.id, outcome.state, outcome.detail, outcome.effects,
                                         clock_.now().wall, router_.version(), kept_body));
  if (!events.empty()) on_events_();
  observer_.ended(hook, request, outcome);
  return {};
}

bool ActionWorker::may_start(const IncomingHook& hook) const {
  if (commands_.size() >= most_commands) return false;
  const auto of_hook = std::ranges::count_if(
      commands_, [&](const auto& entry) { return entry.second.hook.id == hook.id; });
  return of_hook < hook.action.max_parallel;
}

void ActionWorker::start(const IncomingHook& hook, IncomingRequest request) {
  const RequestId id = request.id;
  Command& command = commands_[id];
  command.hook = hook;
  command.request = std::move(request);
  command.thread = std::thread([this, &command] {
    CommandEnd end = run_command(command_call(command.hook, command.request), stop_);
    {
      const std::scoped_lock lock(mutex_);
      command.end = std::move(end);
      command.ended = true;
    }
    wake();
  });
}

Status ActionWorker::finish_commands() {
  for (auto entry = commands_.begin(); entry != commands_.end();) {
    Command& command = entry->second;
    {
      const std::scoped_lock lock(mutex_);
      if (!command.ended) {
        ++entry;
        continue;
      }
    }
    // A command that was cut off by our own end is run again.
    if (!command.end.interrupted) {
      THIG_TRY(refresh());
      THIG_TRY(finish(command.hook, command.request, outcome_of(command.end)));
    }
    command.thread.join();
    entry = commands_.erase(entry);
  }
  return {};
}

Status ActionWorker::refresh() {
  THIG_TRY_ASSIGN(version, store_->config_version());
  if (version == router_.version()) return {};
  THIG_TRY_ASSIGN(router, Router::load(*store_));
  THIG_TRY_ASSIGN(hooks, store_->incoming_hooks());
  hooks_.clear();
  for (IncomingHook& hook : hooks) hooks_.emplace(hook.id, std::move(hook));
  router_ = std::move(router);
  return {};
}

Status ActionWorker::forget_old() {
  const Instant now = clock_.now();
  if (now.steady < next_forget_) return {};
  next_forget_ = now.steady + forget_every;
  THIG_TRY(store_->forget_requests(now.wall - kept, now.wall, forget_at_once));
  return {};
}

}  // namespace thig
