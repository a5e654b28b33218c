#include "core/store/sqlite/meta.h"

#include "core/store/sqlite/failure.h"

#include <limits>

namespace thig::sqlite {

namespace {

constexpr const char* kSelectVersion = "SELECT config_version FROM meta";
constexpr const char* kRaiseVersion = "UPDATE meta SET config_version = config_version + 1";
constexpr const char* kSelectNumbering = "SELECT last_event_id, last_request_id, origin FROM meta";
constexpr const char* kUpdateLast = "UPDATE meta SET last_event_id = ?1";
constexpr const char* kUpdateLastRequest = "UPDATE meta SET last_request_id = ?1";
constexpr const char* kSelectClock = "SELECT dispatcher_time, dispatcher_wall FROM meta";
constexpr const char* kUpdateClock = "UPDATE meta SET dispatcher_time = ?1, dispatcher_wall = ?2";

// Ids that follow must not run over; this leaves room for a billion milliseconds.
constexpr std::int64_t kLastUsable =
    std::numeric_limits<std::int64_t>::max() - (std::int64_t{1} << 52);

}  // namespace

Result<std::int64_t> read_config_version(Connection& connection) {
  Query query = connection.query(kSelectVersion);
  const bool found = query.next();
  const std::int64_t version = found ? query.integer(0) : 0;
  THIG_TRY(query.finish());
  if (!found) return std::unexpected(damaged(connection.file(), "meta is empty"));
  return version;
}

Status raise_config_version(Connection& connection) {
  connection.change_is_news();
  return connection.query(kRaiseVersion).run();
}

Result<Numbering> read_numbering(Connection& connection) {
  Query query = connection.query(kSelectNumbering);
  Numbering numbering;
  const bool found = query.next();
  if (found) {
    numbering.last = {query.integer(0, 0, kLastUsable)};
    numbering.last_request = {query.integer(1, 0, kLastUsable)};
    numbering.origin = query.small(2, 0, 1023);
  }
  THIG_TRY(query.finish());
  if (!found) return std::unexpected(damaged(connection.file(), "meta is empty"));
  return numbering;
}

Status write_last_event_id(Connection& connection, EventId last) {
  return connection.query(kUpdateLast).run(last);
}

Status write_last_request_id(Connection& connection, RequestId last) {
  return connection.query(kUpdateLastRequest).run(last);
}

Result<DispatcherClock> read_dispatcher_clock(Connection& connection) {
  Query query = connection.query(kSelectClock);
  DispatcherClock clock;
  const bool found = query.next();
  if (found) clock = {.time = query.time(0), .wall = query.time(1)};
  THIG_TRY(query.finish());
  if (!found) return std::unexpected(damaged(connection.file(), "meta is empty"));
  return clock;
}

Status write_dispatcher_clock(Connection& connection, const DispatcherClock& clock) {
  return connection.query(kUpdateClock).run(clock.time, clock.wall);
}

}  // namespace thig::sqlite
