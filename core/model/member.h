// Who may do what: members of the organisation and their roles.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace thig {

enum class Role { owner, admin, member, viewer };
std::string_view to_text(Role role);
std::optional<Role> parse_role(std::string_view text);

struct Member {
  std::string name;  // the OS user's name
  Role role = Role::viewer;
  // Through what they act: "key ci". Empty on the command line, and where nobody acts.
  std::string via = {};
  bool operator==(const Member&) const = default;
};

}  // namespace thig
