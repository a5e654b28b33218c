#include "core/store/sqlite/backup.h"

#include "core/store/private_folder.h"
#include "core/store/sqlite/connection.h"
#include "core/store/sqlite/migrate.h"
#include "core/store/sqlite/place.h"
#include "core/store/sqlite/transaction.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thig::sqlite {

namespace {

constexpr const char* kCounts = R"(
  SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM delivery),
         (SELECT count(*) FROM queue), (SELECT count(*) FROM incoming_request),
         (SELECT count(*) FROM endpoint) + (SELECT count(*) FROM incoming_hook),
         (SELECT page_size FROM pragma_page_size) * (SELECT page_count FROM pragma_page_count),
         (SELECT application_id FROM pragma_application_id),
         (SELECT user_version FROM pragma_user_version))";
constexpr const char* kCheck = "PRAGMA quick_check(1)";

constexpr int kPagesAtOnce = 512;

// Left free beside the copy.
constexpr std::uint64_t kSpare = 1u << 20;

struct Content {
  BackupReport report;
  std::int64_t application = 0;
  std::int64_t version = 0;
};

Result<Content> describe(Connection& connection) {
  Content content;
  Query row = connection.query(kCounts);
  if (row.next()) {
    content.report = {.bytes = static_cast<std::uint64_t>(row.count(5)),
                      .events = row.count(0),
                      .deliveries = row.count(1),
                      .pending = row.count(2),
                      .requests = row.count(3),
                      .webhooks = row.count(4)};
    content.application = row.integer(6);
    content.version = row.integer(7);
  }
  THIG_TRY(row.finish());
  return content;
}

std::unexpected<Error> cannot(std::string_view what, const std::string& file, int reason) {
  const ErrorCode code = reason == ENOSPC || reason == EDQUOT ? ErrorCode::full : ErrorCode::file;
  return fail(code, fmt::format("cannot {} {}: {}", what, file, std::strerror(reason)),
              code == ErrorCode::full ? "nothing was left there; choose a place with more room"
                                      : "check the permissions of its folder");
}

bool same_file(const struct stat& found, const std::string& other) {
  struct stat status {};
  return stat(other.c_str(), &status) == 0 && status.st_dev == found.st_dev &&
         status.st_ino == found.st_ino;
}

// What is there must be a file that may go, and no database that somebody writes: its WAL would be
// taken for the copy's. Who has only looked into an older copy has left an empty one.
Status check_target(const std::string& file, const std::string& database,
                    const std::string& key_file, bool replace) {
  for (const char* beside : {"-wal", "-journal"}) {
    struct stat found {};
    if (stat((file + beside).c_str(), &found) == 0 && found.st_size > 0) {
      return fail(ErrorCode::conflict,
                  fmt::format("there is a {}{}, as of a database that is in use", file, beside),
                  "choose another name");
    }
  }
  struct stat found {};
  if (lstat(file.c_str(), &found) != 0) {
    return errno == ENOENT ? Status() : Status(cannot("look at", file, errno));
  }
  if (same_file(found, database) || same_file(found, key_file)) {
    return fail(ErrorCode::usage, fmt::format("{} is in use here", file), "choose another name");
  }
  if (!S_ISREG(found.st_mode)) {
    return fail(ErrorCode::conflict, fmt::format("{} is no regular file", file),
                "choose another name");
  }
  if (replace) return {};
  return fail(ErrorCode::conflict, fmt::format("there is a file {} already", file),
              "choose another name, or replace it with --force");
}

// The copy before it has its name. It goes with the object unless it was published.
class Draft {
 public:
  static Result<Draft> make(const std::string& target) {
    Draft draft(target);
    const int fd = open(draft.file_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
      const int reason = errno;
      draft.file_.clear();
      return cannot("make", target, reason);
    }
    close(fd);
    return draft;
  }
  Draft(Draft&& other) noexcept
      : target_(std::move(other.target_)), file_(std::exchange(other.file_, {})) {}
  Draft& operator=(Draft&&) = delete;
  ~Draft() {
    if (file_.empty()) return;
    unlink(file_.c_str());
    remove_companions(file_);
  }

  const std::string& file() const { return file_; }

  Status publish(bool replace) {
    remove_companions(file_);
    THIG_TRY(sync(file_, O_RDONLY));
    if (replace) {
      remove_companions(target_);
      if (rename(file_.c_str(), target_.c_str()) != 0) return cannot("make", target_, errno);
    } else {
      // Unlike a rename this never replaces what came there meanwhile.
      if (link(file_.c_str(), target_.c_str()) != 0) return cannot("make", target_, errno);
      unlink(file_.c_str());
    }
    file_.clear();
    return sync(folder_of(target_), O_RDONLY | O_DIRECTORY);
  }

 private:
  explicit Draft(const std::string& target)
      : target_(target), file_(fmt::format("{}.{}.tmp", target, getpid())) {}

  // Looking into a database makes these beside it.
  static void remove_companions(const std::string& file) {
    for (const char* beside : {"-wal", "-shm", "-journal"}) unlink((file + beside).c_str());
  }

  static Status sync(const std::string& file, int flags) {
    const int fd = open(file.c_str(), flags | O_CLOEXEC);
    if (fd < 0) return cannot("open", file, errno);
    const int failed = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return failed == 0 ? Status() : Status(cannot("write", file, failed));
  }

  std::string target_;
  std::string file_;
};

std::unexpected<Error> interrupted() {
  return fail(ErrorCode::interrupted, "interrupted; no copy was made");
}

// The source holds its view of the database, so that what is committed meanwhile does not make the
// copying begin again.
Status copy_pages(Connection& source, const std::string& file, const BackupOptions& options) {
  THIG_TRY_ASSIGN(copy, Connection::open({.file = file}));
  sqlite3_backup* backup = sqlite3_backup_init(copy->handle(), "main", source.handle(), "main");
  if (backup == nullptr) {
    return std::unexpected(copy->failure(sqlite3_extended_errcode(copy->handle())));
  }
  bool goes_on = true;
  int code = SQLITE_OK;
  while (goes_on && code == SQLITE_OK) {
    code = sqlite3_backup_step(backup, kPagesAtOnce);
    const auto total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup));
    const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(backup));
    if (options.on_progress) goes_on = options.on_progress(total - left, total);
  }
  sqlite3_backup_finish(backup);
  if (!goes_on) return interrupted();
  if (code != SQLITE_DONE) return std::unexpected(copy->failure(code));
  return {};
}

std::unexpected<Error> bad_copy(std::string_view why) {
  return fail(ErrorCode::database, fmt::format("the copy is not sound: {}", why),
              "it was not kept; `thig-hooks doctor --full` checks the database itself");
}

Status check_copy(const std::string& file, const Content& expected) {
  THIG_TRY_ASSIGN(copy, Connection::open({.file = file, .read_only = true}));
  Query check = copy->query(kCheck);
  const std::string verdict = check.next() ? check.text(0) : "";
  THIG_TRY(check.finish());
  if (verdict != "ok") return bad_copy(verdict);
  THIG_TRY_ASSIGN(found, describe(*copy));
  const BackupReport& is = found.report;
  const BackupReport& was = expected.report;
  if (found.application != kApplicationId || found.version != expected.version) {
    return bad_copy("it is not marked as one");
  }
  if (is.events != was.events || is.deliveries != was.deliveries || is.pending != was.pending ||
      is.requests != was.requests || is.webhooks != was.webhooks) {
    return bad_copy("rows are missing");
  }
  return {};
}

}  // namespace

Result<BackupReport> back_up(const std::string& database, const std::string& key_file,
                             const BackupOptions& options) {
  const std::string target = absolute_path(options.file);
  THIG_TRY(check_target(target, database, key_file, options.replace));
  THIG_TRY_ASSIGN(source, Connection::open({.file = database, .read_only = true}));
  THIG_TRY_ASSIGN(snapshot, Transaction::read(*source));
  THIG_TRY_ASSIGN(content, describe(*source));
  THIG_TRY_ASSIGN(draft, Draft::make(target));
  THIG_TRY_ASSIGN(space, free_space(target));
  if (space < content.report.bytes + kSpare) {
    return fail(ErrorCode::full,
                fmt::format("the copy needs {} MiB, and {} has {} MiB free",
                            (content.report.bytes + kSpare) >> 20, folder_of(target), space >> 20),
                "nothing was left there; choose a place with more room");
  }
  THIG_TRY(copy_pages(*source, draft.file(), options));
  THIG_TRY(check_copy(draft.file(), content));
  const std::uint64_t pages = content.report.bytes;
  if (options.on_progress && !options.on_progress(pages, pages)) return interrupted();
  THIG_TRY(draft.publish(options.replace));
  return content.report;
}

}  // namespace thig::sqlite
