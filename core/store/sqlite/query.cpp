#include "core/store/sqlite/query.h"

#include "core/store/sqlite/connection.h"
#include "core/store/sqlite/failure.h"

#include <algorithm>

#include <fmt/format.h>
#include <sqlite3.h>

namespace thig::sqlite {

namespace {
// The end of the year 9999: nothing is later, and sums of such times cannot overflow.
constexpr std::int64_t kLastMillis = 253'402'300'799'999;
// Ten years: the longest span the program knows (base/time.h).
constexpr std::int64_t kLongestSpan = 10LL * 366 * 24 * 3600 * 1000;
}  // namespace

Query::Query(Connection& connection, sqlite3_stmt* statement, bool* in_use,
             std::optional<Error> failed)
    : connection_(connection), statement_(statement), in_use_(in_use), failed_(std::move(failed)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  if (in_use_ == nullptr) {
    sqlite3_finalize(statement_);
    return;
  }
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);  // they may point at memory that is about to go
  *in_use_ = false;
}

void Query::rewind() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

bool Query::step() {
  if (failed_) return false;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) failed_ = connection_.failure(code);
  sqlite3_reset(statement_);
  return false;
}

Status Query::finish() {
  rewind();
  if (failed_) return std::unexpected(*failed_);
  return {};
}

void Query::check_bound(int code) {
  if (code != SQLITE_OK && !failed_) failed_ = connection_.failure(code);
}

void Query::bind(int index, std::int64_t value) {
  if (!failed_) check_bound(sqlite3_bind_int64(statement_, index, value));
}

void Query::bind(int index, std::size_t value) {
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
  bind(index, static_cast<std::int64_t>(std::min(value, most)));
}

void Query::bind(int index, double value) {
  if (!failed_) check_bound(sqlite3_bind_double(statement_, index, value));
}

void Query::bind(int index, std::nullopt_t) {
  if (!failed_) check_bound(sqlite3_bind_null(statement_, index));
}

void Query::bind(int index, std::string_view value) {
  if (failed_) return;
  // A null pointer would be bound as NULL.
  const char* data = value.data() == nullptr ? "" : value.data();
  check_bound(sqlite3_bind_text64(statement_, index, data, value.size(),
                                  keeps_copies_ ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8));
}

void Query::bind(int index, Blob value) {
  if (failed_) return;
  const char* data = value.bytes.data() == nullptr ? "" : value.bytes.data();
  check_bound(sqlite3_bind_blob64(statement_, index, data, value.bytes.size(),
                                  keeps_copies_ ? SQLITE_TRANSIENT : SQLITE_STATIC));
}

void Query::reject(int column) {
  if (failed_) return;
  const char* name = statement_ == nullptr ? nullptr : sqlite3_column_name(statement_, column);
  failed_ = damaged(connection_.file(),
                    fmt::format("unexpected value of {}", name == nullptr ? "a column" : name));
}

bool Query::has_type(int column, int type) {
  if (failed_) return false;
  if (sqlite3_column_type(statement_, column) == type) return true;
  reject(column);
  return false;
}

bool Query::is_null(int column) {
  return failed_ || sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Query::integer(int column, std::int64_t least, std::int64_t most) {
  if (!has_type(column, SQLITE_INTEGER)) return std::clamp<std::int64_t>(0, least, most);
  const std::int64_t value = sqlite3_column_int64(statement_, column);
  if (value >= least && value <= most) return value;
  reject(column);
  return std::clamp<std::int64_t>(0, least, most);
}

int Query::small(int column, int least, int most) {
  return static_cast<int>(integer(column, least, most));
}

double Query::real(int column) {
  return has_type(column, SQLITE_FLOAT) ? sqlite3_column_double(statement_, column) : 0;
}

std::string Query::text(int column) {
  if (!has_type(column, SQLITE_TEXT)) return {};
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  if (data != nullptr) return {data, static_cast<std::size_t>(size)};
  check_bound(SQLITE_NOMEM);
  return {};
}

std::string Query::blob(int column) {
  if (!has_type(column, SQLITE_BLOB)) return {};
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  if (data == nullptr) return {};  // an empty blob
  return {data, static_cast<std::size_t>(size)};
}

Time Query::time(int column) {
  return time_from_millis(integer(column, -kLastMillis, kLastMillis));
}

Millis Query::millis(int column) {
  return Millis{integer(column, 0, kLongestSpan)};
}

std::optional<Time> Query::optional_time(int column) {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

}  // namespace thig::sqlite
