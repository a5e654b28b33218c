#include "core/store/sqlite/numbering.h"

#include <algorithm>

namespace thig::sqlite {

namespace {

constexpr Millis kFarAhead = std::chrono::hours(1);

constexpr const char* kSelectCreated = "SELECT created_at FROM meta";
constexpr const char* kSelectNewestEvent =
    "SELECT id FROM event WHERE id < ?1 ORDER BY id DESC LIMIT 1";
constexpr const char* kSelectNewestRequest =
    "SELECT id FROM incoming_request WHERE id < ?1 ORDER BY id DESC LIMIT 1";
constexpr const char* kIsEventTaken = "SELECT 1 FROM event WHERE id = ?1";
constexpr const char* kIsRequestTaken = "SELECT 1 FROM incoming_request WHERE id = ?1";
constexpr const char* kIsEventAhead = "SELECT 1 FROM event WHERE id > ?1 LIMIT 1";
constexpr const char* kIsRequestAhead = "SELECT 1 FROM incoming_request WHERE id > ?1 LIMIT 1";

// The first attempt is due at once, so these wait only for a moment that will not come for long.
constexpr const char* kRecallMoved = R"(
  UPDATE endpoint_counter
     SET recalls = recalls + 1
   WHERE endpoint_id IN (SELECT endpoint_id FROM queue INDEXED BY queue_by_event
                          WHERE event_id >= ?1 AND attempt = 0 AND due_at > ?2))";
constexpr const char* kMakeDue = R"(
  UPDATE queue INDEXED BY queue_by_event
     SET due_at = ?2
   WHERE event_id >= ?1 AND attempt = 0 AND due_at > ?2)";

// 0 where there is none.
Result<std::int64_t> newest_before(Connection& connection, const char* sql, EventId end) {
  Query row = connection.query(sql);
  const std::int64_t newest = row.with(end).next() ? row.integer(0) : 0;
  THIG_TRY(row.finish());
  return newest;
}

template <class Id>
Result<bool> finds(Connection& connection, const char* sql, Id id) {
  Query row = connection.query(sql);
  const bool found = row.with(id).next();
  THIG_TRY(row.finish());
  return found;
}

}  // namespace

Result<Numbers> Numbers::at(Connection& connection, Time now) {
  THIG_TRY_ASSIGN(numbering, read_numbering(connection));
  Numbers numbers(connection, numbering, now);
  THIG_TRY(numbers.come_back());
  THIG_TRY_ASSIGN(events, finds(connection, kIsEventAhead, numbers.last_event()));
  THIG_TRY_ASSIGN(requests, finds(connection, kIsRequestAhead, numbers.last_request()));
  numbers.events_ahead_ = events;
  numbers.requests_ahead_ = requests;
  return numbers;
}

Status Numbers::come_back() {
  const EventId too_late = first_event_id_at(now_ + kFarAhead);
  const bool event_ahead = numbering_.last >= too_late;
  const bool request_ahead = numbering_.last_request.value >= too_late.value;
  if (!event_ahead && !request_ahead) return {};
  Query made = connection_.query(kSelectCreated);
  const bool right = made.next() && made.time(0) <= now_;
  THIG_TRY(made.finish());
  if (!right) return {};
  const EventId ahead = first_event_id_at(now_ + Millis{1});
  if (event_ahead) {
    THIG_TRY_ASSIGN(newest, newest_before(connection_, kSelectNewestEvent, ahead));
    numbering_.last = {newest};
    THIG_TRY(connection_.query(kRecallMoved).run(ahead, now_));
    THIG_TRY(connection_.query(kMakeDue).run(ahead, now_));
  }
  if (request_ahead) {
    THIG_TRY_ASSIGN(newest, newest_before(connection_, kSelectNewestRequest, ahead));
    numbering_.last_request = {newest};
  }
  return {};
}

Result<EventId> Numbers::next_event() {
  for (;;) {
    numbering_.last = next_event_id(numbering_.last, now_, numbering_.origin);
    if (!events_ahead_) return numbering_.last;
    THIG_TRY_ASSIGN(taken, finds(connection_, kIsEventTaken, numbering_.last));
    if (!taken) return numbering_.last;
  }
}

Result<RequestId> Numbers::next_request() {
  for (;;) {
    numbering_.last_request = next_request_id(numbering_.last_request, now_, numbering_.origin);
    if (!requests_ahead_) return numbering_.last_request;
    THIG_TRY_ASSIGN(taken, finds(connection_, kIsRequestTaken, numbering_.last_request));
    if (!taken) return numbering_.last_request;
  }
}

}  // namespace thig::sqlite
