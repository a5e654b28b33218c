#include "core/store/sqlite/history.h"

#include "core/store/refusals.h"
#include "core/store/sqlite/delivery_list.h"
#include "core/store/sqlite/transaction.h"

namespace thig::sqlite {

namespace {

constexpr const char* kSelectEvent = "SELECT type, body FROM event WHERE id = ?1";

// The type stands before the body, of which nothing is read.
constexpr const char* kSelectRecentTypes = R"(
  SELECT id, type
    FROM event
   WHERE id >= ?1
   ORDER BY id DESC
   LIMIT ?2)";

constexpr const char* kSelectAttemptsOfOne = R"(
  SELECT number, started_at, duration, status, error, answer, answer_headers
    FROM attempt
   WHERE event_id = ?1 AND endpoint_id = ?2
   ORDER BY number)";

Result<std::vector<Attempt>> select_attempts(Connection& connection, DeliveryId id) {
  std::vector<Attempt> attempts;
  Query row = connection.query(kSelectAttemptsOfOne);
  row.with(id.event, id.endpoint);
  while (row.next()) {
    const int number = row.small(0, 1, most_attempts);
    if (auto attempt = read_attempt(row, 1, number)) attempts.push_back(std::move(*attempt));
  }
  THIG_TRY(row.finish());
  return attempts;
}

}  // namespace

Result<DeliveryPage> History::search(const DeliveryFilter& filter) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  return search_deliveries(connection_, filter);
}

Result<Timeline> History::timeline(DeliveryId id) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  DeliveryFilter filter;
  filter.endpoint = id.endpoint;
  filter.event = id.event;
  filter.limit = 1;
  THIG_TRY_ASSIGN(found, search_deliveries(connection_, filter));
  if (found.deliveries.empty()) return no_delivery(id);
  Timeline timeline;
  timeline.delivery = std::move(found.deliveries.front());
  THIG_TRY_ASSIGN(attempts, select_attempts(connection_, id));
  timeline.attempts = std::move(attempts);
  // The last attempt of what has ended is kept with the delivery itself.
  const auto& last = timeline.delivery.last;
  if (last && timeline.delivery.state != DeliveryState::pending) timeline.attempts.push_back(*last);
  THIG_TRY_ASSIGN(of, event(id.event));
  timeline.body = std::move(of.body);
  return timeline;
}

Result<Event> History::event(EventId id) {
  Event event;
  Query row = connection_.query(kSelectEvent);
  row.with(id);
  const bool found = row.next();
  if (found) event = {id, row.text(0), row.blob(1)};
  THIG_TRY(row.finish());
  if (!found) return no_event(id);
  return event;
}

Result<RecentEvents> History::recent_events(Time since, std::size_t most_events) {
  RecentEvents recent;
  std::size_t counted = 0;
  EventId oldest;
  Query row = connection_.query(kSelectRecentTypes);
  row.with(first_event_id_at(since), most_events + 1);
  while (row.next()) {
    if (counted == most_events) {  // one more than is counted
      recent.counted_to = oldest;
      break;
    }
    oldest = row.event_id(0);
    ++recent.by_type[row.text(1)];
    ++counted;
  }
  THIG_TRY(row.finish());
  return recent;
}

}  // namespace thig::sqlite
