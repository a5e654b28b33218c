#include "cli/files/secret_file.h"

#include "core/base/codec.h"
#include "core/base/safe_file.h"
#include "core/store/private_folder.h"

#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

namespace thig {

Result<SecretFile> SecretFile::open(const std::string& file, Random& random) {
  const std::string path = absolute_path(file);
  struct stat found {};
  const bool exists = lstat(path.c_str(), &found) == 0;
  if (exists && !S_ISREG(found.st_mode)) {
    return fail(ErrorCode::file, fmt::format("{} is not a regular file", path),
                "name another file, or remove it");
  }
  THIG_TRY_ASSIGN(draft, NewFile::make(path, FileOwner::self(), random));
  return SecretFile(std::move(draft), exists);
}

// As it would be written: a file of ours, with one name, that nobody else can read.
bool SecretFile::holds(std::string_view text) const {
  const auto fd = open_own_file(file(), FileOwner::self(), Missing::fails);
  struct stat found {};
  if (!fd || fstat(fd->get(), &found) != 0 || (found.st_mode & 0777) != 0600) return false;
  auto there = read_whole(fd->get(), file(), text.size());
  const bool same = there && constant_time_equal(*there, text);
  if (there) wipe(*there);
  return same;
}

Status SecretFile::write(std::string_view secret) {
  std::string text = std::string(secret) + "\n";
  Status written;
  if (!holds(text)) {
    written = draft_.write(text);
    if (written) written = draft_.publish(Existing::replaced);
  }
  wipe(text);
  return written;
}

}  // namespace thig
