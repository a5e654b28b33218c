#include "core/base/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace thig {

Result<TemporaryFolder> TemporaryFolder::make(std::string_view name) {
  std::error_code error;
  const auto above = std::filesystem::temp_directory_path(error);
  std::string path = above / fmt::format("{}-XXXXXX", name);
  if (!error && mkdtemp(path.data()) == nullptr) error.assign(errno, std::generic_category());
  if (!error) return TemporaryFolder(std::move(path));
  return fail(ErrorCode::file,
              fmt::format("cannot create a folder like {}: {}", path, error.message()),
              "TMPDIR names the folder in which to make it");
}

TemporaryFolder::TemporaryFolder(std::string path) : path_(std::move(path)) {}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace thig
