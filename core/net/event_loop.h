// Waiting for many sockets at once, and being woken by other threads meanwhile.
#pragma once

#include "core/base/error.h"
#include "core/base/file_descriptor.h"
#include "core/net/steady.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sys/epoll.h>

namespace thig {

// Thread: all but wake belong to the one thread that waits.
class EventLoop {
 public:
  struct Ready {
    int fd;
    std::uint32_t owner;  // as given to watch
    bool readable, writable, failed;
  };

  // `network` if the process has no descriptors left.
  static Result<EventLoop> open();

  // Starts watching a socket, or changes what is watched for.
  void watch(int fd, bool read, bool write, std::uint32_t owner);
  // Nothing is expected of the socket until the next watch. The kernel is told only if something
  // comes all the same: a connection that is used again at once then costs no system call.
  void rest(int fd);
  // The socket is about to be closed, or the number has just been given to a new one.
  void forget(int fd);

  // Until a socket is ready, someone wakes it, or the time has come (none: no limit). The answer
  // holds until the next call.
  std::span<const Ready> wait(std::optional<Steady::time_point> until);
  // From any thread.
  void wake() noexcept;

 private:
  EventLoop(FileDescriptor epoll, FileDescriptor event);
  struct Watch {
    std::uint32_t events = 0;  // as the kernel knows them; 0: it does not know the socket
    std::uint32_t owner = 0;
    bool resting = false;
  };
  void drain_event();

  std::vector<Watch> watches_;  // by descriptor
  FileDescriptor epoll_;
  FileDescriptor event_;
  std::array<Ready, 256> ready_{};
};

}  // namespace thig
