#include "core/store/sqlite/failure.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sqlite3.h>

namespace thig::sqlite {

namespace {

Error io_failure(int os_error, std::string_view detail, const std::string& file) {
  const std::string reason = os_error == 0 ? "" : fmt::format(" ({})", std::strerror(os_error));
  return {ErrorCode::database, fmt::format("disk error on {}: {}{}", file, detail, reason),
          "what was not confirmed is not recorded; check the disk (dmesg), then start again"};
}

bool is_full(int code, int os_error) {
  if ((code & 0xff) == SQLITE_FULL) return true;
  // A failed fsync stays fatal whatever its reason: the kernel may have dropped the pages.
  if ((code & 0xff) != SQLITE_IOERR || code == SQLITE_IOERR_FSYNC ||
      code == SQLITE_IOERR_DIR_FSYNC) {
    return false;
  }
  return os_error == ENOSPC || os_error == EDQUOT;
}

}  // namespace

Failure describe_failure(int code, int os_error, std::string_view detail, const std::string& file) {
  if (is_full(code, os_error)) {
    return {{ErrorCode::full, fmt::format("no space left to write {}", file),
             "nothing was recorded; free some space on that filesystem and try again"}};
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {{ErrorCode::busy, fmt::format("{} is locked by another process", file),
               fmt::format("try again; `fuser {}` shows who holds it", file)}};
    case SQLITE_IOERR:
      return {io_failure(os_error, detail, file), true};
    case SQLITE_READONLY:
      return {{ErrorCode::file, fmt::format("{} cannot be written: it is read-only here", file),
               "check the permissions of the file and its folder"}};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {{ErrorCode::file,
               fmt::format("cannot open {}{}", file,
                           os_error == 0 ? "" : fmt::format(": {}", std::strerror(os_error))),
               "check the permissions of the file and its folder"}};
    case SQLITE_NOTADB:
      return {{ErrorCode::database, fmt::format("{} is no database of thig-hooks", file),
               "name the right file with --db"}};
    case SQLITE_NOMEM:
      return {{ErrorCode::internal, fmt::format("out of memory while using {}", file), ""}};
    default:
      return {damaged(file, detail)};
  }
}

Error damaged(const std::string& file, std::string_view what) {
  return {ErrorCode::database, fmt::format("{} is damaged: {}", file, what),
          "stop everything that uses it, and restore a backup"};
}

}  // namespace thig::sqlite
