#include "core/store/sqlite/place.h"

#include "core/base/file_error.h"
#include "core/base/folder_lock.h"
#include "core/base/safe_file.h"
#include "core/store/private_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

namespace thig::sqlite {

namespace {

// Of linux/magic.h and the filesystems' own sources. FUSE and 9p are left out: they carry local
// folders as often as remote ones.
constexpr std::int64_t kNetworkMagics[] = {
    0x6969,      // NFS
    0x517B,      // SMB
    0xFE534D42,  // SMB2
    0xFF534D42,  // CIFS
    0x5346414F,  // AFS
    0x6B414653,  // kAFS
    0x00C36400,  // Ceph
    0x73757245,  // Coda
    0x564C,      // NCP
};

Status refuse_network(const std::string& file) {
  struct statfs found {};
  if (statfs(folder_of(file).c_str(), &found) != 0) return {};  // opening will say what is wrong
  // The field is signed and of the machine's width; the magic is 32 bits.
  if (!is_network_filesystem(static_cast<std::uint32_t>(found.f_type))) return {};
  return fail(
      ErrorCode::file, fmt::format("{} is on a network filesystem", file),
      "locks are not reliable there and the database would be damaged: choose a local disk");
}

Status make_file(const std::string& file) {
  THIG_TRY(make_private_folder(folder_of(file)));
  THIG_TRY(refuse_network(file));
  // The WAL and its index get the same permissions from SQLite. Closing a file drops the locks that
  // this process has on it, but nobody here can have it open before it exists.
  const auto made = make_own_file(file, FileOwner::self());
  struct stat found {};
  const bool there = !made && made.error().code == ErrorCode::conflict;
  if (there && lstat(file.c_str(), &found) == 0 && S_ISLNK(found.st_mode)) {
    return fail(ErrorCode::file,
                fmt::format("{} is a symbolic link to a file that does not exist", file),
                {"remove the link, or give the database itself with ", Setting{"db"}});
  }
  if (made || there) return {};
  Error error = made.error();
  if (error.code != ErrorCode::full) {
    error.hint = {"check the permissions of its folder, or choose another path with ",
                  Setting{"db"}};
  }
  return std::unexpected(std::move(error));
}

}  // namespace

bool is_network_filesystem(std::int64_t magic) {
  for (const std::int64_t known : kNetworkMagics) {
    if (magic == known) return true;
  }
  return false;
}

Status prepare_place(const std::string& file, bool create) {
  struct stat found {};
  if (stat(file.c_str(), &found) == 0) {
    if (!S_ISREG(found.st_mode)) {
      return fail(ErrorCode::file, fmt::format("{} is not a regular file", file),
                  {"give the database file with ", Setting{"db"}});
    }
    // SQLite names the journal by the path it was given: with two, committed rows are lost.
    if (found.st_nlink > 1) {
      return fail(
          ErrorCode::file,
          fmt::format("{} has {} names (hard links), and the database would be damaged if "
                      "two of them were used",
                      file, static_cast<unsigned long>(found.st_nlink)),
          fmt::format("find them with `find / -xdev -samefile {}`, and remove all but one", file));
    }
    return refuse_network(file);
  }
  if (errno != ENOENT) {
    return file_error("open", file, errno, "check the permissions of its folder");
  }
  if (create) return make_file(file);
  return fail(ErrorCode::not_found, fmt::format("there is no database at {}", file),
              {"the first command that writes creates it; choose another with ", Setting{"db"}});
}

FileDescriptor hold_place(const std::string& file, Millis patience) {
  auto held = lock_folder(folder_of(file), FolderUse::shared, std::min(patience, Millis{1'000}));
  return held ? std::move(*held) : FileDescriptor();
}

Result<std::uint64_t> free_space(const std::string& file) {
  struct statvfs found {};
  if (statvfs(folder_of(file).c_str(), &found) != 0) {
    return fail(ErrorCode::file, fmt::format("cannot determine the free space for {}: {}", file,
                                             std::strerror(errno)));
  }
  return static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
}

}  // namespace thig::sqlite
