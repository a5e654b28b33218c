#include "core/store/private_folder.h"

#include "core/base/file_error.h"

#include <cerrno>
#include <filesystem>

#include <sys/stat.h>

namespace thig {

std::string absolute_path(const std::string& path) {
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(path, ignored);
  return ignored ? path : absolute.lexically_normal().string();
}

std::string folder_of(const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path().string();
  return folder.empty() ? "." : folder;
}

Status make_private_folder(const std::string& folder) {
  std::filesystem::path path;
  for (const auto& part : std::filesystem::path(folder)) {
    path /= part;
    if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST || errno == EISDIR) continue;
    const int reason = errno;
    struct stat found {};
    if (stat(path.c_str(), &found) == 0) continue;  // there, though we may not write above it
    return file_error("create the folder", path.string(), reason,
                      "create it yourself, or choose another path");
  }
  return {};
}

}  // namespace thig
