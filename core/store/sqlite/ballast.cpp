#include "core/store/sqlite/ballast.h"

#include "core/store/sqlite/place.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thig::sqlite {

Ballast::Ballast(const std::string& database, std::uint64_t size, std::uint64_t spare)
    : file_(database + ".ballast"), size_(size), spare_(spare) {}

bool Ballast::reserve() {
  if (size_ == 0) return false;
  struct stat found {};
  if (stat(file_.c_str(), &found) == 0 && found.st_size == static_cast<off_t>(size_)) return true;

  const auto space = free_space(file_);
  if (!space || *space < size_ + spare_) return false;
  const int fd = open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const bool reserved = posix_fallocate(fd, 0, static_cast<off_t>(size_)) == 0;
  close(fd);
  if (!reserved) unlink(file_.c_str());
  return reserved;
}

bool Ballast::release() {
  return unlink(file_.c_str()) == 0;
}

}  // namespace thig::sqlite
