#include "core/rules/access.h"

#include "core/base/codec.h"

#include <fmt/format.h>

namespace thig {
namespace {

struct Permission {
  Action action;
  bool owner;
  bool admin;
  bool member;
  bool viewer;
  std::string_view name;  // "may not …"
  std::string_view who;   // who can help
};

// clang-format off
constexpr Permission permissions[] = {
    // action                owner  admin  member viewer
    {Action::configure,      true,  true,  false, false, "configure webhooks", "an Owner or Admin"},
    {Action::configure_command, true, false, false, false, "let a webhook run a command", "an Owner"},
    {Action::reveal_secret,  true,  true,  false, false, "see a secret", "an Owner or Admin"},
    {Action::test,           true,  true,  false, false, "test webhooks", "an Owner or Admin"},
    {Action::retry,          true,  true,  false, false, "retry deliveries", "an Owner or Admin"},
    {Action::replay,         true,  true,  false, false, "replay requests", "an Owner or Admin"},
    {Action::emit,           true,  true,  true,  false, "emit events", "an Owner, Admin or Member"},
    {Action::emit_operational, true, true, false, false, "emit webhook.* and incoming.* events", "an Owner or Admin"},
    {Action::read,           true,  true,  true,  true,  "read lists and stats", "an Owner or Admin"},
    {Action::keep,           true,  true,  false, false, "prune, copy or erase what is recorded", "an Owner or Admin"},
    {Action::manage_members, true,  false, false, false, "manage members", "an Owner"},
    {Action::own_keys,       true,  true,  true,  false, "make API keys", "an Owner, Admin or Member"},
    {Action::manage_keys,    true,  false, false, false, "manage API keys of others", "an Owner"},
    {Action::own_sessions,   true,  true,  true,  true,  "log in", "an Owner"},
    {Action::manage_sessions, true, false, false, false, "manage sessions of others", "an Owner"},
};
// clang-format on

// Nothing for an action that has no row: nobody may do it.
const Permission* find_permission(Action action) {
  for (const Permission& permission : permissions) {
    if (permission.action == action) return &permission;
  }
  return nullptr;
}

bool allows(const Permission& permission, Role role) {
  switch (role) {
    case Role::owner:
      return permission.owner;
    case Role::admin:
      return permission.admin;
    case Role::member:
      return permission.member;
    case Role::viewer:
      return permission.viewer;
  }
  return false;
}

}  // namespace

bool may(Role role, Action action) {
  const Permission* permission = find_permission(action);
  return permission != nullptr && allows(*permission, role);
}

std::vector<NamedAction> all_actions() {
  std::vector<NamedAction> all;
  for (const Permission& permission : permissions) {
    all.push_back({.action = permission.action, .name = permission.name});
  }
  return all;
}

Status check_access(const Member& member, Action action) {
  const Permission* permission = find_permission(action);
  if (permission == nullptr) return fail(ErrorCode::internal, "an action without a permission");
  if (allows(*permission, member.role)) return {};
  return fail(ErrorCode::not_permitted,
              fmt::format("the user {} has the role {} and may not {}", printable(member.name),
                          to_text(member.role), permission->name),
              fmt::format("ask {} to do it, or an Owner to change the role", permission->who));
}

}  // namespace thig
