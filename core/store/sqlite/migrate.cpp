#include "core/store/sqlite/migrate.h"

#include "core/base/size.h"
#include "core/model/member.h"
#include "core/store/private_folder.h"
#include "core/store/sqlite/backup.h"
#include "core/store/sqlite/ownership.h"
#include "core/store/sqlite/place.h"
#include "core/store/sqlite/transaction.h"

#include <chrono>
#include <thread>

#include <fmt/format.h>

namespace thig::sqlite {

namespace {

constexpr const char* kApplication = "PRAGMA application_id";
constexpr const char* kSchemaVersion = "PRAGMA user_version";
constexpr const char* kCountTables = "SELECT count(*) FROM sqlite_schema";
constexpr const char* kJournalMode = "PRAGMA journal_mode = WAL";
constexpr const char* kMadeBy = "SELECT app_version FROM meta";
constexpr const char* kSetMadeBy = "UPDATE meta SET app_version = ?1";

// Must precede the first table: it lets freed pages go back to the filesystem bit by bit.
constexpr const char* kIncrementalVacuum = "PRAGMA auto_vacuum = INCREMENTAL";

constexpr const char* kInsertMeta = R"(
  INSERT INTO meta (id, config_version, last_event_id, origin, checkpoints, created_at, app_version)
  VALUES (1, 1, 0, ?1, 0, unixepoch() * 1000, ?2))";

constexpr std::uint64_t kUpgradeSpare = 1u << 20;

constexpr const char* kInsertOwner = "INSERT INTO member (name, role) VALUES (?1, ?2)";

struct Identity {
  std::int64_t application = 0;
  std::int64_t version = 0;
  bool empty = false;  // has no tables at all
};

Result<std::int64_t> read_integer(Connection& connection, const char* sql) {
  Query query = connection.query(sql);
  const std::int64_t value = query.next() ? query.integer(0) : 0;
  THIG_TRY(query.finish());
  return value;
}

Result<Identity> identify(Connection& connection) {
  Identity found;
  THIG_TRY_ASSIGN(application, read_integer(connection, kApplication));
  THIG_TRY_ASSIGN(version, read_integer(connection, kSchemaVersion));
  found.application = application;
  found.version = version;
  if (application == 0 && version == 0) {
    THIG_TRY_ASSIGN(tables, read_integer(connection, kCountTables));
    found.empty = tables == 0;
  }
  return found;
}

// In one view: another process may be making the database just now.
Result<Identity> identify_in_one_view(Connection& connection) {
  THIG_TRY_ASSIGN(view, Transaction::read(connection));
  return identify(connection);
}

std::unexpected<Error> too_new(Connection& connection, std::int64_t version, int ours) {
  std::string maker;
  Query query = connection.query(kMadeBy);
  if (query.next()) maker = query.text(0);
  if (!query.finish() || maker.size() > 40) maker.clear();  // a newer schema may keep it elsewhere
  return fail(
      ErrorCode::database,
      fmt::format(
          "{} is newer than this program: it has schema {}{}; this is thig-hooks {} with schema {}",
          connection.file(), version,
          maker.empty() ? "" : fmt::format(", made by thig-hooks {}", maker), app_version(), ours),
      "upgrade thig-hooks on this machine");
}

Status check_identity(Connection& connection, const Identity& found, int newest) {
  if (found.application != kApplicationId || found.version < 1) {
    return fail(ErrorCode::database,
                fmt::format("{} is a database of another program", connection.file()),
                {"give the right file with ", Setting{"db"}});
  }
  if (found.version > newest) return too_new(connection, found.version, newest);
  return {};
}

// Changing the journal mode of a new file does not wait for others that are doing the same.
Status enter_wal(Connection& connection) {
  Millis waited{0};
  for (;;) {
    auto done = connection.execute(kJournalMode);
    if (done || done.error().code != ErrorCode::busy) return done;
    if (waited >= connection.options().busy_timeout) return done;
    std::this_thread::sleep_for(Millis{2});
    waited += Millis{2};
  }
}

std::unexpected<Error> still_empty(Connection& connection) {
  return fail(ErrorCode::not_found, fmt::format("{} is empty", connection.file()),
              "the first command that writes creates the database");
}

Status apply(Connection& connection, std::span<const Migration> migrations, std::int64_t from) {
  for (const Migration& migration : migrations) {
    if (migration.version <= from) continue;
    THIG_TRY(connection.execute(std::string(migration.sql).c_str()));
  }
  return connection.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                        kApplicationId, migrations.back().version)
                                .c_str());
}

Status give_birth(Connection& connection, const Birth& birth) {
  THIG_TRY(connection.query(kInsertMeta).run(birth.origin, app_version()));
  if (birth.owner.empty()) return {};
  return connection.query(kInsertOwner).run(birth.owner, Role::owner);
}

Status make_database(Connection& connection, std::span<const Migration> migrations,
                     const Birth& birth) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection, Durability::power_loss));
  // Another process may have done it while we waited for the lock.
  THIG_TRY_ASSIGN(found, identify(connection));
  if (!found.empty) return check_identity(connection, found, migrations.back().version);
  THIG_TRY(apply(connection, migrations, 0));
  THIG_TRY(give_birth(connection, birth));
  return transaction.commit();
}

// Programs of before go on as if nothing had happened and would write what the new schema has no
// place for, so the long-running ones have to end first.
Result<Ownership> take_for_upgrade(Connection& connection, Duty duty, int newest) {
  auto owned = Ownership::take(connection.file(), duty, connection.options().busy_timeout);
  if (owned || owned.error().code != ErrorCode::busy) return owned;
  const auto pid = Ownership::holder(connection.file(), duty);
  const std::string process = pid ? fmt::format("process {}", *pid) : "another process";
  return fail(ErrorCode::busy,
              fmt::format("{} has to be upgraded to schema {} first, but {} is using it",
                          connection.file(), newest, process),
              {"stop ", process, " (`",
               Operation{duty == Duty::dispatch ? "run" : "serve-incoming"}, "`), then try again"});
}

// For the copy, and for a journal in which each page is written again.
Status check_room_for_upgrade(Connection& connection, const UpgradePlan& plan) {
  THIG_TRY_ASSIGN(pages, read_integer(connection, "PRAGMA page_count"));
  THIG_TRY_ASSIGN(page_size, read_integer(connection, "PRAGMA page_size"));
  const std::uint64_t needed = 2 * static_cast<std::uint64_t>(pages * page_size) + kUpgradeSpare;
  THIG_TRY_ASSIGN(space, plan.room(connection.file()));
  if (space >= needed) return {};
  return fail(ErrorCode::full,
              fmt::format("upgrading {} needs {} of free space, but {} has {}", connection.file(),
                          format_size(needed), folder_of(connection.file()), format_size(space)),
              "nothing was changed; free some space on that filesystem and try again");
}

Status upgrade(Connection& connection, std::span<const Migration> migrations,
               const UpgradePlan& plan) {
  const int newest = migrations.back().version;
  THIG_TRY_ASSIGN(queue, take_for_upgrade(connection, Duty::dispatch, newest));
  THIG_TRY_ASSIGN(actions, take_for_upgrade(connection, Duty::actions, newest));
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection, Durability::power_loss));
  // Another process may have done it while we waited for the locks.
  THIG_TRY_ASSIGN(found, identify(connection));
  THIG_TRY(check_identity(connection, found, newest));
  if (found.version == newest) return {};
  THIG_TRY(check_room_for_upgrade(connection, plan));
  Upgrade upgrade{.from = static_cast<int>(found.version),
                  .to = newest,
                  .copy = copy_before_upgrade(connection.file(), found.version),
                  .notes = {}};
  // Within the transaction, so that nothing can be committed that only the copy lacks.
  THIG_TRY(copy_beside(connection.file(), upgrade.copy));
  THIG_TRY(apply(connection, migrations, found.version));
  if (plan.convert) THIG_TRY(plan.convert(connection, upgrade));
  THIG_TRY(connection.query(kSetMadeBy).run(app_version()));
  THIG_TRY(transaction.commit());
  if (plan.on_upgrade) plan.on_upgrade(upgrade);
  return {};
}

}  // namespace

std::string copy_before_upgrade(const std::string& database, std::int64_t version) {
  return fmt::format("{}.schema-{}", database, version);
}

Status bring_up_to_date(Connection& connection, std::span<const Migration> migrations,
                        const Birth* birth, const UpgradePlan& plan) {
  const int newest = migrations.back().version;
  THIG_TRY_ASSIGN(found, identify_in_one_view(connection));
  if (found.empty) {
    if (birth == nullptr) return still_empty(connection);
    THIG_TRY(connection.execute(kIncrementalVacuum));
    THIG_TRY(enter_wal(connection));
    return make_database(connection, migrations, *birth);
  }
  THIG_TRY(check_identity(connection, found, newest));
  if (connection.options().read_only) {
    if (found.version == newest) return {};
    return fail(ErrorCode::database,
                fmt::format("{} has schema {} and must be upgraded to schema {} first",
                            connection.file(), found.version, newest),
                {"run a command that writes, such as `", Operation{"deliver"}, "`"});
  }
  THIG_TRY(enter_wal(connection));  // nothing to do unless a copy was made in another mode
  if (found.version == newest) return {};
  if (plan.on_begin) plan.on_begin();
  return upgrade(connection, migrations, plan);
}

}  // namespace thig::sqlite
