#include "core/store/sqlite/ballast.h"

#include "core/base/safe_file.h"
#include "core/store/sqlite/place.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thig::sqlite {

Ballast::Ballast(const std::string& database, std::uint64_t size, std::uint64_t spare)
    : database_(database), file_(database + ".ballast"), size_(size), spare_(spare) {}

bool Ballast::reserve() {
  if (size_ == 0) return false;
  struct stat found {};
  if (lstat(file_.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
      found.st_size == static_cast<off_t>(size_))
    return true;

  const auto space = free_space(file_);
  if (!space || *space < size_ + spare_) return false;
  const auto made = open_own_file(file_, FileOwner::of(database_), Missing::made);
  if (!made) return false;
  const bool reserved = posix_fallocate(made->get(), 0, static_cast<off_t>(size_)) == 0;
  if (!reserved) unlink(file_.c_str());
  return reserved;
}

bool Ballast::release() {
  return unlink(file_.c_str()) == 0;
}

}  // namespace thig::sqlite
