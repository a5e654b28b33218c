#include "core/base/new_file.h"

#include "core/base/codec.h"
#include "core/base/file_error.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace thig {
namespace {

std::unexpected<Error> cannot_write(const std::string& file, int reason) {
  return file_error("write", file, reason, "check the permissions of its folder");
}

std::string draft_name(const std::string& file, Random& random) {
  return fmt::format("{}.{}.new", file, to_hex(random.bytes(8)));
}

// So that the name survives a power failure, too.
Status sync_folder_of(const std::string& file) {
  std::string folder = std::filesystem::path(file).parent_path().string();
  if (folder.empty()) folder = ".";
  const FileDescriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || fsync(fd.get()) != 0) return cannot_write(folder, errno);
  return {};
}

}  // namespace

Status publish_file(int draft_fd, const std::string& draft, const std::string& file,
                    Existing existing) {
  if (fsync(draft_fd) != 0) return cannot_write(file, errno);
  if (existing == Existing::replaced) {
    if (rename(draft.c_str(), file.c_str()) != 0) return cannot_write(file, errno);
  } else {
    if (link(draft.c_str(), file.c_str()) != 0) {
      if (errno != EEXIST) return cannot_write(file, errno);
      return fail(ErrorCode::conflict, fmt::format("{} already exists", file));
    }
    unlink(draft.c_str());
  }
  return sync_folder_of(file);
}

Result<NewFile> NewFile::make(const std::string& file, const FileOwner& owner, Random& random) {
  std::string draft = draft_name(file, random);
  THIG_TRY_ASSIGN(fd, make_own_file(draft, owner));
  return NewFile(file, std::move(draft), std::move(fd));
}

NewFile::NewFile(std::string file, std::string draft, FileDescriptor fd)
    : file_(std::move(file)), draft_(std::move(draft)), fd_(std::move(fd)) {}

NewFile::NewFile(NewFile&& other) noexcept
    : file_(std::move(other.file_)),
      draft_(std::exchange(other.draft_, {})),
      fd_(std::move(other.fd_)) {}

NewFile::~NewFile() {
  if (!draft_.empty()) unlink(draft_.c_str());
}

Status NewFile::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(fd_.get(), text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return cannot_write(file_, errno);
    text.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

Status NewFile::publish(Existing existing) {
  THIG_TRY(publish_file(fd_.get(), draft_, file_, existing));
  draft_.clear();
  return {};
}

}  // namespace thig
