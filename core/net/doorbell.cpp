#include "core/net/doorbell.h"

#include "core/base/file_error.h"
#include "core/base/safe_file.h"
#include "core/net/steady.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace thig {
namespace {

std::string bell_path(const std::string& database) {
  return database + ".bell";
}

std::unexpected<Error> failed(std::string_view what, const std::string& path, std::string hint) {
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

class SocketDoorbell final : public Doorbell {
 public:
  SocketDoorbell(std::string path, ino_t inode, FileDescriptor socket, FileDescriptor event)
      : path_(std::move(path)),
        inode_(inode),
        socket_(std::move(socket)),
        event_(std::move(event)) {}

  ~SocketDoorbell() override {
    // Whoever replaced it keeps theirs.
    struct stat now {};
    if (lstat(path_.c_str(), &now) == 0 && now.st_ino == inode_) unlink(path_.c_str());
  }

  bool wait(Millis longest) override {
    const auto until = Steady::now() + std::clamp(longest, Millis{0}, Millis{86'400'000});
    std::array<pollfd, 2> bells{pollfd{socket_.get(), POLLIN, 0}, pollfd{event_.get(), POLLIN, 0}};
    for (;;) {
      const auto left = std::chrono::ceil<Millis>(until - Steady::now());
      const int ready =
          poll(bells.data(), bells.size(), static_cast<int>(std::max(left, Millis{0}).count()));
      if (ready > 0) return silence();
      // A signal's handler may have rung: look again. Any other failure is as good as time passing.
      if (ready == 0 || errno != EINTR) return false;
    }
  }

  void ring() noexcept override {
    const int saved = errno;  // a signal handler must not disturb what it interrupted
    const std::uint64_t one = 1;
    // Full means it is ringing already.
    [[maybe_unused]] const auto written = write(event_.get(), &one, sizeof one);
    errno = saved;
  }

 private:
  // Whether others rang, too.
  bool silence() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(event_.get(), &count, sizeof count);
    char byte = 0;
    int rings = 0;
    // Bounded, so that a flood of rings cannot hold the sleeper here.
    while (rings < 1024 && recv(socket_.get(), &byte, 1, MSG_DONTWAIT) >= 0) ++rings;
    return rings > 0;
  }

  std::string path_;
  ino_t inode_;
  FileDescriptor socket_;
  FileDescriptor event_;
};

// Bound under a name of our own and moved into place: that replaces a dead process's socket in one
// step, and the real name may be as long as the file system lets it.
Status bind_at(int fd, const std::string& path, const FileOwner& owner) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const FileDescriptor directory(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return failed("open", folder, "create the folder, or name another database");

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

Result<std::unique_ptr<Doorbell>> open_doorbell(const std::string& database) {
  const std::string path = bell_path(database);
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0 && !S_ISSOCK(info.st_mode)) {
    return fail(ErrorCode::file, fmt::format("{} is in the way: it is no socket", path),
                "move that file elsewhere");
  }
  FileDescriptor listener(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  FileDescriptor event(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!listener || !event) return failed("open a socket for", path, "raise `ulimit -n`");
  THIG_TRY(bind_at(listener.get(), path, FileOwner::of(database)));
  if (lstat(path.c_str(), &info) != 0) return failed("find", path, "");
  return std::make_unique<SocketDoorbell>(path, info.st_ino, std::move(listener), std::move(event));
}

// Without a socket: poll passes over it.
Result<std::unique_ptr<Doorbell>> open_private_doorbell() {
  FileDescriptor event(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event) {
    return fail(ErrorCode::file, fmt::format("cannot open an event: {}", std::strerror(errno)),
                "raise `ulimit -n`");
  }
  return std::make_unique<SocketDoorbell>("", ino_t{}, FileDescriptor(), std::move(event));
}

void ring_doorbell(const std::string& database) noexcept {
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
    // Out of memory: the sleeper looks by itself within a second.
  }
}

}  // namespace thig
