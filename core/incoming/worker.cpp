#include "core/incoming/worker.h"

#include <algorithm>
#include <vector>

namespace thig {
namespace {

constexpr std::size_t a_page = 256;
constexpr std::size_t a_few = 16;
constexpr std::size_t most_commands = 8;  // of all webhooks together
constexpr Millis tick{1000};
constexpr Millis first_back_off{100};
constexpr Millis longest_back_off{5000};
constexpr Millis kept = std::chrono::days(30);
constexpr Millis forget_every = std::chrono::minutes(1);
constexpr std::size_t forget_at_once = 1000;

}  // namespace

ActionWorker::ActionWorker(std::unique_ptr<Store> store, const Clock& clock, Random& random,
                           ActionObserver& observer, std::function<void()> on_events)
    : store_(std::move(store)),
      clock_(clock),
      runner_(*store_, clock, random, observer, std::move(on_events)),
      observer_(observer),
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
      after_.reset();
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
  THIG_TRY_ASSIGN(ours, store_->own_actions());
  if (!ours) return {};
  THIG_TRY(finish_commands());
  THIG_TRY(runner_.refresh());
  THIG_TRY(act_on_all());
  THIG_TRY(start_commands());
  return forget_old();
}

// In the order in which they came. What is pending before `after_` was made so by somebody else (a
// replay), who cannot wake us: that is looked for once a tick.
Status ActionWorker::act_on_all() {
  const Millis now = clock_.now().steady;
  if (now >= next_rewind_) {
    next_rewind_ = now + tick;
    after_.reset();
  }
  while (!stop_) {
    THIG_TRY_ASSIGN(page, store_->pending_requests(after_, a_page));
    if (page.empty()) break;
    THIG_TRY(runner_.act(page));
    after_ = page.back().id;
  }
  return {};
}

Status ActionWorker::start_commands() {
  std::vector<IncomingHook> hooks;
  for (const auto& [id, hook] : runner_.hooks()) {
    if (hook.action.kind == ActionKind::run) hooks.push_back(hook);
  }
  // A webhook with many waiting must not take every place: the idle ones choose first.
  std::ranges::stable_sort(hooks, {}, [this](const auto& hook) { return under_way(hook.id); });
  for (const IncomingHook& hook : hooks) THIG_TRY(start_commands_of(hook));
  return {};
}

Status ActionWorker::start_commands_of(const IncomingHook& hook) {
  const auto has_place = [&] {
    return !stop_ && commands_.size() < most_commands &&
           under_way(hook.id) < static_cast<std::size_t>(hook.action.max_parallel);
  };
  while (has_place()) {
    // Those under way are pending, too.
    THIG_TRY_ASSIGN(page, store_->pending_requests_of(hook.id, under_way(hook.id) + a_few));
    bool some_ended = false;
    for (IncomingRequest& request : page) {
      if (!has_place()) return {};
      if (commands_.contains(request.id)) continue;
      THIG_TRY_ASSIGN(wanted, runner_.wants_command(hook, request));
      if (wanted) start(hook, std::move(request));
      some_ended = some_ended || !wanted;
    }
    if (!some_ended) break;  // else there may be more to look at
  }
  return {};
}

std::size_t ActionWorker::under_way(IncomingHookId hook) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      commands_, [&](const auto& entry) { return entry.second.hook.id == hook; }));
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
      THIG_TRY(runner_.end(command.hook, command.request, outcome_of(command.end)));
    }
    command.thread.join();
    entry = commands_.erase(entry);
  }
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
