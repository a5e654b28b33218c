#include "core/store/sqlite/history.h"

#include "core/store/sqlite/delivery_list.h"
#include "core/store/sqlite/statistics.h"
#include "core/store/sqlite/transaction.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include <fmt/format.h>

namespace thig::sqlite {

namespace {

constexpr const char* kSelectEvent = "SELECT type, body FROM event WHERE id = ?1";

constexpr const char* kSelectAttempts = R"(
  SELECT number, started_at, duration, status, error, answer
    FROM attempt
   WHERE event_id = ?1 AND endpoint_id = ?2
   ORDER BY number)";

constexpr int kMostAttempts = 1'000'000;

// The order of lists: newest event first, then by webhook.
bool comes_first(const Delivery& a, const Delivery& b) {
  return std::tie(b.id.event, a.id.endpoint) < std::tie(a.id.event, b.id.endpoint);
}

Result<std::vector<Attempt>> select_attempts(Connection& connection, DeliveryId id) {
  std::vector<Attempt> attempts;
  Query row = connection.query(kSelectAttempts);
  row.with(id.event, id.endpoint);
  while (row.next()) {
    const int number = row.small(0, 1, kMostAttempts);
    if (auto attempt = read_attempt(row, 1, number)) attempts.push_back(std::move(*attempt));
  }
  THIG_TRY(row.finish());
  return attempts;
}

}  // namespace

Result<std::vector<Delivery>> History::list(const DeliveryFilter& filter) {
  THIG_TRY_ASSIGN(pending, select_pending(connection_, filter));
  THIG_TRY_ASSIGN(ended, select_ended(connection_, filter));
  std::vector<Delivery> all;
  all.reserve(pending.size() + ended.size());
  std::merge(std::move_iterator(pending.begin()), std::move_iterator(pending.end()),
             std::move_iterator(ended.begin()), std::move_iterator(ended.end()),
             std::back_inserter(all), comes_first);
  if (all.size() > filter.limit) all.resize(filter.limit);
  return all;
}

Result<std::vector<Delivery>> History::deliveries(const DeliveryFilter& filter) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  return list(filter);
}

Result<Timeline> History::timeline(DeliveryId id) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  DeliveryFilter filter;
  filter.endpoint = id.endpoint;
  filter.event = id.event;
  filter.limit = 1;
  THIG_TRY_ASSIGN(found, list(filter));
  if (found.empty()) {
    return fail(ErrorCode::not_found, fmt::format("there is no delivery {}", to_text(id)));
  }
  Timeline timeline;
  timeline.delivery = std::move(found.front());
  THIG_TRY_ASSIGN(attempts, select_attempts(connection_, id));
  timeline.attempts = std::move(attempts);
  // The last attempt of what has ended is kept with the delivery itself.
  const auto& last = timeline.delivery.last;
  if (last && timeline.delivery.state != DeliveryState::pending) timeline.attempts.push_back(*last);
  THIG_TRY_ASSIGN(of, event(id.event));
  timeline.body = std::move(of.body);
  return timeline;
}

Result<std::vector<EndpointStats>> History::stats(Time since) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  return select_stats(connection_, since);
}

Result<Event> History::event(EventId id) {
  Event event;
  Query row = connection_.query(kSelectEvent);
  row.with(id);
  const bool found = row.next();
  if (found) event = {id, row.text(0), row.blob(1)};
  THIG_TRY(row.finish());
  if (!found) return fail(ErrorCode::not_found, fmt::format("there is no event {}", to_text(id)));
  return event;
}

}  // namespace thig::sqlite
