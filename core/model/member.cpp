#include "core/model/member.h"

#include "core/base/enum_names.h"

namespace thig {
namespace {

constexpr EnumName<Role> roles[] = {
    {Role::owner, "owner"},
    {Role::admin, "admin"},
    {Role::member, "member"},
    {Role::viewer, "viewer"},
};

}  // namespace

std::string_view to_text(Role role) {
  return enum_name(roles, role);
}

std::optional<Role> parse_role(std::string_view text) {
  return enum_value(roles, text);
}

}  // namespace thig
