// One use of a prepared statement: values in, rows out, reset at the end whatever happens (a
// statement that is not reset pins the WAL). Errors stick: reading goes on with zeros and empty
// texts, and run() or finish() says what went wrong, so only the end of a use needs a check.
// What comes out of the file is not trusted: every reader names the type and range it accepts.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/model/ids.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

struct sqlite3_stmt;

namespace thig::sqlite {

class Connection;

// A count of things is never higher, so that millions of them can be added up.
inline constexpr std::int64_t most_counted = std::int64_t{1} << 40;

// Bytes to be bound as a BLOB.
struct Blob {
  std::string_view bytes;
};

// That a delivery can have.
inline constexpr int most_attempts = 1'000'000;

class Query {
 public:
  // Made by Connection::query. `in_use` is cleared at the end; without it the statement is this
  // query's own and is finalized.
  Query(Connection& connection, sqlite3_stmt* statement, bool* in_use, std::optional<Error> failed);
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  // Runs the statement once with these values; rows it gives are ignored. May be called again.
  template <class... Values>
  Status run(const Values&... values) {
    rewind();
    keeps_copies_ = false;
    bind_all(values...);
    step();
    return finish();
  }

  // Binds the values; next() then walks the rows.
  template <class... Values>
  Query& with(const Values&... values) {
    rewind();
    keeps_copies_ = true;
    bind_all(values...);
    return *this;
  }

  // False after the last row, and after any error.
  bool next() { return step(); }
  // False after any error, as next(); for using a row before it is known to be intact.
  bool sound() const { return !failed_; }
  // Ends the reading; the first error of this use if there was one.
  Status finish();

  // All rows that are left, each as `read` makes it of this query.
  template <class Read>
  auto all(Read read, std::size_t expected = 0)
      -> Result<std::vector<std::invoke_result_t<Read, Query&>>> {
    std::vector<std::invoke_result_t<Read, Query&>> rows;
    rows.reserve(expected);
    while (next()) rows.push_back(read(*this));
    THIG_TRY(finish());
    return rows;
  }
  // The next row, and that is all; nothing if there is none.
  template <class Read>
  auto first(Read read) -> Result<std::optional<std::invoke_result_t<Read, Query&>>> {
    std::optional<std::invoke_result_t<Read, Query&>> row;
    if (next()) row = read(*this);
    THIG_TRY(finish());
    return row;
  }

  bool is_null(int column);
  std::int64_t integer(int column, std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                       std::int64_t most = std::numeric_limits<std::int64_t>::max());
  int small(int column, int least, int most);
  // Of a delivery.
  int attempts(int column) { return small(column, 0, most_attempts); }
  bool flag(int column) { return small(column, 0, 1) == 1; }
  std::int64_t count(int column) { return integer(column, 0, most_counted); }
  double real(int column);
  std::string text(int column);
  std::string blob(int column);
  Time time(int column);
  Millis millis(int column);
  EventId event_id(int column) { return {integer(column, 0)}; }
  EndpointId endpoint_id(int column) { return {integer(column, 0, (std::int64_t{1} << 40) - 1)}; }
  IncomingHookId hook_id(int column) { return {integer(column, 0, (std::int64_t{1} << 40) - 1)}; }
  std::optional<Time> optional_time(int column);
  // An enumerator from the first (0) to `last`.
  template <class Enum>
  Enum one_of(int column, Enum last) {
    return static_cast<Enum>(small(column, 0, static_cast<int>(last)));
  }

  // Marks the column's value as one the schema does not allow.
  void reject(int column);

 private:
  template <class... Values>
  void bind_all(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
  }
  void bind(int index, std::int64_t value);
  void bind(int index, double value);
  void bind(int index, std::string_view value);
  void bind(int index, Blob value);
  void bind(int index, std::nullopt_t);
  void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }
  void bind(int index, int value) { bind(index, std::int64_t{value}); }
  void bind(int index, bool value) { bind(index, std::int64_t{value}); }
  void bind(int index, std::size_t value);
  void bind(int index, Time value) { bind(index, std::int64_t{to_millis(value)}); }
  void bind(int index, Millis value) { bind(index, std::int64_t{value.count()}); }
  void bind(int index, EventId value) { bind(index, value.value); }
  void bind(int index, EndpointId value) { bind(index, value.value); }
  void bind(int index, IncomingHookId value) { bind(index, value.value); }
  void bind(int index, RequestId value) { bind(index, value.value); }
  void bind(int index, ProjectId value) { bind(index, value.value); }
  void bind(int index, NoteId value) { bind(index, value.value); }
  void bind(int index, ApiKeyId value) { bind(index, value.value); }
  void bind(int index, SessionId value) { bind(index, value.value); }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void bind(int index, Enum value) { bind(index, static_cast<std::int64_t>(value)); }
  template <class Value>
  void bind(int index, const std::optional<Value>& value) {
    if (value) return bind(index, *value);
    bind(index, std::nullopt);
  }

  bool step();
  void rewind();
  void check_bound(int code);
  bool has_type(int column, int type);

  Connection& connection_;
  sqlite3_stmt* statement_;
  bool* in_use_;
  std::optional<Error> failed_;
  bool keeps_copies_ = false;
};

}  // namespace thig::sqlite
