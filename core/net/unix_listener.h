// A Unix socket that is listened on, with its file.
#pragma once

#include "core/base/error.h"
#include "core/base/file_descriptor.h"

#include <string>
#include <utility>

#include <sys/types.h>

namespace thig {

class UnixListener {
 public:
  // With mode 0660, whatever the umask is. Takes the place of a socket that nobody listens on, as a
  // server leaves it that was killed, and of no other file; of several that come at once one has
  // it. `network` if somebody listens there, something else has that name, or the socket cannot be
  // made.
  static Result<UnixListener> open(const std::string& path);
  UnixListener(UnixListener&& other) noexcept
      : path_(std::exchange(other.path_, {})),
        device_(other.device_),
        inode_(other.inode_),
        socket_(std::move(other.socket_)) {}
  // Removes the file, unless it is somebody else's by now.
  ~UnixListener();

  int descriptor() const { return socket_.get(); }

 private:
  UnixListener(std::string path, FileDescriptor socket)
      : path_(std::move(path)), socket_(std::move(socket)) {}

  std::string path_;  // none once it was moved from
  dev_t device_ = 0;
  ino_t inode_ = 0;
  FileDescriptor socket_;
};

}  // namespace thig
