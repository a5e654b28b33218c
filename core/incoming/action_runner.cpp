#include "core/incoming/action_runner.h"

namespace thig {
namespace {

constexpr std::size_t kept_body = 256u << 10;
constexpr int most_conflicts = 20;
// Of bodies whose requests end together: a large one is cut, which takes as long as to record it.
constexpr std::size_t most_bytes = 2u << 20;

// The configuration may change between what was decided by it and its recording: then again.
template <class Try>
Status with_current_configuration(ActionRunner& runner, const Try& attempt) {
  for (int conflicts = 0;; ++conflicts) {
    Status done = attempt();
    const bool changed = !done && done.error().code == ErrorCode::conflict;
    if (!changed || conflicts == most_conflicts) return done;
    THIG_TRY(runner.actions().refresh());
  }
}

}  // namespace

ActionRunner::ActionRunner(Store& store, const Clock& clock, Random& random, Turns& turns,
                           ActionObserver& observer)
    : store_(store),
      clock_(clock),
      turns_(turns),
      observer_(observer),
      actions_(store, clock, random) {}

Status ActionRunner::act(std::span<const IncomingRequest> requests) {
  while (!requests.empty()) {
    std::size_t together = 0;  // by the configuration that they are recorded under
    THIG_TRY(with_current_configuration(*this, [&]() -> Status {
      THIG_TRY_ASSIGN(count, independent(requests));
      THIG_TRY_ASSIGN(acted, act_together(requests.first(count)));
      together = acted;
      return {};
    }));
    requests = requests.subspan(together);
  }
  return {};
}

// How many from the first on can be prepared before any of them is recorded: a note may be for a
// project that a request before it makes.
Result<std::size_t> ActionRunner::independent(std::span<const IncomingRequest> requests) {
  bool makes_project = false;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    THIG_TRY_ASSIGN(hook, actions_.find(requests[i].hook));
    if (hook == nullptr) continue;
    const ActionKind kind = hook->action.kind;
    if (kind == ActionKind::add_note && makes_project) return i;
    makes_project = makes_project || kind == ActionKind::create_project;
  }
  return requests.size();
}

// Answers how many it came to.
Result<std::size_t> ActionRunner::act_together(std::span<const IncomingRequest> requests) {
  std::vector<Ending> endings;
  std::size_t acted = 0;
  std::size_t bytes = 0;
  for (std::size_t rows = 0;
       acted < requests.size() && rows < most_rows_at_once && bytes < most_bytes; ++acted) {
    const IncomingRequest& request = requests[acted];
    bytes += request.body.size();
    THIG_TRY_ASSIGN(hook, actions_.find(request.hook));
    if (hook == nullptr) continue;
    THIG_TRY_ASSIGN(outcome, actions_.prepare(*hook, request));
    ++rows;
    for (const NewEvent& event : outcome.effects.events) rows += event.rows();
    endings.push_back({hook, &request, std::move(outcome)});
  }
  THIG_TRY(record(std::move(endings)));
  return acted;
}

Result<bool> ActionRunner::wants_command(const IncomingHook& hook, IncomingRequest& request) {
  THIG_TRY_ASSIGN(outcome, actions_.prepare(hook, request));
  if (outcome.state != RequestState::done) {
    THIG_TRY(end({{&hook, &request, std::move(outcome)}}));
    return false;
  }
  const Turns::Turn turn(turns_);
  THIG_TRY_ASSIGN(starts, store_.requests().begin_command(request.id));
  request.starts = starts;
  return starts > 0;
}

Status ActionRunner::end(std::vector<Ending> endings) {
  return with_current_configuration(*this, [&] { return record(endings); });
}

Status ActionRunner::record(std::vector<Ending> endings) {
  if (endings.empty()) return {};
  std::vector<EndedRequest> ended;
  ended.reserve(endings.size());
  for (Ending& one : endings) {
    ended.push_back({.id = one.request->id,
                     .hook = one.request->hook,
                     .outcome = {.state = one.outcome.state,
                                 .detail = one.outcome.detail,
                                 .effects = std::move(one.outcome.effects)}});
  }
  THIG_TRY(finish(ended));
  for (const Ending& one : endings) observer_.ended(*one.hook, *one.request, one.outcome);
  return {};
}

Result<std::vector<EventId>> ActionRunner::finish(std::span<const EndedRequest> ended) {
  const Turns::Turn turn(turns_);
  return store_.requests().finish(ended, clock_.now().wall, actions_.version(), kept_body);
}

Status act_on_one(ActionRunner& runner, IncomingRequest request, const std::atomic<bool>& stop) {
  THIG_TRY(runner.actions().refresh());
  THIG_TRY_ASSIGN(known, runner.actions().find(request.hook));
  if (known == nullptr) return {};
  const IncomingHook hook = *known;
  if (hook.action.kind != ActionKind::run) return runner.act({&request, 1});
  THIG_TRY_ASSIGN(wanted, runner.wants_command(hook, request));
  if (!wanted) return {};
  const CommandEnd end = run_command(command_call(hook, request), stop);
  if (end.interrupted) return {};
  return runner.end({{&hook, &request, outcome_of(end)}});
}

}  // namespace thig
