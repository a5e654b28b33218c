#include "core/base/safe_file.h"

#include "core/base/codec.h"
#include "core/base/file_error.h"
#include "core/base/size.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thig {
namespace {

std::unexpected<Error> cannot_open(const std::string& file, int reason) {
  return file_error("open", file, reason, "check the permissions of the file and its folder");
}

// A file that root left behind keeps its user out; who it belongs to says what to do.
std::unexpected<Error> cannot_open_own(const std::string& file, int reason,
                                       const FileOwner& owner) {
  struct stat found {};
  const bool there = lstat(file.c_str(), &found) == 0;
  if (there && S_ISLNK(found.st_mode)) {
    return fail(ErrorCode::file, fmt::format("{} is a symbolic link, which is not followed", file),
                fmt::format("find out who made it (ls -l {}) and remove it", file));
  }
  if (there && reason == EACCES && found.st_uid != geteuid()) {
    return fail(
        ErrorCode::file,
        fmt::format("cannot open {}: it belongs to another user (uid {})", file, found.st_uid),
        fmt::format("as root: chown {}:{} {}", owner.user, owner.group, file));
  }
  return cannot_open(file, reason);
}

Status check_own(int fd, const std::string& file, const FileOwner& owner) {
  struct stat found {};
  if (fstat(fd, &found) != 0) return cannot_open(file, errno);
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::file, fmt::format("refusing to use {}: {}", file, why),
                fmt::format("find out who made it (ls -l {}) and remove it", file));
  };
  if (!S_ISREG(found.st_mode)) return refuse("it is not a regular file");
  if (found.st_nlink > 1) return refuse("it has a second name (hard link)");
  const bool known = found.st_uid == geteuid() || found.st_uid == owner.user ||
                     (owner.shared && found.st_gid == owner.group);
  if (!known) return refuse(fmt::format("it belongs to another user (uid {})", found.st_uid));
  return {};
}

FileDescriptor open_plain(const std::string& file, int flags) {
  // Without O_NONBLOCK a pipe in its place would be waited for.
  return FileDescriptor(open(file.c_str(), flags | O_CLOEXEC | O_NONBLOCK, 0600));
}

// A group of one user, as many systems make it with every user: what it may write only that user
// may write.
bool is_private_group(gid_t group, uid_t user) {
  if (group == 0) return true;
  const passwd* account = getpwuid(user);
  if (account == nullptr || account->pw_gid != group) return false;
  const std::string name = account->pw_name;
  const struct group* members = getgrgid(group);
  return members != nullptr && name == members->gr_name && members->gr_mem[0] == nullptr;
}

Status check_unwritable(int fd, const std::string& file, struct stat& found) {
  if (fstat(fd, &found) != 0) return cannot_open(file, errno);
  if (!S_ISREG(found.st_mode)) {
    return fail(ErrorCode::file, fmt::format("{} is not a regular file", file),
                S_ISDIR(found.st_mode) ? "" : "name a regular file");
  }
  const bool by_group =
      (found.st_mode & S_IWGRP) != 0 && !is_private_group(found.st_gid, found.st_uid);
  if (!by_group && (found.st_mode & S_IWOTH) == 0) return {};
  return fail(
      ErrorCode::file,
      fmt::format("{} can be written by other users (mode {:04o})", file, found.st_mode & 07777),
      fmt::format("chmod go-w {}", file));
}

Result<FileDescriptor> open_checked(const std::string& file, struct stat& found) {
  FileDescriptor fd = open_plain(file, O_RDONLY);
  if (!fd) return cannot_open(file, errno);
  THIG_TRY(check_unwritable(fd.get(), file, found));
  return fd;
}

std::optional<std::string> resolved(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real) return std::nullopt;
  return std::string(real.get());
}

}  // namespace

FileOwner FileOwner::self() {
  return {.user = geteuid(), .group = getegid()};
}

FileOwner FileOwner::of(const std::string& file) {
  struct stat found {};
  if (stat(file.c_str(), &found) != 0) return self();
  return {.user = found.st_uid, .group = found.st_gid, .shared = (found.st_mode & S_IWGRP) != 0};
}

void give_to(int fd, const FileOwner& owner) {
  struct stat found {};
  if (fstat(fd, &found) != 0) return;
  if (geteuid() == 0 && found.st_uid != owner.user) {
    [[maybe_unused]] const int given = fchownat(fd, "", owner.user, owner.group, AT_EMPTY_PATH);
  } else if (owner.shared && found.st_uid == geteuid() && found.st_gid != owner.group) {
    [[maybe_unused]] const int given =
        fchownat(fd, "", static_cast<uid_t>(-1), owner.group, AT_EMPTY_PATH);
  }
}

bool is_at(int fd, const std::string& file) {
  struct stat opened {};
  struct stat found {};
  return fstat(fd, &opened) == 0 && lstat(file.c_str(), &found) == 0 &&
         opened.st_dev == found.st_dev && opened.st_ino == found.st_ino;
}

Result<FileDescriptor> make_own_file(const std::string& file, const FileOwner& owner) {
  FileDescriptor made = open_plain(file, O_RDWR | O_CREAT | O_EXCL);
  if (!made && errno == EEXIST) {
    return fail(ErrorCode::conflict, fmt::format("{} already exists", file));
  }
  if (!made) return cannot_open(file, errno);
  if (owner.shared) {
    [[maybe_unused]] const int opened = fchmod(made.get(), 0660);
  }
  give_to(made.get(), owner);
  return made;
}

Result<FileDescriptor> open_own_file(const std::string& file, const FileOwner& owner,
                                     Missing missing) {
  // Between looking and making, somebody else may have made or removed it.
  for (int tries = 0;; ++tries) {
    FileDescriptor fd = open_plain(file, O_RDWR | O_NOFOLLOW);
    if (fd) {
      THIG_TRY(check_own(fd.get(), file, owner));
      return fd;
    }
    if (errno != ENOENT || missing == Missing::fails || tries == 8) {
      return cannot_open_own(file, errno, owner);
    }
    auto made = make_own_file(file, owner);
    if (made || made.error().code != ErrorCode::conflict) return made;
  }
}

Result<FileDescriptor> open_to_read(const std::string& file) {
  struct stat found {};
  return open_checked(file, found);
}

Result<FileDescriptor> open_to_trust(const std::string& file, const FileOwner& owner) {
  struct stat found {};
  THIG_TRY_ASSIGN(fd, open_checked(file, found));
  if (found.st_uid == 0 || found.st_uid == geteuid() || found.st_uid == owner.user) return fd;
  return fail(
      ErrorCode::file,
      fmt::format("{} belongs to another user (uid {}), who may change it", file, found.st_uid),
      "if you trust its content, use a copy that belongs to you");
}

Result<std::string> read_whole(int fd, const std::string& file, std::size_t most) {
  std::string text(most + 1, '\0');
  std::size_t used = 0;
  while (used < text.size()) {
    const ssize_t got = read(fd, text.data() + used, text.size() - used);
    if (got == 0) break;
    if (got > 0) {
      used += static_cast<std::size_t>(got);
    } else if (const int reason = errno; reason != EINTR) {
      wipe(text);
      return fail(ErrorCode::file, fmt::format("cannot read {}: {}", file, std::strerror(reason)));
    }
  }
  if (used > most) {
    wipe(text);
    return fail(ErrorCode::invalid, fmt::format("{} is longer than {}", file,
                                                format_size(static_cast<std::uint64_t>(most))));
  }
  text.resize(used);
  return text;
}

std::string real_path(const std::string& file) {
  if (auto real = resolved(file)) return *real;
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(file, ignored);
  const auto folder = resolved(absolute.parent_path().string());
  return folder ? (std::filesystem::path(*folder) / absolute.filename()).string()
                : absolute.lexically_normal().string();
}

}  // namespace thig
