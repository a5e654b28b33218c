#include "core/store/sqlite/recovery.h"

#include "core/store/refusals.h"
#include "core/store/sqlite/dispatcher_time.h"
#include "core/store/sqlite/endpoint_row.h"
#include "core/store/sqlite/requeue.h"
#include "core/store/sqlite/transaction.h"

#include <functional>
#include <limits>

namespace thig::sqlite {

namespace {

// Both states in the order of their events, each along its index, after a delivery of the first of
// them. A body that is gone could not be sent, and so its delivery is none to be made again.
#define THIG_ENDED_IN(state, wanted, columns, index, whose)                                 \
  "SELECT * FROM (SELECT d.event_id, d.endpoint_id, d.state, e.type" columns                \
  "  FROM delivery d INDEXED BY " index                                                     \
  " CROSS JOIN event e ON e.id = d.event_id"                                                \
  " WHERE d.state = " state " AND d.state <> 1 AND " wanted " AND " whose                   \
  "   AND d.event_id >= ?1 AND d.event_id < ?2 AND (d.event_id > ?1 OR d.endpoint_id < ?3)" \
  " ORDER BY d.event_id, d.endpoint_id DESC LIMIT ?4)"
#define THIG_ENDED(columns, index, whose)         \
  THIG_ENDED_IN("2", "?5", columns, index, whose) \
  " UNION ALL " THIG_ENDED_IN("3", "?6", columns, index, whose) " ORDER BY 1, 2 DESC LIMIT ?4"
#define THIG_ENDED_OF_ONE(columns) \
  THIG_ENDED(columns, "delivery_by_endpoint_state", "d.endpoint_id = ?7")
// All webhooks' stand in the history by their events, so those that are moved together stand
// together. Those of a removed one are passed over.
#define THIG_ENDED_OF_ALL(columns)         \
  THIG_ENDED(columns, "delivery_by_state", \
             "EXISTS (SELECT 1 FROM endpoint_counter WHERE endpoint_id = d.endpoint_id)")

// What is counted is found in the indexes alone.
constexpr const char* kSelectEndedOfOne = THIG_ENDED_OF_ONE("");
constexpr const char* kSelectEndedOfAll = THIG_ENDED_OF_ALL("");
constexpr const char* kSelectRequeuedOfOne = THIG_ENDED_OF_ONE(", d.attempts");
constexpr const char* kSelectRequeuedOfAll = THIG_ENDED_OF_ALL(", d.attempts");

#undef THIG_ENDED_OF_ALL
#undef THIG_ENDED_OF_ONE
#undef THIG_ENDED
#undef THIG_ENDED_IN

static_assert(static_cast<int>(DeliveryState::dead) == 2);
static_assert(static_cast<int>(DeliveryState::missed) == 3);

// In two seeks, as the dispatcher reads them (queue.cpp).
constexpr const char* kSelectPendingAtMoment = R"(
  SELECT q.event_id, q.attempt, q.due_at, coalesce(e.type, '')
    FROM queue q LEFT JOIN event e ON e.id = q.event_id
   WHERE q.endpoint_id = ?1 AND q.due_at = ?2 AND q.event_id > ?3
   ORDER BY q.event_id
   LIMIT ?4)";

constexpr const char* kSelectLater = R"(
  SELECT q.event_id, q.attempt, q.due_at, coalesce(e.type, '')
    FROM queue q LEFT JOIN event e ON e.id = q.event_id
   WHERE q.endpoint_id = ?1 AND q.due_at > ?2
   ORDER BY q.due_at, q.event_id
   LIMIT ?3)";

constexpr const char* kSelectEvents = R"(
  SELECT id, type
    FROM event
   WHERE id >= ?1 AND id < ?2 AND id > ?3
   ORDER BY id
   LIMIT ?4)";

constexpr const char* kIsSent = R"(
  SELECT EXISTS (SELECT 1 FROM queue INDEXED BY queue_by_event
                  WHERE event_id = ?1 AND endpoint_id = ?2)
      OR EXISTS (SELECT 1 FROM delivery WHERE event_id = ?1 AND endpoint_id = ?2))";

// State 5 is a test's: its event was made for one webhook alone.
constexpr const char* kIsTest = R"(
  SELECT EXISTS (SELECT 1 FROM delivery INDEXED BY delivery_by_state
                  WHERE state = 5 AND state <> 1 AND event_id = ?1))";

constexpr const char* kSelectBody = "SELECT body FROM event WHERE id = ?1";

constexpr const char* kInsertUnsent = R"(
  INSERT INTO delivery (event_id, endpoint_id, state, finished_at, attempts)
  VALUES (?1, ?2, 3, ?3, 0))";

constexpr const char* kCountMissed =
    "UPDATE endpoint_counter SET missed = missed + ?2 WHERE endpoint_id = ?1";

static_assert(static_cast<int>(DeliveryState::test) == 5);

constexpr EndpointId kAboveAnyEndpoint{std::numeric_limits<std::int64_t>::max()};
// Of bodies that are read in one part.
constexpr std::size_t kMostBodiesRead = 8u << 20;
const Time kBeforeAnyRow = time_from_millis(std::numeric_limits<long long>::min());

// All of them as they are; `not_found` if there are some that are not there.
Result<std::vector<KeptDelivery>> find_named(Connection& connection,
                                             std::span<const DeliveryId> ids) {
  std::vector<KeptDelivery> found;
  std::vector<DeliveryId> unknown;
  for (const DeliveryId& id : ids) {
    THIG_TRY_ASSIGN(one, find_delivery(connection, id));
    if (one) {
      found.push_back(std::move(*one));
    } else {
      unknown.push_back(id);
    }
  }
  THIG_TRY(check_all_found(unknown));
  return found;
}

enum class EndedColumns { counted, requeued };

Result<std::vector<KeptDelivery>> select_ended(Connection& connection, const EndedRange& range,
                                               std::size_t limit, EndedColumns columns) {
  const bool requeued = columns == EndedColumns::requeued;
  const char* of_one = requeued ? kSelectRequeuedOfOne : kSelectEndedOfOne;
  const char* of_all = requeued ? kSelectRequeuedOfAll : kSelectEndedOfAll;
  std::vector<KeptDelivery> rows;
  Query row = connection.query(range.endpoint ? of_one : of_all);
  const EventId first = range.after ? range.after->event : range.events.first;
  const EndpointId below = range.after ? range.after->endpoint : kAboveAnyEndpoint;
  if (range.endpoint) {
    row.with(first, range.events.end, below, limit, range.dead, range.missed, *range.endpoint);
  } else {
    row.with(first, range.events.end, below, limit, range.dead, range.missed);
  }
  while (row.next()) {
    rows.push_back({.id = {row.event_id(0), row.endpoint_id(1)},
                    .state = row.one_of(2, DeliveryState::test),
                    .attempts = requeued ? row.attempts(4) : 0,
                    .due_at = {},
                    .event_type = row.text(3)});
  }
  THIG_TRY(row.finish());
  return rows;
}

Status read_pending_rows(Query& row, EndpointId endpoint, std::vector<KeptDelivery>& into) {
  while (row.next()) {
    into.push_back({.id = {row.event_id(0), endpoint},
                    .state = DeliveryState::pending,
                    .attempts = row.attempts(1),
                    .due_at = row.time(2),
                    .event_type = row.text(3)});
  }
  return row.finish();
}

Result<std::vector<KeptDelivery>> select_pending(Connection& connection, const PendingRange& range,
                                                 std::size_t limit) {
  std::vector<KeptDelivery> rows;
  if (range.after) {
    Query same = connection.query(kSelectPendingAtMoment);
    same.with(range.endpoint, range.after->due_at, range.after->event, limit);
    THIG_TRY(read_pending_rows(same, range.endpoint, rows));
  }
  if (rows.size() < limit) {
    Query later = connection.query(kSelectLater);
    later.with(range.endpoint, range.after ? range.after->due_at : kBeforeAnyRow,
               limit - rows.size());
    THIG_TRY(read_pending_rows(later, range.endpoint, rows));
  }
  return rows;
}

// Empty if it is gone.
Result<std::string> body_of(Connection& connection, EventId event) {
  Query row = connection.query(kSelectBody);
  std::string body = row.with(event).next() ? row.blob(0) : std::string();
  THIG_TRY(row.finish());
  return body;
}

// Goes through the events of a part; `take` is called with those that are wanted and unsent.
// `goes_on` is asked after each of them, and after each body that was read in vain, too. Answers
// the last event that was looked at, if there may be others.
Result<std::optional<EventId>> visit_unsent(
    Connection& connection, const UnsentRange& range, std::size_t limit,
    const std::function<Status(EventId, const std::string& type)>& take,
    const std::function<bool()>& goes_on) {
  struct Row {
    EventId id;
    std::string type;
  };
  std::vector<Row> events;
  Query select = connection.query(kSelectEvents);
  select.with(range.events.first, range.events.end, range.after.value_or(EventId{0}), limit);
  while (select.next()) events.push_back({select.event_id(0), std::string(select.text(1))});
  THIG_TRY(select.finish());
  std::size_t body_bytes = 0;
  for (const Row& event : events) {
    if (!range.wanted(event.type)) continue;
    Query is_sent = connection.query(kIsSent);
    const bool sent = is_sent.with(event.id, range.endpoint).next() && is_sent.flag(0);
    THIG_TRY(is_sent.finish());
    if (sent) continue;
    Query is_test = connection.query(kIsTest);
    const bool test = is_test.with(event.id).next() && is_test.flag(0);
    THIG_TRY(is_test.finish());
    if (test) continue;
    bool wanted = true;
    if (range.wanted_body) {
      THIG_TRY_ASSIGN(body, body_of(connection, event.id));
      body_bytes += body.size();
      wanted = range.wanted_body(body);
    }
    if (wanted) THIG_TRY(take(event.id, event.type));
    const bool more = body_bytes < kMostBodiesRead && goes_on();
    if (!more && event.id != events.back().id) return event.id;
  }
  if (events.size() < limit) return std::nullopt;
  return events.back().id;
}

KeptDelivery unsent(EventId event, EndpointId endpoint, const std::string& type) {
  return {.id = {event, endpoint}, .state = DeliveryState::missed, .event_type = type};
}

}  // namespace

Result<std::vector<Retried>> Recovery::retry(std::span<const DeliveryId> ids, Time due_at) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY_ASSIGN(found, find_named(connection_, ids));
  THIG_TRY(check_no_test(found));
  THIG_TRY(keep_dispatcher_time(connection_, due_at));
  std::vector<Retried> retried;
  Requeue requeue(connection_);
  for (const KeptDelivery& one : found) {
    if (!retried.empty() && !transaction.takes_more(retried.size())) break;
    const bool pending = one.state == DeliveryState::pending;
    const bool due_already = pending && one.due_at <= due_at;
    if (!due_already) {
      THIG_TRY(pending ? requeue.bring_forward(one, due_at) : requeue.queue_again(one, due_at));
    }
    retried.push_back({.id = one.id, .was = one.state, .due_already = due_already});
  }
  THIG_TRY(requeue.count());
  THIG_TRY(transaction.commit());
  return retried;
}

Result<CancelledPart> Recovery::cancel(std::span<const DeliveryId> ids, Time now, Unfit unfit) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  if (unfit == Unfit::refuse) {
    THIG_TRY_ASSIGN(named, find_named(connection_, ids));
    THIG_TRY(check_all_pending(named));
  }
  CancelledPart part;
  Requeue requeue(connection_);
  for (const DeliveryId& id : ids) {
    if (part.looked_at > 0 && !transaction.takes_more(part.looked_at)) break;
    ++part.looked_at;
    THIG_TRY_ASSIGN(found, find_delivery(connection_, id));
    if (!found || found->state != DeliveryState::pending) continue;
    THIG_TRY(requeue.take_out(*found, now));
    ++part.cancelled;
  }
  THIG_TRY(requeue.count());
  THIG_TRY(transaction.commit());
  return part;
}

Result<EndedPart> Recovery::count_ended(const EndedRange& range, std::size_t limit) {
  THIG_TRY_ASSIGN(rows, select_ended(connection_, range, limit, EndedColumns::counted));
  return ended_part_of(rows, limit);
}

Result<EndedPart> Recovery::requeue_ended(const EndedRange& range, std::size_t limit, Time now,
                                          const DueTimes& due) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(keep_dispatcher_time(connection_, now));
  if (range.endpoint) {
    THIG_TRY_ASSIGN(exists, endpoint_exists(connection_, *range.endpoint));
    if (!exists) return no_webhook(to_text(*range.endpoint));
  }
  THIG_TRY_ASSIGN(rows, select_ended(connection_, range, limit, EndedColumns::requeued));
  Requeue requeue(connection_);
  std::size_t done = 0;
  while (done < rows.size() && (done == 0 || transaction.takes_more(done))) {
    THIG_TRY(requeue.queue_again(rows[done], due(rows[done].id.endpoint)));
    ++done;
  }
  THIG_TRY(requeue.count());
  THIG_TRY(transaction.commit());
  const bool cut = done < rows.size();
  rows.resize(done);
  return ended_part_of(rows, cut ? done : limit);
}

Result<PendingPart> Recovery::count_pending(const PendingRange& range, std::size_t limit) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  THIG_TRY_ASSIGN(rows, select_pending(connection_, range, limit));
  PendingPart part = pending_part_of(rows, limit);
  for (const KeptDelivery& row : rows) {
    if (is_within(range.events, row.id.event)) count_kept(part.counts, row);
  }
  return part;
}

Result<PendingPart> Recovery::cancel_pending(const PendingRange& range, std::size_t limit,
                                             Time now) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY_ASSIGN(exists, endpoint_exists(connection_, range.endpoint));
  if (!exists) return no_webhook(to_text(range.endpoint));
  THIG_TRY_ASSIGN(rows, select_pending(connection_, range, limit));
  PendingPart part = pending_part_of(rows, limit);
  Requeue requeue(connection_);
  std::size_t taken = 0;
  for (const KeptDelivery& row : rows) {
    if (!is_within(range.events, row.id.event)) continue;
    THIG_TRY(requeue.take_out(row, now));
    count_kept(part.counts, row);
    if (transaction.takes_more(++taken) || &row == &rows.back()) continue;
    part.rest = LaneCursor{.due_at = row.due_at, .event = row.id.event};
    break;
  }
  THIG_TRY(requeue.count());
  THIG_TRY(transaction.commit());
  return part;
}

Result<UnsentPart> Recovery::count_unsent(const UnsentRange& range, std::size_t limit) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  UnsentPart part;
  const auto take = [&](EventId event, const std::string& type) -> Status {
    count_kept(part.counts, unsent(event, range.endpoint, type));
    return {};
  };
  THIG_TRY_ASSIGN(rest, visit_unsent(connection_, range, limit, take, [] { return true; }));
  part.rest = rest;
  return part;
}

Result<UnsentPart> Recovery::record_unsent(const UnsentRange& range, std::size_t limit, Time now) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY_ASSIGN(exists, endpoint_exists(connection_, range.endpoint));
  if (!exists) return no_webhook(to_text(range.endpoint));
  UnsentPart part;
  std::size_t recorded = 0;
  const auto take = [&](EventId event, const std::string& type) -> Status {
    THIG_TRY(connection_.query(kInsertUnsent).run(event, range.endpoint, now));
    count_kept(part.counts, unsent(event, range.endpoint, type));
    ++recorded;
    return {};
  };
  const auto goes_on = [&] { return transaction.takes_more(recorded); };
  THIG_TRY_ASSIGN(rest, visit_unsent(connection_, range, limit, take, goes_on));
  part.rest = rest;
  if (recorded > 0) THIG_TRY(connection_.query(kCountMissed).run(range.endpoint, recorded));
  THIG_TRY(transaction.commit());
  return part;
}

}  // namespace thig::sqlite
