#include "core/store/sqlite/history_range.h"

#include <algorithm>
#include <optional>

namespace thig::sqlite {

namespace {

// length() of a BLOB is read from the row's head: its overflow pages are not touched.
constexpr const char* kWalkEvents =
    "SELECT id, length(body) FROM event WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3";
constexpr const char* kWalkRequests =
    "SELECT id, length(body) FROM incoming_request WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3";
constexpr const char* kNthDelivery = R"(
  SELECT event_id FROM delivery WHERE event_id >= ?1 AND event_id < ?2
   ORDER BY event_id LIMIT 1 OFFSET ?3)";
constexpr const char* kNthAttempt = R"(
  SELECT event_id FROM attempt WHERE event_id >= ?1 AND event_id < ?2
   ORDER BY event_id LIMIT 1 OFFSET ?3)";

// Each of their pages is put on the list of free ones.
constexpr std::uint64_t kMostRangeBytes = 4u << 20;

// Ends the range before the row that would be too much; extends `last` to the last row within.
Status cut_by_rows(Connection& connection, const char* sql, std::size_t most, HistoryRange& range,
                   std::optional<std::int64_t>& last) {
  Query row = connection.query(sql);
  row.with(range.from, range.to, most + 1);
  std::uint64_t bytes = 0;
  for (std::size_t rows = 0; row.next(); ++rows) {
    const std::int64_t id = row.integer(0, 0);
    bytes += static_cast<std::uint64_t>(row.count(1));
    if (rows > 0 && (rows == most || bytes > kMostRangeBytes)) {
      range.to = id;
      range.more = true;
      break;
    }
    last = std::max(last.value_or(id), id);
    range.bytes += static_cast<std::uint64_t>(row.count(1));
  }
  return row.finish();
}

Result<std::optional<std::int64_t>> nth(Connection& connection, const char* sql,
                                        const HistoryRange& range, std::size_t number) {
  std::optional<std::int64_t> id;
  Query row = connection.query(sql);
  if (row.with(range.from, range.to, number).next()) id = row.integer(0, 0);
  THIG_TRY(row.finish());
  return id;
}

// The rows of one event stay together, however many they are.
Status cut_by_events(Connection& connection, const char* sql, std::size_t most,
                     HistoryRange& range) {
  THIG_TRY_ASSIGN(over, nth(connection, sql, range, most));
  if (!over) return {};
  THIG_TRY_ASSIGN(first, nth(connection, sql, range, 0));
  const std::int64_t to = std::max(*over, first.value_or(range.from) + 1);
  if (to >= range.to) return {};
  range.to = to;
  range.more = true;
  return {};
}

}  // namespace

Result<HistoryRange> choose_range(Connection& connection, std::int64_t from, std::int64_t before,
                                  std::size_t most) {
  HistoryRange range{.from = from, .to = std::max(from, before)};
  std::optional<std::int64_t> last;
  THIG_TRY(cut_by_rows(connection, kWalkEvents, most, range, last));
  THIG_TRY(cut_by_rows(connection, kWalkRequests, most, range, last));
  THIG_TRY(cut_by_events(connection, kNthDelivery, most, range));
  THIG_TRY(cut_by_events(connection, kNthAttempt, most, range));
  // What is recorded after this look is not in the range, however far that was to reach.
  if (!range.more) range.to = last ? *last + 1 : from;
  return range;
}

}  // namespace thig::sqlite
