#include "core/net/descriptors.h"

#include "core/base/file_descriptor.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/resource.h>

namespace thig {
namespace {

// The usual soft limit of 1,024 is less than what may be in flight.
constexpr rlim_t enough = 16'384;
// The database, look-ups, bells, logs.
constexpr std::size_t kept_for_others = 64;

}  // namespace

void allow_many_descriptors() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= enough) return;
  files.rlim_cur = std::min(files.rlim_max, enough);
  setrlimit(RLIMIT_NOFILE, &files);
}

std::size_t descriptors_for_connections() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return enough;
  const auto all = static_cast<std::size_t>(std::min(files.rlim_cur, rlim_t{1} << 20));
  return std::max<std::size_t>(all - std::min(all / 2, kept_for_others), 1);
}

int descriptor_lack() {
  const FileDescriptor probe(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (probe) return 0;
  return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? errno : 0;
}

}  // namespace thig
