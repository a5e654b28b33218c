#include "core/incoming/worker.h"

#include "core/base/thread.h"
#include "core/incoming/orphans.h"

#include <algorithm>
#include <vector>

namespace thig {
namespace {

constexpr std::size_t a_page = 256;
constexpr std::size_t a_few = 16;
constexpr std::size_t most_commands = 8;  // of all webhooks together
constexpr Millis action_tick{1000};
constexpr Millis longest_command = std::chrono::minutes(10);

}  // namespace

ActionWorker::ActionWorker(Store& store, const Clock& clock, Random& random, Turns& turns,
                           ActionObserver& observer, std::function<void()> wake)
    : store_(store),
      clock_(clock),
      runner_(store, clock, random, turns, observer),
      wake_(std::move(wake)) {}

ActionWorker::~ActionWorker() {
  stop_ = true;
  for (auto& [id, command] : commands_) command.thread.join();
}

Result<bool> ActionWorker::step() {
  THIG_TRY_ASSIGN(ours, is_ours());
  if (!ours) return false;
  THIG_TRY(finish_commands());
  THIG_TRY(runner_.actions().refresh());
  THIG_TRY_ASSIGN(more, act_on_some());
  THIG_TRY(start_commands());
  return more;
}

Result<bool> ActionWorker::is_ours() {
  const Millis now = clock_.now().steady;
  if (ours_ || now < next_claim_) return ours_.load();
  next_claim_ = now + action_tick;
  THIG_TRY_ASSIGN(ours, store_.requests().own_actions());
  ours_ = ours;
  orphans_until_ = now + longest_command;
  return ours;
}

// In the order in which they came. What is pending before `after_` was made so by somebody else (a
// replay), who cannot wake us: that is looked for once a tick.
Result<bool> ActionWorker::act_on_some() {
  const Millis now = clock_.now().steady;
  if (now >= next_rewind_) {
    next_rewind_ = now + action_tick;
    after_.reset();
  }
  THIG_TRY_ASSIGN(page, store_.requests().pending(after_, a_page));
  if (page.empty()) return false;
  if (const auto acted = runner_.act(page); !acted) {
    after_.reset();
    return std::unexpected(acted.error());
  }
  after_ = page.back().id;
  return true;
}

// Not beside what a killed server has left running. What cannot be ended holds commands up for as
// long as the longest of them may take.
Result<bool> ActionWorker::may_start() {
  if (!orphans_) return true;
  if (clock_.now().steady >= orphans_until_) {
    orphans_ = false;
    return true;
  }
  THIG_TRY_ASSIGN(ended, end_orphans(store_.requests()));
  orphans_ = !ended;
  return ended;
}

Status ActionWorker::start_commands() {
  if (clock_.now().steady < next_start_ || commands_.size() >= most_commands) return {};
  THIG_TRY_ASSIGN(may, may_start());
  if (!may) return {};
  THIG_TRY_ASSIGN(waiting, store_.requests().waiting_commands());
  // A webhook with many waiting must not take every place: the idle ones choose first.
  std::ranges::stable_sort(waiting, {}, [this](IncomingHookId id) { return under_way(id); });
  for (const IncomingHookId id : waiting) {
    THIG_TRY_ASSIGN(found, runner_.actions().find(id));
    if (found == nullptr || found->action.kind != ActionKind::run) continue;
    const IncomingHook hook =
        *found;  // what is recorded of it may have the configuration read again
    THIG_TRY(start_commands_of(hook));
  }
  return {};
}

Status ActionWorker::start_commands_of(const IncomingHook& hook) {
  const auto has_place = [&] {
    return !stop_ && commands_.size() < most_commands &&
           under_way(hook.id) < static_cast<std::size_t>(hook.action.max_parallel);
  };
  while (has_place()) {
    // Those under way are pending, too.
    THIG_TRY_ASSIGN(page, store_.requests().pending_of(hook.id, under_way(hook.id) + a_few));
    bool some_ended = false;
    for (IncomingRequest& request : page) {
      if (!has_place()) return {};
      if (commands_.contains(request.id)) continue;
      THIG_TRY_ASSIGN(wanted, runner_.wants_command(hook, request));
      if (wanted && !start(hook, std::move(request))) return {};
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

// False where this machine lacks what it takes: the request stays pending, and is tried again.
bool ActionWorker::start(const IncomingHook& hook, IncomingRequest request) {
  const RequestId id = request.id;
  Command& command = commands_[id];
  command.hook = hook;
  command.request = std::move(request);
  auto thread = start_thread([this, &command] {
    CommandEnd end = run_command(command_call(command.hook, command.request), stop_);
    {
      const std::scoped_lock lock(mutex_);
      command.end = std::move(end);
      command.ended = true;
    }
    wake_();
  });
  if (!thread) {
    commands_.erase(id);
    next_start_ = clock_.now().steady + action_tick;
    return false;
  }
  command.thread = std::move(*thread);
  return true;
}

// Those that have ended since are recorded together.
Status ActionWorker::finish_commands() {
  std::vector<std::map<RequestId, Command>::iterator> ended;
  {
    const std::scoped_lock lock(mutex_);
    for (auto entry = commands_.begin(); entry != commands_.end(); ++entry) {
      if (entry->second.ended) ended.push_back(entry);
    }
  }
  std::vector<ActionRunner::Ending> endings;
  for (const auto& entry : ended) {
    const Command& command = entry->second;
    // A command that was cut off by our own end, or could not be started, is run again.
    if (command.end.interrupted) {
      next_start_ = clock_.now().steady + action_tick;
      continue;
    }
    endings.push_back({&command.hook, &command.request, outcome_of(command.end)});
  }
  THIG_TRY(runner_.end(std::move(endings)));
  for (const auto& entry : ended) {
    entry->second.thread.join();
    commands_.erase(entry);
  }
  return {};
}

}  // namespace thig
