#include "core/incoming/actions.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace thig {
namespace {

constexpr std::size_t largest_quick_body = 64u << 10;

bool is_quick(const IncomingHook& hook, const IncomingRequest& request) {
  return request.state == RequestState::pending && hook.action.kind != ActionKind::run &&
         request.body.size() <= largest_quick_body &&
         std::ranges::none_of(hook.action.conditions, &Condition::is_regex);
}

}  // namespace

Status Actions::refresh() {
  THIG_TRY_ASSIGN(version, store_.config().config_version());
  if (version == router_.version()) return {};
  THIG_TRY_ASSIGN(router, Router::load(store_.config()));
  hooks_.clear();
  router_ = std::move(router);
  return {};
}

Result<const IncomingHook*> Actions::find(IncomingHookId id) {
  if (const auto known = hooks_.find(id); known != hooks_.end()) return &known->second;
  THIG_TRY_ASSIGN(hook, store_.incoming().find_by_id(id));
  if (!hook) return nullptr;
  return &hooks_.emplace(id, std::move(*hook)).first->second;
}

Result<ActionOutcome> Actions::prepare(const IncomingHook& hook, const IncomingRequest& request) {
  return prepare_action(hook, request, store_.requests(), router_, random_, clock_.now().wall);
}

// What cannot be found out now is left to whoever runs what is pending.
void Actions::prepare_arrived(std::span<ArrivedRequest> requests) {
  bool makes_project = false;
  std::optional<bool> nothing_waits;
  for (ArrivedRequest& one : requests) {
    const auto found = find(one.request.hook);
    if (!found || *found == nullptr) continue;
    const IncomingHook& hook = **found;
    makes_project = makes_project || hook.action.kind == ActionKind::create_project;
    if (!is_quick(hook, one.request)) continue;
    if (hook.action.kind == ActionKind::add_note) {
      if (!nothing_waits) {
        const auto pending = store_.requests().pending(std::nullopt, 1);
        nothing_waits = pending && pending->empty();
      }
      if (makes_project || !*nothing_waits) continue;
    }
    if (auto outcome = prepare(hook, one.request)) one.outcome = std::move(*outcome);
  }
}

}  // namespace thig
