#include "core/base/folder_lock.h"

#include "core/base/file_error.h"

#include <cerrno>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

namespace thig {

Result<FileDescriptor> lock_folder(const std::string& folder, FolderUse use, Millis patience) {
  constexpr Millis pause{5};
  FileDescriptor held(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!held) {
    return file_error("open", folder, errno,
                      "check that the folder exists and that you may read it");
  }
  const int wanted = (use == FolderUse::alone ? LOCK_EX : LOCK_SH) | LOCK_NB;
  for (Millis waited{0}; flock(held.get(), wanted) != 0;) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return file_error("lock", folder, errno, {});
    if (waited >= patience) {
      return fail(ErrorCode::busy, fmt::format("another process holds a lock on {}", folder),
                  "see which one with lslocks");
    }
    std::this_thread::sleep_for(pause);
    waited += pause;
  }
  return held;
}

}  // namespace thig
