#include "core/store/sqlite/examination.h"

#include "core/base/accounts.h"
#include "core/base/safe_file.h"
#include "core/store/private_folder.h"
#include "core/store/sqlite/key_check.h"
#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/migrate.h"
#include "core/store/sqlite/place.h"
#include "core/store/sqlite/pruning.h"

#include <cerrno>
#include <cstring>
#include <span>

#include <fcntl.h>
#include <fmt/format.h>
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

// None of these is ours: they could change what is written, and connections of ours ignore them.
constexpr const char* kForeign =
    "SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 10";

// What is delivered or cancelled stays in the counter when its history is pruned.
constexpr const char* kMiscounts = R"(
  SELECT * FROM (
    SELECT coalesce((SELECT name FROM endpoint WHERE id = c.endpoint_id), 'a removed webhook'),
           c.pending, (SELECT count(*) FROM queue WHERE endpoint_id = c.endpoint_id) AS queued,
           c.dead,
           (SELECT count(*) FROM delivery WHERE endpoint_id = c.endpoint_id AND state = ?1)
             AS dead_rows,
           c.missed,
           (SELECT count(*) FROM delivery WHERE endpoint_id = c.endpoint_id AND state = ?2)
             AS missed_rows,
           c.delivered + c.cancelled AS ended,
           (SELECT count(*) FROM delivery
             WHERE endpoint_id = c.endpoint_id AND state IN (?3, ?4)) AS ended_rows
      FROM endpoint_counter c)
   WHERE pending <> queued OR dead <> dead_rows OR missed <> missed_rows
      OR ended < ended_rows
   LIMIT 10)";

// These count what has come and failed, and go on doing so when the requests are pruned.
constexpr const char* kIncomingMiscounts = R"(
  SELECT coalesce((SELECT name FROM incoming_hook WHERE id = c.hook_id), 'a removed webhook'),
         c.received, r.received, c.failed, r.failed, c.duplicates, r.duplicates,
         c.rejected, r.rejected
    FROM incoming_counter c
    JOIN (SELECT hook_id, sum(state NOT IN (?1, ?2)) AS received, sum(state = ?3) AS failed,
                 sum(state = ?1) AS duplicates, sum(state = ?2) AS rejected
            FROM incoming_request GROUP BY hook_id) r ON r.hook_id = c.hook_id
   WHERE c.received < r.received OR c.failed < r.failed OR c.duplicates < r.duplicates
      OR c.rejected < r.rejected
   LIMIT 10)";

// A counter and the rows it counts, in two columns.
struct Counted {
  int column;
  const char* what;
  bool at_least = false;  // it may count more than there are rows
};
constexpr Counted kDeliveriesCounted[] = {
    {1, "pending"}, {3, "dead"}, {5, "missed"}, {7, "delivered or cancelled", true}};
constexpr Counted kRequestsCounted[] = {{1, "requests", true},
                                        {3, "failed requests", true},
                                        {5, "duplicate requests", true},
                                        {7, "rejected requests", true}};

// Of SQLite's virtual machine: a few milliseconds. Within one table's pages it does not ask.
constexpr int kStepsBetweenAsking = 100'000;

// The file is never opened for this: closing it would drop the locks that SQLite has on it.
PathFacts look_at(const std::string& path) {
  PathFacts facts{.path = path};
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return facts;
  facts.exists = true;
  facts.ours = found.st_uid == geteuid();
  facts.mode = found.st_mode & 07777;
  facts.size = static_cast<std::uint64_t>(found.st_size);
  facts.group = found.st_gid;
  facts.group_name = describe_group(found.st_gid);
  return facts;
}

// Why whoever owns the database cannot write to it; empty if that is possible, or not to be told.
std::string why_unwritable(const PathFacts& file, const PathFacts& folder) {
  for (const PathFacts* path : {&file, &folder}) {
    if (!path->exists || faccessat(AT_FDCWD, path->path.c_str(), W_OK, AT_EACCESS) == 0) continue;
    if (errno == EROFS || file.ours) {
      return fmt::format("{}: {}", path->path, std::strerror(errno));
    }
  }
  return {};
}

class Examiner {
 public:
  Examiner(const SqliteOptions& options, bool whole, Random& random,
           const std::function<bool()>& goes_on)
      : options_(options),
        file_(real_path(options.file)),
        whole_(whole),
        random_(random),
        goes_on_(goes_on) {}

  DatabaseExamination run() {
    found_.file = look_at(file_);
    found_.wal = look_at(file_ + "-wal");
    found_.shm = look_at(file_ + "-shm");
    found_.folder = look_at(folder_of(file_));
    found_.unwritable = why_unwritable(found_.file, found_.folder);
    for (int version = 1; version < schema_migrations().back().version; ++version) {
      const PathFacts copy = look_at(copy_before_upgrade(file_, version));
      if (copy.exists) found_.copies.push_back(copy);
    }
    found_.free_space_floor = options_.free_space_floor;
    if (const auto space = free_space(file_)) found_.free_space = *space;
    if (auto looked = look_inside(); !looked) found_.failure = std::move(looked).error();
    return std::move(found_);
  }

 private:
  Status look_inside() {
    FileDescriptor held = hold_place(file_, options_.busy_timeout);
    THIG_TRY(prepare_place(file_, false));
    THIG_TRY_ASSIGN(connection,
                    Connection::open(
                        {.file = file_, .read_only = true, .busy_timeout = options_.busy_timeout}));
    sqlite3_progress_handler(connection->handle(), kStepsBetweenAsking, &Examiner::shall_end, this);
    THIG_TRY(read_schema(*connection));
    held = {};
    // The structure first: what stands in a damaged file is not worth much.
    THIG_TRY(check(*connection));
    THIG_TRY(read_meta(*connection));
    if (whole_ && found_.schema == found_.newest_schema) THIG_TRY(count(*connection));
    KeyCheck key_check(*connection);
    Sealing sealing(key_check, options_.key_file, random_);
    if (found_.key_used) {
      if (auto fits = sealing.check_key(); !fits) found_.key_failure = std::move(fits).error();
    }
    return {};
  }

  static int shall_end(void* self) { return static_cast<Examiner*>(self)->goes_on_() ? 0 : 1; }

  Status read_schema(Connection& connection) {
    found_.newest_schema = schema_migrations().back().version;
    auto sound = bring_up_to_date(connection, schema_migrations(), nullptr);
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
    if (!whole_ && size.used > options_.checked_at_a_look) return {};
    Query row = connection.query(whole_ ? kEverything : kStructure);
    while (row.next()) {
      if (std::string text = row.text(0); text != "ok") found_.problems.push_back(std::move(text));
    }
    THIG_TRY(row.finish());
    Query foreign = connection.query(kForeign);
    while (foreign.next()) {
      found_.problems.push_back(fmt::format("it contains a {} that thig-hooks did not create: {}",
                                            foreign.text(0), foreign.text(1)));
    }
    THIG_TRY(foreign.finish());
    found_.checked =
        whole_ ? DatabaseExamination::Extent::everything : DatabaseExamination::Extent::structure;
    return {};
  }

  Status count(Connection& connection) {
    using enum DeliveryState;
    Query deliveries = connection.query(kMiscounts);
    deliveries.with(dead, missed, delivered, cancelled);
    THIG_TRY(compare(deliveries, kDeliveriesCounted));
    Query requests = connection.query(kIncomingMiscounts);
    requests.with(RequestState::duplicate, RequestState::rejected, RequestState::failed);
    return compare(requests, kRequestsCounted);
  }

  Status compare(Query& row, std::span<const Counted> counters) {
    while (row.next()) {
      for (const Counted& one : counters) {
        const std::int64_t counted = row.integer(one.column);
        const std::int64_t rows = row.integer(one.column + 1);
        if (one.at_least ? counted >= rows : counted == rows) continue;
        found_.miscounts.push_back(fmt::format("{} counts {} {}, but {} are recorded", row.text(0),
                                               counted, one.what, rows));
      }
    }
    return row.finish();
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
  const std::function<bool()>& goes_on_;
  DatabaseExamination found_;
};

}  // namespace

}  // namespace sqlite

DatabaseExamination examine_sqlite(const SqliteOptions& options, bool whole, Random& random,
                                   const std::function<bool()>& goes_on) {
  return sqlite::Examiner(options, whole, random, goes_on).run();
}

std::string sqlite_version() {
  return sqlite3_libversion();
}

}  // namespace thig
