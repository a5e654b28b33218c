#include "core/store/sqlite/examination.h"

#include "core/store/private_folder.h"
#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/migrate.h"
#include "core/store/sqlite/place.h"
#include "core/store/sqlite/pruning.h"
#include "core/store/sqlite/sealing.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thig {

namespace sqlite {

namespace {

constexpr const char* kVersion = "PRAGMA user_version";
constexpr const char* kStructure = "PRAGMA quick_check(10)";
constexpr const char* kEverything = "PRAGMA integrity_check(10)";
constexpr const char* kSelectMade = "SELECT created_at, key_check IS NOT NULL FROM meta";

// The library cannot be stopped in the midst of a check; of this much it takes seconds.
constexpr std::uint64_t kChecked = std::uint64_t{2} << 30;

// The file is never opened for this: closing it would drop the locks that SQLite has on it.
PathFacts look_at(const std::string& path) {
  PathFacts facts{.path = path};
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return facts;
  facts.exists = true;
  facts.ours = found.st_uid == geteuid();
  facts.mode = found.st_mode & 07777;
  facts.size = static_cast<std::uint64_t>(found.st_size);
  return facts;
}

class Examiner {
 public:
  Examiner(const SqliteOptions& options, bool whole, Random& random)
      : options_(options), file_(absolute_path(options.file)), whole_(whole), random_(random) {}

  DatabaseExamination run() {
    found_.file = look_at(file_);
    found_.wal = look_at(file_ + "-wal");
    found_.shm = look_at(file_ + "-shm");
    found_.folder = look_at(folder_of(file_));
    found_.free_space_floor = options_.free_space_floor;
    if (const auto space = free_space(file_)) found_.free_space = *space;
    if (auto looked = look_inside(); !looked) found_.failure = std::move(looked).error();
    return std::move(found_);
  }

 private:
  Status look_inside() {
    THIG_TRY(prepare_place(file_, false));
    THIG_TRY_ASSIGN(connection,
                    Connection::open(
                        {.file = file_, .read_only = true, .busy_timeout = options_.busy_timeout}));
    THIG_TRY(read_schema(*connection));
    // The structure first: what stands in a damaged file is not worth much.
    THIG_TRY(check(*connection));
    THIG_TRY(read_meta(*connection));
    Sealing sealing(*connection, options_.key_file, random_);
    if (found_.key_used) {
      if (auto fits = sealing.check_key(); !fits) found_.key_failure = std::move(fits).error();
    }
    return {};
  }

  Status read_schema(Connection& connection) {
    found_.newest_schema = schema_migrations().back().version;
    const auto sound = bring_up_to_date(connection, schema_migrations(), nullptr);
    Query row = connection.query(kVersion);
    if (row.next()) found_.schema = row.small(0, 0, 1'000'000);
    THIG_TRY(row.finish());
    // One that is older is only that: the next command that writes upgrades it.
    const bool older = found_.schema > 0 && found_.schema < found_.newest_schema;
    if (!sound && !older) return sound;
    return {};
  }

  Status check(Connection& connection) {
    THIG_TRY_ASSIGN(size, measure(connection));
    if (!whole_ && size.used > kChecked) return {};
    Query row = connection.query(whole_ ? kEverything : kStructure);
    while (row.next()) {
      if (std::string text = row.text(0); text != "ok") found_.problems.push_back(std::move(text));
    }
    THIG_TRY(row.finish());
    found_.checked =
        whole_ ? DatabaseExamination::Extent::everything : DatabaseExamination::Extent::structure;
    return {};
  }

  Status read_meta(Connection& connection) {
    Query row = connection.query(kSelectMade);
    if (row.next()) {
      found_.created_at = row.time(0);
      found_.key_used = row.flag(1);
    }
    THIG_TRY(row.finish());
    THIG_TRY_ASSIGN(numbering, read_numbering(connection));
    if (numbering.last.value > 0) found_.newest_event = time_of(numbering.last);
    THIG_TRY_ASSIGN(clock, read_dispatcher_clock(connection));
    found_.dispatcher_time = clock.time;
    found_.dispatcher_wall = clock.wall;
    return {};
  }

  const SqliteOptions& options_;
  std::string file_;
  bool whole_;
  Random& random_;
  DatabaseExamination found_;
};

}  // namespace

}  // namespace sqlite

DatabaseExamination examine_sqlite(const SqliteOptions& options, bool whole, Random& random) {
  return sqlite::Examiner(options, whole, random).run();
}

std::string sqlite_version() {
  return sqlite3_libversion();
}

}  // namespace thig
