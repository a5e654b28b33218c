#include "cli/secret_file.h"

#include "core/base/codec.h"
#include "core/store/private_folder.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thig {
namespace {

std::unexpected<Error> cannot_write(const std::string& file) {
  return fail(ErrorCode::file, fmt::format("cannot write {}: {}", file, std::strerror(errno)),
              "check the folder's permissions and free space");
}

bool write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(fd, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

}  // namespace

Result<SecretFile> SecretFile::open(const std::string& file, Random& random) {
  SecretFile made;
  made.file_ = absolute_path(file);
  struct stat found {};
  made.exists_ = lstat(made.file_.c_str(), &found) == 0;
  if (made.exists_ && !S_ISREG(found.st_mode)) {
    return fail(ErrorCode::file, fmt::format("{} is not a regular file", made.file_),
                "name another file, or remove it");
  }
  std::array<std::byte, 8> number{};
  random.fill(number);
  const std::string draft =
      fmt::format("{}.{}.new", made.file_,
                  to_hex({reinterpret_cast<const char*>(number.data()), number.size()}));
  made.fd_ = FileDescriptor(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!made.fd_) return cannot_write(made.file_);
  made.draft_ = draft;
  return made;
}

SecretFile::SecretFile(SecretFile&& other) noexcept
    : file_(std::move(other.file_)),
      draft_(std::exchange(other.draft_, {})),
      fd_(std::move(other.fd_)),
      exists_(other.exists_) {}

SecretFile::~SecretFile() {
  if (!draft_.empty()) unlink(draft_.c_str());
}

Result<bool> SecretFile::holds(std::string_view text) const {
  const FileDescriptor fd(::open(file_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat found {};
  if (!fd || fstat(fd.get(), &found) != 0 || !S_ISREG(found.st_mode)) return false;
  if (found.st_size != static_cast<off_t>(text.size()) || (found.st_mode & 0777) != 0600) {
    return false;
  }
  std::string there(text.size(), '\0');
  const ssize_t got = pread(fd.get(), there.data(), there.size(), 0);
  return got == static_cast<ssize_t>(text.size()) && constant_time_equal(there, text);
}

Status SecretFile::write(std::string_view secret) {
  const std::string text = std::string(secret) + "\n";
  THIG_TRY_ASSIGN(same, holds(text));
  if (same) return {};
  if (!write_whole(fd_.get(), text) || fsync(fd_.get()) != 0 ||
      rename(draft_.c_str(), file_.c_str()) != 0) {
    return cannot_write(file_);
  }
  draft_.clear();
  const FileDescriptor folder(::open(folder_of(file_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || fsync(folder.get()) != 0) return cannot_write(file_);
  return {};
}

}  // namespace thig
