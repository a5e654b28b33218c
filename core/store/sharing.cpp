#include "core/store/sharing.h"

#include "core/base/accounts.h"
#include "core/base/file_descriptor.h"
#include "core/base/file_error.h"
#include "core/store/private_folder.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr mode_t database_mode = 0660;
constexpr mode_t folder_mode = 02770;
constexpr mode_t key_mode = 0640;
constexpr mode_t key_folder_mode = 0750;

// hooks.db, hooks.db-wal, hooks.db.owner, …
bool belongs_to(const std::string& database, const std::filesystem::path& file) {
  const std::string name = std::filesystem::path(database).filename().string();
  const std::string other = file.filename().string();
  return other == name || other.starts_with(name + "-") || other.starts_with(name + ".") ||
         other.starts_with(".bell-");
}

// A plain file or a folder that is held, without opening it: closing a database's file would drop
// the locks that SQLite has on it. Nothing if there is none. A link is no file of ours.
Result<std::optional<FileDescriptor>> hold(const std::string& path) {
  FileDescriptor held(open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!held && errno == ENOENT) return std::nullopt;
  struct stat found {};
  if (!held || fstat(held.get(), &found) != 0) return file_error("look at", path, errno, "");
  const bool plain = S_ISREG(found.st_mode) || S_ISSOCK(found.st_mode) || S_ISDIR(found.st_mode);
  if (plain && (S_ISDIR(found.st_mode) || found.st_nlink == 1)) return held;
  return fail(ErrorCode::file, fmt::format("{} is not a file of a database", path),
              fmt::format("find out who made it (ls -l {}), and remove it", path));
}

// True if it was otherwise. chown clears the setgid bit, so the mode comes last.
Result<bool> set(const std::string& path, std::optional<gid_t> group, std::optional<mode_t> mode,
                 std::optional<uid_t> user = std::nullopt) {
  THIG_TRY_ASSIGN(held, hold(path));
  struct stat found {};
  if (!held || fstat(held->get(), &found) != 0) return false;
  const bool other_owner = (group && found.st_gid != *group) || (user && found.st_uid != *user);
  const mode_t wanted = mode.value_or(found.st_mode & 07777);
  if (!other_owner && (found.st_mode & 07777) == wanted) return false;
  if (other_owner && fchownat(held->get(), "", user.value_or(static_cast<uid_t>(-1)),
                              group.value_or(static_cast<gid_t>(-1)), AT_EMPTY_PATH) != 0) {
    return file_error("change the owner of", path, errno, "only root and members of the group can");
  }
  const std::string through = fmt::format("/proc/self/fd/{}", held->get());
  if (chmod(through.c_str(), wanted) != 0) {
    return file_error("change the mode of", path, errno, "only its owner and root can");
  }
  return true;
}

std::vector<std::string> files_of(const std::string& database) {
  std::vector<std::string> files;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(folder_of(database), error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (belongs_to(database, entry->path())) files.push_back(entry->path().string());
  }
  std::ranges::sort(files);
  return files;
}

// Something in the folder that is none of the database's.
std::optional<std::string> stranger_in(const std::string& folder, const SharedFiles& files) {
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    std::string path = entry->path().string();
    if (!belongs_to(files.database, entry->path()) && path != files.key_file) return path;
  }
  return std::nullopt;
}

// Every folder on the way must be there, for those that are made on the way are closed to others,
// and let the group through.
Status check_way_to(const std::filesystem::path& folder, gid_t group, const Remark& hint) {
  std::filesystem::path path;
  for (const auto& part : folder) {
    path /= part;
    struct stat found {};
    if (stat(path.c_str(), &found) != 0) {
      return file_error("look at the folder", path.string(), errno,
                        fmt::format("make it first, so that the group can reach it: mkdir -p {}",
                                    folder.string()));
    }
    const bool passes =
        (found.st_mode & S_IXOTH) != 0 || (found.st_gid == group && (found.st_mode & S_IXGRP) != 0);
    if (passes) continue;
    return fail(
        ErrorCode::file,
        fmt::format("the group {} cannot reach {}: {} is closed to it (mode {:04o})",
                    describe_group(group), folder.string(), path.string(), found.st_mode & 07777),
        hint);
  }
  return {};
}

Status check_rights(const SharedFiles& files) {
  if (geteuid() == 0) return {};
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(getgroups(0, nullptr), 0)));
  if (getgroups(static_cast<int>(groups.size()), groups.data()) < 0) groups.clear();
  groups.push_back(getegid());
  if (std::ranges::find(groups, files.group) == groups.end()) {
    const std::string name = describe_group(files.group);
    return fail(ErrorCode::file, fmt::format("you are not in the group {}", name),
                fmt::format("as root, `usermod -aG {} USER`, then log in again or `newgrp {}`",
                            name, name));
  }
  for (const std::string& path : {folder_of(files.database), files.database, files.key_file}) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0 || found.st_uid == geteuid()) continue;
    if (path == folder_of(files.database) && (found.st_mode & 07777) == folder_mode) continue;
    return fail(ErrorCode::file, fmt::format("{} belongs to another user", path),
                "its owner, or root, can share it");
  }
  return {};
}

}  // namespace

Result<gid_t> find_group(const std::string& name) {
  errno = 0;
  if (const struct group* entry = getgrnam(name.c_str())) return entry->gr_gid;
  return fail(ErrorCode::usage, fmt::format("there is no group \"{}\" on this machine", name),
              "`getent group` lists them; as root, `groupadd NAME` makes one");
}

Status check_sharable(const SharedFiles& files) {
  const std::filesystem::path folder = folder_of(files.database);
  const std::filesystem::path key_folder = folder_of(files.key_file);
  THIG_TRY(
      check_way_to(folder.parent_path(), files.group,
                   {"choose a place for it with ", Setting{"db", "/srv/thig-hooks/hooks.db"}}));
  if (key_folder != folder) {
    std::error_code ignored;
    const bool there = std::filesystem::exists(key_folder, ignored);
    THIG_TRY(check_way_to(
        there ? key_folder : key_folder.parent_path(), files.group,
        {"choose a place for the key with ", Setting{"key-file", "/etc/thig-hooks/key"}}));
  }
  if (const auto stranger = stranger_in(folder.string(), files)) {
    return fail(ErrorCode::file,
                fmt::format("{} holds other files than the database ({}), and the group may remove "
                            "and replace what is in it",
                            folder.string(), *stranger),
                {"keep the database in a folder of its own: ",
                 Setting{"db", (folder / "thig-hooks/hooks.db").string()}});
  }
  return check_rights(files);
}

Result<bool> share(const SharedFiles& files, bool made_key_folder) {
  const std::string folder = folder_of(files.database);
  const std::string key_folder = folder_of(files.key_file);
  bool changed = false;
  const auto note = [&](Result<bool> done) -> Status {
    if (!done) return std::unexpected(std::move(done).error());
    changed = changed || *done;
    return {};
  };
  if (made_key_folder && key_folder != folder) {
    THIG_TRY(note(set(key_folder, files.group, key_folder_mode)));
  }
  THIG_TRY(note(set(files.key_file, files.group, key_mode)));
  for (const std::string& file : files_of(files.database)) {
    THIG_TRY(note(set(file, files.group, database_mode)));
  }
  // Last: from here on others make files in it.
  struct stat found {};
  const bool theirs = stat(folder.c_str(), &found) == 0 && found.st_gid == files.group &&
                      (found.st_mode & 07777) == folder_mode;
  if (!theirs) THIG_TRY(note(set(folder, files.group, folder_mode)));
  return changed;
}

Status give_database_to(const std::string& database, uid_t user) {
  for (const std::string& file : files_of(database)) {
    THIG_TRY(set(file, std::nullopt, std::nullopt, user));
  }
  THIG_TRY(set(folder_of(database), std::nullopt, std::nullopt, user));
  return {};
}

}  // namespace thig
