#include "core/rules/access.h"

#include "tests/support/remark_text.h"

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("every role may do what the product gives it and no more") {
  const struct {
    Action action;
    bool owner, admin, member, viewer;
  } rows[] = {
      {Action::configure, true, true, false, false},
      {Action::configure_command, true, false, false, false},
      {Action::reveal_secret, true, true, false, false},
      {Action::test, true, true, false, false},
      {Action::retry, true, true, false, false},
      {Action::replay, true, true, false, false},
      {Action::emit, true, true, true, false},
      {Action::read, true, true, true, true},
      {Action::keep, true, true, false, false},
      {Action::manage_members, true, false, false, false},
      {Action::own_keys, true, true, true, false},
      {Action::manage_keys, true, false, false, false},
      {Action::own_sessions, true, true, true, true},
      {Action::manage_sessions, true, false, false, false},
  };
  for (const auto& row : rows) {
    INFO(static_cast<int>(row.action));
    CHECK(may(Role::owner, row.action) == row.owner);
    CHECK(may(Role::admin, row.action) == row.admin);
    CHECK(may(Role::member, row.action) == row.member);
    CHECK(may(Role::viewer, row.action) == row.viewer);
    for (const Role role : {Role::owner, Role::admin, Role::member, Role::viewer}) {
      CHECK(check_access({"ada", role}, row.action).has_value() == may(role, row.action));
    }
  }
}

TEST_CASE("what is not a role or an action is allowed nothing") {
  CHECK_FALSE(may(static_cast<Role>(99), Action::read));
  CHECK_FALSE(may(Role::owner, static_cast<Action>(99)));
  CHECK_FALSE(check_access({"ada", Role::owner}, static_cast<Action>(99)).has_value());
}

TEST_CASE("a refusal names the member, the role and who can help") {
  const Status refused = check_access({"bob\x1b", Role::viewer}, Action::configure);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::not_permitted);
  CHECK(refused.error().text ==
        "the user bob\\x1b has the role viewer and may not configure webhooks");
  CHECK(remark_text(refused.error().hint) ==
        "ask an Owner or Admin to do it, or an Owner to change the role");
}
