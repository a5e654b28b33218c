#include "core/store/sqlite/dispatcher_time.h"

#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/numbering.h"
#include "core/store/sqlite/transaction.h"

#include <algorithm>

namespace thig::sqlite {

namespace {

// What is still to be waited for stays the same.
constexpr const char* kBringBackQueued =
    "UPDATE queue SET due_at = max(?1, due_at - ?2) WHERE due_at > ?1";
constexpr const char* kMovePaused =
    "UPDATE endpoint_health SET parked_until = max(?1, parked_until - ?2) WHERE parked_until > ?1";
constexpr const char* kFailingSince =
    "UPDATE endpoint_health SET failing_since = ?1 WHERE failing_since > ?1";
// Whoever has read rows reads them again.
constexpr const char* kRecallAll = "UPDATE endpoint_counter SET recalls = recalls + 1";

}  // namespace

Result<Time> time_floor(Connection& connection, Time wall) {
  THIG_TRY_ASSIGN(numbering, read_numbering(connection));
  THIG_TRY_ASSIGN(settled, read_dispatcher_clock(connection));
  return dispatcher_time_floor(numbering.last, settled, wall);
}

Status keep_dispatcher_time(Connection& connection, Time now) {
  THIG_TRY_ASSIGN(kept, read_dispatcher_clock(connection));
  if (now <= kept.time) return {};
  return write_dispatcher_clock(connection, {.time = now, .wall = now});
}

Result<std::int64_t> repair_clock(Connection& connection, Time now) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection, Durability::power_loss));
  THIG_TRY_ASSIGN(floor, time_floor(connection, now));
  const Millis ahead = std::max(floor - now, Millis{0});
  THIG_TRY(connection.query(kBringBackQueued).run(now, ahead));
  const std::int64_t moved = connection.changes();
  THIG_TRY(connection.query(kMovePaused).run(now, ahead));
  THIG_TRY(connection.query(kFailingSince).run(now));
  if (moved > 0) THIG_TRY(connection.query(kRecallAll).run());
  THIG_TRY_ASSIGN(numbers, Numbers::at(connection, now));
  THIG_TRY(write_last_event_id(connection, numbers.last_event()));
  THIG_TRY(write_last_request_id(connection, numbers.last_request()));
  THIG_TRY(write_dispatcher_clock(connection, {.time = now, .wall = now}));
  THIG_TRY(transaction.commit());
  return moved;
}

}  // namespace thig::sqlite
