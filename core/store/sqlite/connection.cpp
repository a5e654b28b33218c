#include "core/store/sqlite/connection.h"

#include "core/store/sqlite/checkpoint.h"
#include "core/store/sqlite/failure.h"
#include "core/store/sqlite/functions.h"

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

namespace thig::sqlite {

namespace {

constexpr const char* kSetUp = R"(
  PRAGMA cell_size_check    = ON;
  PRAGMA mmap_size          = 0;
  PRAGMA temp_store         = MEMORY;
  PRAGMA cache_size         = -8000;     -- KiB
  PRAGMA journal_size_limit = 67108864;  -- what the WAL is cut to when it is reset
  PRAGMA synchronous        = FULL;
)";

constexpr const char* kBeginWrite = "BEGIN IMMEDIATE";
constexpr const char* kOthersVersion = "PRAGMA data_version";

struct Limit {
  int id;
  int value;
};

// What our own statements need, with some to spare; a crafted file gets no further.
constexpr Limit kLimits[] = {
    {SQLITE_LIMIT_LENGTH, 64 << 20},     {SQLITE_LIMIT_SQL_LENGTH, 64 << 10},
    {SQLITE_LIMIT_COLUMN, 100},          {SQLITE_LIMIT_EXPR_DEPTH, 50},
    {SQLITE_LIMIT_COMPOUND_SELECT, 5},   {SQLITE_LIMIT_FUNCTION_ARG, 8},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 100}, {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 1},     {SQLITE_LIMIT_WORKER_THREADS, 0},
};

struct Switch {
  int id;
  int value;
};

constexpr Switch kSwitches[] = {
    {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}, {SQLITE_DBCONFIG_DEFENSIVE, 1},
    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},   {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
    {SQLITE_DBCONFIG_ENABLE_VIEW, 0},      {SQLITE_DBCONFIG_DQS_DDL, 0},
    {SQLITE_DBCONFIG_DQS_DML, 0},
};

}  // namespace

Connection::Connection(ConnectionOptions options) : options_(std::move(options)) {}

Connection::~Connection() {
  checkpointer_.reset();
  for (auto& [sql, kept] : kept_) sqlite3_finalize(kept.statement);
  sqlite3_close(handle_);
}

Result<std::unique_ptr<Connection>> Connection::open(ConnectionOptions options) {
  std::unique_ptr<Connection> made(new Connection(std::move(options)));
  const int flags = (made->options_.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(made->file().c_str(), &made->handle_, flags, nullptr);
  if (code != SQLITE_OK) return std::unexpected(made->failure(code));
  THIG_TRY(made->harden());
  return made;
}

Status Connection::harden() {
  // SQLite falls back to reading when it may not write, and would say so at the first commit only.
  if (!options_.read_only && sqlite3_db_readonly(handle_, "main") == 1) {
    return std::unexpected(failure(SQLITE_READONLY));
  }
  set_limits();
  for (const Switch& one : kSwitches) {
    const int code = sqlite3_db_config(handle_, one.id, one.value, nullptr);
    if (code != SQLITE_OK) return std::unexpected(failure(code));
  }
  if (const int code = add_functions(handle_); code != SQLITE_OK) {
    return std::unexpected(failure(code));
  }
  sqlite3_busy_handler(handle_, &Connection::wait_for_lock, this);
  sqlite3_wal_autocheckpoint(handle_, 0);
  sqlite3_wal_hook(handle_, &Connection::note_wal, this);
  if (!options_.read_only) checkpointer_ = std::make_unique<Checkpointer>(*this);
  return execute(kSetUp);
}

void Connection::set_limits() {
  for (const Limit& one : kLimits) sqlite3_limit(handle_, one.id, one.value);
}

// Finer steps than sqlite3_busy_timeout has: the dispatcher's commits are a millisecond apart.
int Connection::wait_for_lock(void* self, int tries) {
  auto& connection = *static_cast<Connection*>(self);
  if (tries == 0) connection.waited_ = {};
  if (connection.waited_ >= connection.options_.busy_timeout) return 0;
  const auto pause = connection.turns_.pause(tries);
  std::this_thread::sleep_for(pause);
  connection.waited_ += pause;
  return 1;
}

int Connection::note_wal(void* self, sqlite3*, const char*, int frames) {
  static_cast<Connection*>(self)->wal_frames_ = frames;
  return SQLITE_OK;
}

Error Connection::failure(int code) {
  if (handle_ == nullptr) return describe_failure(code, 0, sqlite3_errstr(code), file()).error;
  // A code that does not come from the last call has its own words.
  const bool recent = sqlite3_extended_errcode(handle_) == code;
  Failure failed =
      describe_failure(code, sqlite3_system_errno(handle_),
                       recent ? sqlite3_errmsg(handle_) : sqlite3_errstr(code), file());
  if (failed.fatal) refuse_further_work(failed.error);
  return std::move(failed.error);
}

Result<sqlite3_stmt*> Connection::prepare(std::string_view sql, bool kept) {
  if (broken_) return std::unexpected(*broken_);
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      kept ? SQLITE_PREPARE_PERSISTENT : 0, &statement, nullptr);
  if (code != SQLITE_OK) return std::unexpected(failure(code));
  return statement;
}

Query Connection::query(const char* sql) {
  if (broken_) return Query(*this, nullptr, nullptr, broken_);
  Kept& kept = kept_[sql];
  if (kept.in_use) return query_once(sql);
  if (kept.statement == nullptr) {
    auto statement = prepare(sql, true);
    if (!statement) return Query(*this, nullptr, nullptr, std::move(statement).error());
    kept.statement = *statement;
  }
  kept.in_use = true;
  return Query(*this, kept.statement, &kept.in_use, std::nullopt);
}

Query Connection::query_once(const std::string& sql) {
  auto statement = prepare(sql, false);
  if (!statement) return Query(*this, nullptr, nullptr, std::move(statement).error());
  return Query(*this, *statement, nullptr, std::nullopt);
}

Status Connection::execute(const char* sql) {
  if (broken_) return std::unexpected(*broken_);
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(failure(code));
  return {};
}

std::int64_t Connection::changes() const {
  return sqlite3_changes64(handle_);
}

Status Connection::set_durability(Durability durability) {
  if (durability == durability_) return {};
  THIG_TRY(execute(durability == Durability::power_loss ? "PRAGMA synchronous = FULL"
                                                        : "PRAGMA synchronous = NORMAL"));
  durability_ = durability;
  return {};
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

Status Connection::prepare_commit() {
  if (!before_commit_) return {};
  const auto work = std::exchange(before_commit_, nullptr);
  return work();
}

Status Connection::begin_write() {
  const auto wait = turns_.wait_before(std::chrono::steady_clock::now());
  if (wait > SteadySpan{0}) std::this_thread::sleep_for(wait);
  THIG_TRY(query(kBeginWrite).run());
  turns_.taken(std::chrono::steady_clock::now());
  auto looked = look_for_others();
  if (!looked) roll_back();
  return looked;
}

Status Connection::look_for_others() {
  Query version = query(kOthersVersion);
  const std::int64_t now = version.next() ? version.integer(0) : 0;
  THIG_TRY(version.finish());
  const auto before = std::exchange(others_version_, now);
  if (before && *before != now) turns_.others_wrote(std::chrono::steady_clock::now());
  return {};
}

bool Connection::beside_others() const {
  return turns_.beside_others(std::chrono::steady_clock::now());
}

SteadySpan Connection::writing_for() const {
  return turns_.held() ? turns_.held_for(std::chrono::steady_clock::now()) : SteadySpan{0};
}

void Connection::roll_back() {
  news_ = false;
  before_commit_ = nullptr;
  if (in_transaction()) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  turns_.released(std::chrono::steady_clock::now());
}

Result<bool> Connection::clear_wal() {
  if (!checkpointer_) return false;
  return checkpointer_->clear();
}

Status Connection::committed() {
  turns_.released(std::chrono::steady_clock::now());
  const bool news = std::exchange(news_, false);
  THIG_TRY(check_in_place());
  if (news && announce_) announce_();
  if (checkpointer_) checkpointer_->after_commit();
  return {};
}

Status Connection::check_in_place() {
  if (broken_) return std::unexpected(*broken_);
  struct stat found {};
  const bool there = stat(file().c_str(), &found) == 0;
  if (!there && errno != ENOENT && errno != ENOTDIR) return {};  // its use will say what is wrong
  // SQLite compares with the file it holds open. A stat(2) after opening it would not do: the file
  // may have been replaced in between.
  int moved = 1;
  const int code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (code != SQLITE_OK) return std::unexpected(failure(code));
  if (moved == 0) return {};
  refuse_further_work(
      {ErrorCode::database,
       fmt::format("{} was {} while it was in use", file(),
                   there ? "replaced by another file" : "removed"),
       "results of the last deliveries are not recorded there; restart this process, "
       "and stop all of them before a database is restored"});
  return std::unexpected(*broken_);
}

}  // namespace thig::sqlite
