#include "core/store/sqlite/backup.h"

#include "core/base/file_error.h"
#include "core/base/new_file.h"
#include "core/base/safe_file.h"
#include "core/store/private_folder.h"
#include "core/store/sqlite/connection.h"
#include "core/store/sqlite/migrate.h"
#include "core/store/sqlite/place.h"
#include "core/store/sqlite/transaction.h"

#include <cerrno>
#include <cstring>
#include <map>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thig::sqlite {

namespace {

constexpr const char* kMarks = R"(
  SELECT (SELECT page_size FROM pragma_page_size) * (SELECT page_count FROM pragma_page_count),
         (SELECT application_id FROM pragma_application_id),
         (SELECT user_version FROM pragma_user_version))";
// Of any schema: an older one is copied before it is upgraded.
constexpr const char* kSelectTableNames =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1";
constexpr const char* kCheck = "PRAGMA quick_check(1)";

constexpr int kPagesAtOnce = 512;

// Left free beside the copy.
constexpr std::uint64_t kSpare = 1u << 20;

struct Content {
  std::uint64_t bytes = 0;
  std::int64_t application = 0;
  std::int64_t version = 0;
  std::map<std::string, std::int64_t> rows;  // of each table

  std::int64_t rows_of(const std::string& table) const {
    const auto found = rows.find(table);
    return found == rows.end() ? 0 : found->second;
  }
  BackupReport report() const {
    return {.bytes = bytes,
            .events = rows_of("event"),
            .deliveries = rows_of("delivery"),
            .pending = rows_of("queue"),
            .requests = rows_of("incoming_request"),
            .webhooks = rows_of("endpoint") + rows_of("incoming_hook")};
  }
};

Status count_rows(Connection& connection, Content& content) {
  Query table = connection.query(kSelectTableNames);
  while (table.next()) content.rows.emplace(table.text(0), 0);
  THIG_TRY(table.finish());
  for (auto& [name, rows] : content.rows) {
    if (name.find('"') != std::string::npos) continue;  // none of ours
    Query count = connection.query_once(fmt::format("SELECT count(*) FROM \"{}\"", name));
    if (count.next()) rows = count.count(0);
    THIG_TRY(count.finish());
  }
  return {};
}

Result<Content> describe(Connection& connection) {
  Content content;
  Query row = connection.query(kMarks);
  if (row.next()) {
    content.bytes = static_cast<std::uint64_t>(row.count(0));
    content.application = row.integer(1);
    content.version = row.integer(2);
  }
  THIG_TRY(row.finish());
  THIG_TRY(count_rows(connection, content));
  return content;
}

std::unexpected<Error> cannot(std::string_view what, const std::string& file, int reason) {
  return file_error(what, file, reason, "check the permissions of its folder");
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
                  fmt::format("{}{} exists: a database there seems to be in use", file, beside),
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
    return fail(ErrorCode::conflict, fmt::format("{} is not a regular file", file),
                "choose another name");
  }
  if (replace) return {};
  return fail(ErrorCode::conflict, fmt::format("{} already exists", file),
              {"choose another name, or replace it with ", Setting{"force"}});
}

// Opening it makes these beside a database.
void remove_companions(const std::string& file) {
  for (const char* beside : {"-wal", "-shm", "-journal"}) unlink((file + beside).c_str());
}

// The copy before it has its name. Its own is the same for all who copy to one target, and it is
// locked: what is there unlocked was left by a process that was killed, and goes. It goes with the
// object, too, unless it was published.
class Draft {
 public:
  static Result<Draft> make(const std::string& target, const FileOwner& owner) {
    const std::string file = target + ".partial";
    for (int tries = 0; tries < 8; ++tries) {
      auto made = make_own_file(file, owner);
      if (made) {
        // Between these two another process may have taken it for a rest.
        if (flock(made->get(), LOCK_EX | LOCK_NB) == 0 && is_at(made->get(), file)) {
          return Draft(target, file, std::move(*made));
        }
        continue;
      }
      if (made.error().code != ErrorCode::conflict) return std::unexpected(made.error());
      THIG_TRY(remove_rest(file, owner));
    }
    return in_use(file);
  }
  Draft(Draft&& other) noexcept
      : target_(std::move(other.target_)),
        file_(std::exchange(other.file_, {})),
        lock_(std::move(other.lock_)) {}
  Draft& operator=(Draft&&) = delete;
  ~Draft() {
    if (file_.empty()) return;
    remove_companions(file_);
    unlink(file_.c_str());
  }

  const std::string& file() const { return file_; }

  Status publish(bool replace) {
    remove_companions(file_);
    if (replace) remove_companions(target_);
    THIG_TRY(
        publish_file(lock_.get(), file_, target_, replace ? Existing::replaced : Existing::kept));
    file_.clear();
    return {};
  }

 private:
  Draft(std::string target, std::string file, FileDescriptor lock)
      : target_(std::move(target)), file_(std::move(file)), lock_(std::move(lock)) {}

  static std::unexpected<Error> in_use(const std::string& file) {
    return fail(ErrorCode::busy, fmt::format("another process is writing {}", file),
                "try again when it has ended");
  }

  static Status remove_rest(const std::string& file, const FileOwner& owner) {
    struct stat found {};
    if (lstat(file.c_str(), &found) != 0 && errno == ENOENT) return {};
    const auto rest = open_own_file(file, owner, Missing::fails);
    if (!rest) return std::unexpected(rest.error());
    if (flock(rest->get(), LOCK_EX | LOCK_NB) != 0) return in_use(file);
    if (!is_at(rest->get(), file)) return {};
    remove_companions(file);
    if (unlink(file.c_str()) != 0 && errno != ENOENT) return cannot("remove", file, errno);
    return {};
  }

  std::string target_;
  std::string file_;
  FileDescriptor lock_;  // closed last: that would drop the locks that SQLite has on the file
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
  return fail(
      ErrorCode::database, fmt::format("the copy is damaged: {}", why),
      {"it was not kept; `", Operation{"doctor", {}, {{"full"}}}, "` checks the database itself"});
}

Status check_copy(const std::string& file, const Content& expected) {
  THIG_TRY_ASSIGN(copy, Connection::open({.file = file, .read_only = true}));
  Query check = copy->query(kCheck);
  const std::string verdict = check.next() ? check.text(0) : "";
  THIG_TRY(check.finish());
  if (verdict != "ok") return bad_copy(verdict);
  THIG_TRY_ASSIGN(found, describe(*copy));
  if (found.application != kApplicationId || found.version != expected.version) {
    return bad_copy("it is not marked as a thig-hooks database");
  }
  if (found.rows != expected.rows) return bad_copy("rows are missing");
  return {};
}

Status check_room_for_copy(const std::string& target, std::uint64_t bytes) {
  THIG_TRY_ASSIGN(space, free_space(target));
  if (space >= bytes) return {};
  return fail(ErrorCode::full,
              fmt::format("the copy needs {} MiB, and {} has {} MiB free", bytes >> 20,
                          folder_of(target), space >> 20),
              "nothing was left there; choose a place with more space");
}

// The view of the database lasts no longer than the copying: the WAL cannot start again meanwhile,
// and grows by all that others commit.
Result<Content> copy_view(const std::string& database, const std::string& target,
                          const std::string& draft, const BackupOptions& options) {
  FileDescriptor held = hold_place(database, ConnectionOptions().busy_timeout);
  THIG_TRY_ASSIGN(source, Connection::open({.file = database, .read_only = true}));
  THIG_TRY_ASSIGN(view, Transaction::read(*source));
  THIG_TRY_ASSIGN(content, describe(*source));
  held = {};
  THIG_TRY(check_room_for_copy(target, content.bytes + kSpare));
  THIG_TRY(copy_pages(*source, draft, options));
  return content;
}

Result<Content> copy_to(const std::string& database, const std::string& target,
                        const FileOwner& owner, const BackupOptions& options) {
  THIG_TRY_ASSIGN(draft, Draft::make(target, owner));
  THIG_TRY_ASSIGN(content, copy_view(database, target, draft.file(), options));
  THIG_TRY(check_copy(draft.file(), content));
  if (options.on_progress && !options.on_progress(content.bytes, content.bytes)) {
    return interrupted();
  }
  THIG_TRY(draft.publish(options.replace));
  return content;
}

// A copy that root puts into the folder of the database's owner is that user's.
FileOwner owner_of_copy(const std::string& database, const std::string& target) {
  const FileOwner owner = FileOwner::of(database);
  if (FileOwner::of(folder_of(target)).user != owner.user) return FileOwner::self();
  return {.user = owner.user, .group = owner.group};
}

}  // namespace

Result<BackupReport> back_up(const std::string& database, const std::string& key_file,
                             const BackupOptions& options) {
  const std::string target = absolute_path(options.file);
  THIG_TRY(check_target(target, database, key_file, options.replace));
  THIG_TRY_ASSIGN(content, copy_to(database, target, owner_of_copy(database, target), options));
  return content.report();
}

Status copy_beside(const std::string& database, const std::string& copy) {
  // One of an upgrade that came to nothing, or of one before that was undone by a restore, goes.
  THIG_TRY(check_target(copy, database, database, true));
  const FileOwner owner = FileOwner::of(database);
  THIG_TRY(copy_to(database, copy, {.user = owner.user, .group = owner.group},
                   {.file = copy, .replace = true}));
  return {};
}

}  // namespace thig::sqlite
