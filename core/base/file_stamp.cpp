#include "core/base/file_stamp.h"

#include <sys/stat.h>

namespace thig {
namespace {

std::int64_t in_nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

FileStamp stamp_of(const std::string& file) {
  struct stat found {};
  if (stat(file.c_str(), &found) != 0) return {};
  return {.device = found.st_dev,
          .inode = found.st_ino,
          .size = found.st_size,
          .written = in_nanoseconds(found.st_mtim),
          .changed = in_nanoseconds(found.st_ctim)};
}

}  // namespace thig
