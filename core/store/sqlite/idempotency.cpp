#include "core/store/sqlite/idempotency.h"

#include "core/base/json.h"
#include "core/store/refusals.h"
#include "core/store/sqlite/text_list.h"

#include <algorithm>

namespace thig::sqlite {

namespace {

// What a row takes, about: the key stands in the table and in both indexes.
#define THIG_ROOM "100 + 3 * length(key) + length(missed)"

constexpr const char* kSelectKey =
    "SELECT content, event_id, at, queued, missed FROM idempotency WHERE key = ?1 AND at > ?2";
constexpr const char* kInsertKey =
    "INSERT INTO idempotency (key, content, event_id, at, queued, missed)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING " THIG_ROOM;
constexpr const char* kDeleteOldKey = "DELETE FROM idempotency WHERE key = ?1 RETURNING " THIG_ROOM;
constexpr const char* kDeleteKeyOf =
    "DELETE FROM idempotency WHERE event_id = ?1 RETURNING " THIG_ROOM;
constexpr const char* kPruneKeys =
    "DELETE FROM idempotency"
    " WHERE key IN (SELECT key FROM idempotency WHERE at <= ?1 ORDER BY at LIMIT ?2)"
    " RETURNING " THIG_ROOM;

#undef THIG_ROOM

constexpr const char* kSelectRoom =
    "SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'idempotency.bytes'";
constexpr const char* kAddRoom = R"(
  INSERT INTO setting (name, value) VALUES ('idempotency.bytes', CAST(max(0, ?1) AS TEXT))
      ON CONFLICT DO UPDATE SET value = CAST(max(0, CAST(value AS INTEGER) + ?1) AS TEXT))";

std::string write_ids(std::span<const EndpointId> ids) {
  JsonWriter json;
  json.begin_array();
  for (const EndpointId id : ids) json.number(id.value);
  return json.end_array().take();
}

std::vector<EndpointId> read_ids(Query& row, int column) {
  std::vector<EndpointId> ids;
  const std::string json = row.text(column);
  for (const std::string_view element : json_elements(json)) {
    if (const auto id = json_integer(element)) {
      ids.push_back({*id});
    } else {
      row.reject(column);
    }
  }
  accept_list(row, column, json, write_ids(ids));
  return ids;
}

// Rows that a statement has put or taken away, and the space they take.
struct Changed {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
};
Result<Changed> changed_by(Query& row) {
  Changed changed;
  while (row.next()) {
    ++changed.rows;
    changed.bytes += row.count(0);
  }
  THIG_TRY(row.finish());
  return changed;
}

Status add_room(Connection& connection, std::int64_t bytes) {
  return bytes == 0 ? Status() : connection.query(kAddRoom).run(bytes);
}

}  // namespace

Result<std::optional<KeptKey>> find_key(Connection& connection, const std::string& key, Time now) {
  return connection.query(kSelectKey).with(key, now - idempotency_period).first([](Query& row) {
    return KeptKey{.content = row.blob(0),
                   .event = row.event_id(1),
                   .at = row.time(2),
                   .queued = static_cast<std::size_t>(row.count(3)),
                   .missed = read_ids(row, 4)};
  });
}

Status keep_keys(Connection& connection, std::span<const NewEvent> events,
                 std::span<const EventId> ids, Time now) {
  Query delete_old = connection.query(kDeleteOldKey);
  Query insert = connection.query(kInsertKey);
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const NewEvent& event = events[i];
    if (!event.idempotency) continue;
    const auto& [key, content, most] = *event.idempotency;
    // One that has expired and was not pruned yet.
    THIG_TRY_ASSIGN(gone, changed_by(delete_old.with(key)));
    THIG_TRY_ASSIGN(kept, changed_by(insert.with(key, Blob{content}, ids[i], now,
                                                 event.queue.size(), write_ids(event.missed))));
    bytes += kept.bytes - gone.bytes;
  }
  return add_room(connection, bytes);
}

Status check_room_for_keys(Connection& connection, std::span<const NewEvent> events) {
  std::optional<std::uint64_t> most;
  for (const NewEvent& event : events) {
    if (!event.idempotency || !event.idempotency->most_kept) continue;
    most = std::min(most.value_or(*event.idempotency->most_kept), *event.idempotency->most_kept);
  }
  if (!most) return {};
  Query row = connection.query(kSelectRoom);
  const auto taken = row.next() ? static_cast<std::uint64_t>(row.count(0)) : 0;
  THIG_TRY(row.finish());
  if (taken > *most) return keys_at_limit(*most);
  return {};
}

Result<std::int64_t> prune_keys(Connection& connection, Time now, std::size_t most) {
  Query row = connection.query(kPruneKeys);
  THIG_TRY_ASSIGN(gone, changed_by(row.with(now - idempotency_period, most)));
  THIG_TRY(add_room(connection, -gone.bytes));
  return gone.rows;
}

Result<std::int64_t> forget_key(Connection& connection, EventId event) {
  Query row = connection.query(kDeleteKeyOf);
  THIG_TRY_ASSIGN(gone, changed_by(row.with(event)));
  THIG_TRY(add_room(connection, -gone.bytes));
  return gone.rows;
}

}  // namespace thig::sqlite
