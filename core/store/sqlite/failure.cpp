#include "core/store/sqlite/failure.h"

#include "core/base/access_hint.h"
#include "core/base/file_error.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/resource.h>

namespace thig::sqlite {

namespace {

// SQLite does not always know that it was this which it met.
bool file_sizes_are_limited() {
  rlimit sizes{};
  return getrlimit(RLIMIT_FSIZE, &sizes) == 0 && sizes.rlim_cur != RLIM_INFINITY;
}

Error io_failure(int os_error, std::string_view detail, const std::string& file) {
  const std::string reason = os_error == 0 ? "" : fmt::format(" ({})", std::strerror(os_error));
  return {ErrorCode::database, fmt::format("disk error on {}: {}{}", file, detail, reason),
          file_sizes_are_limited()
              ? "what was not confirmed is not recorded; the size of files is limited: raise "
                "that (ulimit -f), or check the disk (dmesg)"
              : "what was not confirmed is not recorded; check the disk (dmesg), then start again"};
}

bool is_full(int code, int os_error, const std::string& file) {
  if ((code & 0xff) == SQLITE_FULL) return true;
  // The WAL or its index, which SQLite then looks for: the error is that of the looking.
  if ((code & 0xff) == SQLITE_CANTOPEN) {
    return is_no_room(os_error) || (os_error == ENOENT && no_inodes_left(file));
  }
  // A failed fsync stays fatal whatever its reason: the kernel may have dropped the pages.
  if ((code & 0xff) != SQLITE_IOERR || code == SQLITE_IOERR_FSYNC ||
      code == SQLITE_IOERR_DIR_FSYNC) {
    return false;
  }
  return is_no_room(os_error) || os_error == EFBIG;
}

Remark permissions_hint(const std::string& file) {
  std::string why = access_hint(file, Access::writes);  // who reads writes, too: to its index
  if (why.empty()) why = "check the permissions of the file and its folder";
  return why;
}

// What passes by itself, or is the limits of this process, says nothing about the file.
bool is_lack(int code, int os_error) {
  if ((code & 0xff) == SQLITE_NOMEM) return true;
  return (code & 0xff) == SQLITE_CANTOPEN &&
         (os_error == EMFILE || os_error == ENFILE || os_error == ENOMEM);
}

}  // namespace

Failure describe_failure(int code, int os_error, std::string_view detail, const std::string& file) {
  if (is_lack(code, os_error)) {
    return {{ErrorCode::busy,
             fmt::format("cannot use {} now: {}", file,
                         std::strerror((code & 0xff) == SQLITE_NOMEM ? ENOMEM : os_error)),
             "try again; the limits are those of `ulimit -a`"}};
  }
  if (is_full(code, os_error, file) && os_error == EFBIG) {
    return {{ErrorCode::full,
             fmt::format("cannot write {}: the limit on file sizes is reached", file),
             "nothing was recorded; raise the limit (ulimit -f) and try again"}};
  }
  if (is_full(code, os_error, file)) {
    return {{ErrorCode::full, fmt::format("no space left to write {}", file),
             fmt::format("nothing was recorded; {}, and try again", no_room_hint(file, os_error))}};
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
               permissions_hint(file)}};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {{ErrorCode::file,
               fmt::format("cannot open {}{}", file,
                           os_error == 0 ? "" : fmt::format(": {}", std::strerror(os_error))),
               permissions_hint(file)}};
    case SQLITE_NOTADB:
      return {{ErrorCode::database,
               fmt::format("{} is not a thig-hooks database", file),
               {"give the right file with ", Setting{"db"}}}};
    default:
      return {damaged(file, detail)};
  }
}

Error damaged(const std::string& file, std::string_view what) {
  return {ErrorCode::database, fmt::format("{} is damaged: {}", file, what),
          "stop all processes that use it, and restore a backup"};
}

}  // namespace thig::sqlite
