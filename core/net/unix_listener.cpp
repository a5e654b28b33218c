#include "core/net/unix_listener.h"

#include "core/base/folder_lock.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace thig {
namespace {

constexpr mode_t kMode = 0660;
// A server holds the folder for some system calls, so whoever holds it for longer is no server.
constexpr Millis kFolderPatience{2'000};

std::unexpected<Error> cannot_listen(const std::string& path, std::string_view reason,
                                     Remark hint) {
  return fail(ErrorCode::network, fmt::format("cannot listen on {}: {}", path, reason),
              std::move(hint));
}

std::unexpected<Error> cannot_listen(const std::string& path, int reason) {
  return cannot_listen(path, std::strerror(reason),
                       "check that the folder exists and that you may read and write it");
}

// As bind and connect want it.
const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

FileDescriptor new_socket() {
  return FileDescriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// Two servers that start at once would both find the stale socket, and the second would remove what
// the first has just bound. So each holds the socket's folder while it looks, removes, binds and
// listens.
Result<FileDescriptor> hold_folder(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  auto held = lock_folder(folder.empty() ? "." : folder, FolderUse::alone, kFolderPatience);
  if (held) return held;
  const bool busy = held.error().code == ErrorCode::busy;
  return cannot_listen(path, held.error().text,
                       busy ? Remark("choose a folder that only servers use: see who holds it with "
                                     "lslocks")
                            : std::move(held.error().hint));
}

// Removes a socket that nobody listens on. One that has no space for another connection now
// (EAGAIN), may not be asked or is of another kind may well be used.
Status remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) {
    return cannot_listen(path, "that file is not a socket", "choose another path");
  }
  const FileDescriptor probe = new_socket();
  if (!probe) return cannot_listen(path, errno);
  const bool refused = connect(probe.get(), generic(address), sizeof address) != 0;
  if (refused && errno == ENOENT) return {};
  if (!refused || errno != ECONNREFUSED) {
    return cannot_listen(path, "the socket is in use",
                         "choose another path, or stop the process that listens there");
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return cannot_listen(path, errno);
  return {};
}

}  // namespace

Result<UnixListener> UnixListener::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return cannot_listen(
        path, "the path is too long",
        fmt::format("choose one of at most {} bytes", sizeof address.sun_path - 1));
  }
  path.copy(address.sun_path, path.size());
  THIG_TRY_ASSIGN(folder, hold_folder(path));
  THIG_TRY(remove_stale(path, address));
  UnixListener listener(path, new_socket());
  const int fd = listener.descriptor();
  // The socket's own mode, less the umask, is the file's at first: it is never open to more.
  if (fd < 0 || fchmod(fd, kMode) != 0 || bind(fd, generic(address), sizeof address) != 0) {
    return cannot_listen(path, errno);
  }
  struct stat made {};
  if (lstat(path.c_str(), &made) == 0) {
    listener.device_ = made.st_dev;
    listener.inode_ = made.st_ino;
  }
  if (fchmodat(AT_FDCWD, path.c_str(), kMode, AT_SYMLINK_NOFOLLOW) != 0 ||
      listen(fd, SOMAXCONN) != 0) {
    return cannot_listen(path, errno);
  }
  return listener;
}

UnixListener::~UnixListener() {
  struct stat now {};
  if (!path_.empty() && lstat(path_.c_str(), &now) == 0 && now.st_dev == device_ &&
      now.st_ino == inode_) {
    unlink(path_.c_str());
  }
}

}  // namespace thig
