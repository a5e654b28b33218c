// Roles and what they may do (system.md "Roles").
#pragma once

#include "core/base/error.h"
#include "core/model/member.h"

#include <string_view>
#include <vector>

namespace thig {

enum class Action {
  configure,          // add, edit, enable, disable, remove, rotate
  configure_command,  // the same for an incoming webhook that runs a command here
  reveal_secret,
  test,
  retry,   // deliveries: retry, recover, cancel
  replay,  // requests to incoming webhooks
  emit,
  emit_operational,  // webhook.* and incoming.*, which the system raises itself
  read,              // lists and stats
  keep,              // prune, backup, erase
  manage_members,    // Owner
  own_keys,          // API keys that act for oneself
  manage_keys,       // those of others: Owner
  own_sessions,      // to log in to the page, and to end one's sessions
  manage_sessions,   // those of others: Owner
};

bool may(Role role, Action action);
// All actions with what they are called: "configure webhooks".
struct NamedAction {
  Action action;
  std::string_view name;
};
std::vector<NamedAction> all_actions();
// `not_permitted`, naming the member, the role and who can help.
Status check_access(const Member& member, Action action);

}  // namespace thig
