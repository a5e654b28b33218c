#include "core/base/access_hint.h"

#include "core/base/accounts.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thig {
namespace {

// As the list of groups has it now; this process may have been started before.
bool is_listed_in(gid_t group) {
  const passwd* entry = getpwuid(geteuid());
  if (entry == nullptr) return false;
  const std::string name = entry->pw_name;
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (getgrouplist(name.c_str(), entry->pw_gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(std::max(count, 64)));
    if (getgrouplist(name.c_str(), entry->pw_gid, groups.data(), &count) < 0) return false;
  }
  groups.resize(static_cast<std::size_t>(count));
  return std::ranges::find(groups, group) != groups.end();
}

struct Obstacle {
  std::string path;
  struct stat found {};
  mode_t needed = 0;  // of the group's bits
};

bool is_denied(const std::string& path, int how) {
  return faccessat(AT_FDCWD, path.c_str(), how, AT_EACCESS) != 0 && errno == EACCES;
}

// The first of the folders above it, and the file, that keeps us out.
std::optional<Obstacle> find_obstacle(const std::string& file, Access access) {
  std::error_code ignored;
  const std::filesystem::path absolute = std::filesystem::absolute(file, ignored);
  if (ignored) return std::nullopt;
  Obstacle obstacle;
  std::filesystem::path path;
  for (const auto& part : absolute) {
    path /= part;
    if (stat(path.c_str(), &obstacle.found) != 0) return std::nullopt;
    obstacle.path = path.string();
    const bool last = path == absolute;
    const bool writes = access == Access::writes;
    const bool folder = S_ISDIR(obstacle.found.st_mode);
    // The files beside a database are made in its folder.
    const bool makes = folder && writes && path == absolute.parent_path();
    if (folder) {
      obstacle.needed = makes ? S_IXGRP | S_IWGRP : S_IXGRP;
      if (is_denied(obstacle.path, makes ? X_OK | W_OK : X_OK)) return obstacle;
    } else if (last) {
      obstacle.needed = writes ? S_IRGRP | S_IWGRP : S_IRGRP;
      if (is_denied(obstacle.path, writes ? R_OK | W_OK : R_OK)) return obstacle;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string access_hint(const std::string& file, Access access) {
  const auto obstacle = find_obstacle(file, access);
  if (!obstacle) return {};
  const std::string me = describe_user(geteuid());
  const std::string owner = describe_user(obstacle->found.st_uid);
  const std::string group = group_name(obstacle->found.st_gid).value_or("");
  const bool shared = (obstacle->found.st_mode & obstacle->needed) == obstacle->needed;
  if (!shared || group.empty() || obstacle->found.st_gid == 0) {
    return fmt::format("you are {}; {} belongs to {}, and nobody else may use it (mode {:04o})", me,
                       obstacle->path, owner, obstacle->found.st_mode & 07777);
  }
  if (is_listed_in(obstacle->found.st_gid)) {
    return fmt::format(
        "{} is for the group {}, which you ({}) joined after you had logged in: log in again, or "
        "`newgrp {}`",
        obstacle->path, group, me, group);
  }
  return fmt::format(
      "you are {}; {} belongs to {}, and members of the group {} may use it: as root, `usermod -aG "
      "{} {}`, then log in again or `newgrp {}`",
      me, obstacle->path, owner, group, group, user_name(geteuid()) ? me : "USER", group);
}

std::string readers_of(const std::string& file) {
  struct stat found {};
  if (stat(file.c_str(), &found) != 0) return {};
  const std::string group = group_name(found.st_gid).value_or("");
  if ((found.st_mode & S_IRGRP) != 0 && !group.empty()) {
    return fmt::format("{} and the group {}", describe_user(found.st_uid), group);
  }
  return describe_user(found.st_uid);
}

}  // namespace thig
