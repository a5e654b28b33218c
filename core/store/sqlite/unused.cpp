#include "core/store/sqlite/unused.h"

#include "core/base/folder_lock.h"
#include "core/store/private_folder.h"
#include "core/store/sqlite/connection.h"
#include "core/store/sqlite/ownership.h"
#include "core/store/sqlite/schema.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thig::sqlite {

namespace {

constexpr const char* kVersion = "PRAGMA user_version";
constexpr const char* kAsMade = R"(
  SELECT config_version = 1 AND last_event_id = 0 AND last_request_id = 0 AND key_check IS NULL
         AND (SELECT count(*) FROM member) <= 1
  FROM meta)";
constexpr const char* kSettings = "SELECT name FROM setting";
constexpr const char* kOtherTables = R"(
  SELECT name FROM sqlite_schema
  WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('meta', 'member', 'setting'))";

// In WAL mode who has the database open shares a lock on its file, so leaving that mode is possible
// only for one who is alone; then nobody can begin to use it before the transaction ends.
constexpr const char* kLeaveWal = "PRAGMA journal_mode = DELETE";
constexpr const char* kBeginAlone = "BEGIN EXCLUSIVE";

Result<bool> is_true(Connection& connection, const std::string& sql) {
  Query query = connection.query_once(sql);
  const bool yes = query.next() && query.integer(0) != 0;
  THIG_TRY(query.finish());
  return yes;
}

Result<std::vector<std::string>> names(Connection& connection, const char* sql) {
  return connection.query(sql).all([](Query& row) { return row.text(0); });
}

Result<bool> is_unused(Connection& connection, std::span<const std::string_view> of_no_use) {
  Query version = connection.query(kVersion);
  const bool ours = version.next() && version.integer(0) == schema_migrations().back().version;
  THIG_TRY(version.finish());
  if (!ours) return false;
  THIG_TRY_ASSIGN(as_made, is_true(connection, kAsMade));
  if (!as_made) return false;
  THIG_TRY_ASSIGN(settings, names(connection, kSettings));
  for (const std::string& setting : settings) {
    if (std::ranges::find(of_no_use, setting) == of_no_use.end()) return false;
  }
  THIG_TRY_ASSIGN(tables, names(connection, kOtherTables));
  for (const std::string& table : tables) {
    THIG_TRY_ASSIGN(filled,
                    is_true(connection, fmt::format("SELECT EXISTS (SELECT * FROM {})", table)));
    if (filled) return false;
  }
  return true;
}

// Nothing if another process holds one.
Result<std::optional<std::vector<Ownership>>> take_locks(const std::string& file) {
  std::vector<Ownership> taken;
  for (const Duty duty : {Duty::dispatch, Duty::actions}) {
    struct stat found {};
    if (lstat(lock_file(file, duty).c_str(), &found) != 0) continue;
    auto owned = Ownership::take(file, duty);
    if (!owned && owned.error().code == ErrorCode::busy) return std::nullopt;
    if (!owned) return std::unexpected(std::move(owned).error());
    taken.push_back(std::move(*owned));
  }
  return taken;
}

Result<bool> succeeds(Status status) {
  if (status) return true;
  if (status.error().code == ErrorCode::busy) return false;
  return std::unexpected(std::move(status).error());
}

}  // namespace

Result<bool> remove_unused(const std::string& file,
                           std::span<const std::string_view> settings_of_no_use) {
  // Nobody is just about to open it, and is still without a lock of SQLite's.
  const auto place = lock_folder(folder_of(file), FolderUse::alone, Millis{0});
  if (!place) return false;
  THIG_TRY_ASSIGN(locks, take_locks(file));
  if (!locks) return false;
  THIG_TRY_ASSIGN(connection, Connection::open({.file = file, .busy_timeout = Millis{0}}));
  THIG_TRY_ASSIGN(unused, is_unused(*connection, settings_of_no_use));
  if (!unused) return false;
  for (const char* step : {kLeaveWal, kBeginAlone}) {
    THIG_TRY_ASSIGN(alone, succeeds(connection->execute(step)));
    if (!alone) return false;
  }
  // Before it was alone, somebody may have written and gone.
  THIG_TRY_ASSIGN(still_unused, is_unused(*connection, settings_of_no_use));
  THIG_TRY(connection->check_in_place());
  if (!still_unused) return false;
  if (unlink(file.c_str()) != 0) {
    return fail(ErrorCode::file, fmt::format("cannot remove {}: {}", file, std::strerror(errno)));
  }
  for (const Duty duty : {Duty::dispatch, Duty::actions}) unlink(lock_file(file, duty).c_str());
  return true;
}

}  // namespace thig::sqlite
