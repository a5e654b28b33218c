#include "core/base/accounts.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

namespace thig {

std::optional<std::string> user_name(uid_t user) {
  const passwd* entry = getpwuid(user);
  if (entry == nullptr) return std::nullopt;
  return entry->pw_name;
}

std::optional<std::string> group_name(gid_t group) {
  const struct group* entry = getgrgid(group);
  if (entry == nullptr) return std::nullopt;
  return entry->gr_name;
}

std::string describe_user(uid_t user) {
  return user_name(user).value_or(fmt::format("uid {}", user));
}

std::string describe_group(gid_t group) {
  return group_name(group).value_or(fmt::format("gid {}", group));
}

}  // namespace thig
