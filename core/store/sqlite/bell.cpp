#include "core/store/sqlite/bell.h"

#include "core/base/file_descriptor.h"
#include "core/base/file_error.h"
#include "core/base/safe_file.h"

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace thig::sqlite {
namespace {

std::string bell_path(const std::string& database) {
  return database + ".bell";
}

std::unexpected<Error> failed(std::string_view what, const std::string& path, Remark hint) {
  return file_error(what, path, errno, std::move(hint));
}

// A socket address holds 107 bytes of path. Through /proc the path is a descriptor of ours and at
// most one short name, however long the real one is.
std::optional<sockaddr_un> address_through(int fd, std::string_view name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto room = sizeof address.sun_path - 1;
  const auto written = fmt::format_to_n(address.sun_path, room, "/proc/self/fd/{}{}", fd, name);
  if (written.size > room) return std::nullopt;
  return address;
}

int bind_to(int fd, const sockaddr_un& address) {
  return bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

class Bell final : public ChangeSource {
 public:
  Bell(std::string path, ino_t inode, FileDescriptor socket)
      : path_(std::move(path)), inode_(inode), socket_(std::move(socket)) {}

  ~Bell() override {
    // Whoever replaced it keeps theirs.
    struct stat now {};
    if (lstat(path_.c_str(), &now) == 0 && now.st_ino == inode_) unlink(path_.c_str());
  }

  int descriptor() const override { return socket_.get(); }

  bool changed() override {
    char byte = 0;
    int rings = 0;
    // Bounded, so that a flood of rings cannot hold the listener here.
    while (rings < 1024 && recv(socket_.get(), &byte, 1, MSG_DONTWAIT) >= 0) ++rings;
    return rings > 0;
  }

 private:
  std::string path_;
  ino_t inode_;
  FileDescriptor socket_;
};

// Bound under a name of our own and moved into place: that replaces a dead process's socket in one
// step, and the real name may be as long as the file system lets it.
Status bind_at(int fd, const std::string& path, const FileOwner& owner) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const FileDescriptor directory(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return failed("open", folder, "create the folder, or give another database");

  const std::string name = fmt::format(".bell-{}-{}", getpid(), fd);
  const auto address = address_through(directory.get(), "/" + name);
  unlinkat(directory.get(), name.c_str(), 0);  // of a process that died right here
  // fchmod before bind gives the socket file its mode from its first moment.
  if (!address || fchmod(fd, owner.shared ? 0660 : 0600) != 0 || bind_to(fd, *address) != 0) {
    return failed("create a socket for", path, "check that the folder is writable");
  }
  // What root makes is the database's owner's, who else could not replace it in a sticky folder.
  const FileDescriptor made(openat(directory.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat found {};
  if (made && fstat(made.get(), &found) == 0 && S_ISSOCK(found.st_mode)) {
    give_to(made.get(), owner);
  }
  if (renameat(directory.get(), name.c_str(), AT_FDCWD, path.c_str()) != 0) {
    auto error = failed("create", path, "check that the folder is writable");
    unlinkat(directory.get(), name.c_str(), 0);
    return error;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ChangeSource>> open_bell(const std::string& database) {
  const std::string path = bell_path(database);
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0 && !S_ISSOCK(info.st_mode)) {
    return fail(ErrorCode::file, fmt::format("{} is in the way: it is not a socket", path),
                "move that file elsewhere");
  }
  FileDescriptor listener(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener) return failed("open a socket for", path, "raise `ulimit -n`");
  THIG_TRY(bind_at(listener.get(), path, FileOwner::of(database)));
  if (lstat(path.c_str(), &info) != 0) return failed("find", path, "");
  return std::make_unique<Bell>(path, info.st_ino, std::move(listener));
}

void ring_bell(const std::string& database) noexcept {
  try {
    const FileDescriptor bell(open(bell_path(database).c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    const FileDescriptor ours(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!bell || !ours) return;
    const auto address = address_through(bell.get(), "");
    if (!address) return;
    [[maybe_unused]] const auto sent =
        sendto(ours.get(), "!", 1, MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
  } catch (...) {
    // Out of memory: the listener looks by itself within a second.
  }
}

}  // namespace thig::sqlite
