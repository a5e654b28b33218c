#include "core/base/file_error.h"

#include "core/base/access_hint.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <sys/statvfs.h>

namespace thig {

// Some filesystems make them as they need them, and count none.
bool no_inodes_left(const std::string& file) {
  const std::string folder = std::filesystem::path(file).parent_path();
  struct statvfs found {};
  return statvfs(folder.empty() ? "." : folder.c_str(), &found) == 0 && found.f_files > 0 &&
         found.f_favail == 0;
}

bool is_no_room(int reason) {
  return reason == ENOSPC || reason == EDQUOT;
}

std::string no_room_hint(const std::string& file, int reason) {
  if (reason == EDQUOT) return "your quota there is used up (quota -s): remove some files";
  if (no_inodes_left(file)) return "no inodes are left there (df -i): remove some files";
  return "free some space on that filesystem (df -h)";
}

std::unexpected<Error> file_error(std::string_view doing, const std::string& file, int reason,
                                  Remark hint) {
  const bool full = is_no_room(reason);
  if (reason == EACCES) {
    std::string why = access_hint(file, Access::reads);
    if (why.empty()) why = access_hint(file, Access::writes);
    if (!why.empty()) hint = std::move(why);
  }
  return fail(full ? ErrorCode::full : ErrorCode::file,
              fmt::format("cannot {} {}: {}", doing, file, std::strerror(reason)),
              full ? no_room_hint(file, reason) : std::move(hint));
}

}  // namespace thig
