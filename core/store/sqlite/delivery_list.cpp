#include "core/store/sqlite/delivery_list.h"

#include <fmt/format.h>

namespace thig::sqlite {

namespace {

// The page is cut from one table first, then joined, so that what is joined is at most a page.
// Joining the endpoint also hides what is left of removed webhooks.
constexpr const char* kPending = R"(
  SELECT page.event_id, page.endpoint_id, n.name, e.type, 0, page.attempt, page.due_at, NULL,
         a.started_at, a.duration, a.status, a.error, a.answer
    FROM (SELECT * FROM queue WHERE {conditions}
           ORDER BY event_id DESC, endpoint_id LIMIT {limit}) page
         CROSS JOIN endpoint n ON n.id = page.endpoint_id
         CROSS JOIN event e ON e.id = page.event_id
         LEFT JOIN attempt a ON a.event_id = page.event_id
                            AND a.endpoint_id = page.endpoint_id
                            AND a.number = page.attempt
   ORDER BY page.event_id DESC, page.endpoint_id)";

constexpr const char* kEnded = R"(
  SELECT page.event_id, page.endpoint_id, n.name, e.type, page.state, page.attempts, NULL,
         page.finished_at, page.started_at, page.duration, page.status, page.error, page.answer
    FROM (SELECT * FROM delivery WHERE {conditions}
           ORDER BY event_id DESC, endpoint_id LIMIT {limit}) page
         CROSS JOIN endpoint n ON n.id = page.endpoint_id
         CROSS JOIN event e ON e.id = page.event_id
   ORDER BY page.event_id DESC, page.endpoint_id)";

// The plus signs keep the planner from collecting all rows of a webhook to sort them, rather than
// walking along in the order of the list.
constexpr const char* kExists = "+endpoint_id IN (SELECT endpoint_id FROM endpoint_counter)";
constexpr const char* kWalking = "+endpoint_id = ";
constexpr const char* kSeeking = "endpoint_id = ";

// The queue has no index by webhook and event, as it would cost every delivery. Few rows of a
// webhook are sorted; if it has many, some of them are found soon among all.
constexpr const char* kSelectPending =
    "SELECT pending FROM endpoint_counter WHERE endpoint_id = ?1";
constexpr std::int64_t kFew = 2'000;

constexpr int kMostAttempts = 1'000'000;

// The number of `delivered` is part of the schema: partial indexes leave those rows out.
static_assert(static_cast<int>(DeliveryState::pending) == 0);
static_assert(static_cast<int>(DeliveryState::delivered) == 1);

// Only numbers go into the text, so that the planner sees which index a page can be cut from.
std::string conditions_of(const DeliveryFilter& filter, const char* of_endpoint) {
  std::string all =
      filter.endpoint ? of_endpoint + std::to_string(filter.endpoint->value) : kExists;
  if (filter.event) all += fmt::format(" AND event_id = {}", filter.event->value);
  if (filter.before) {
    all += fmt::format(" AND event_id <= {0} AND (event_id < {0} OR endpoint_id > {1})",
                       filter.before->event.value, filter.before->endpoint.value);
  }
  return all;
}

std::int64_t limit_of(const DeliveryFilter& filter) {
  constexpr std::size_t most = 1'000'000;
  return static_cast<std::int64_t>(std::min(filter.limit, most));
}

Result<bool> has_few_pending(Connection& connection, EndpointId endpoint) {
  Query row = connection.query(kSelectPending);
  const bool few = !row.with(endpoint).next() || row.integer(0) <= kFew;
  THIG_TRY(row.finish());
  return few;
}

Delivery read_delivery(Query& row) {
  Delivery delivery;
  delivery.id = {row.event_id(0), row.endpoint_id(1)};
  delivery.endpoint_name = row.text(2);
  delivery.event_type = row.text(3);
  delivery.state = row.one_of(4, DeliveryState::test);
  delivery.attempts = row.small(5, 0, kMostAttempts);
  delivery.due_at = row.optional_time(6);
  delivery.finished_at = row.optional_time(7);
  delivery.last = read_attempt(row, 8, delivery.attempts);
  return delivery;
}

Result<std::vector<Delivery>> read_page(Connection& connection, const std::string& sql) {
  std::vector<Delivery> page;
  Query row = connection.query_once(sql);
  while (row.next()) page.push_back(read_delivery(row));
  THIG_TRY(row.finish());
  return page;
}

}  // namespace

Result<std::vector<Delivery>> select_pending(Connection& connection, const DeliveryFilter& filter) {
  if (filter.state && *filter.state != DeliveryState::pending) return std::vector<Delivery>();
  const char* of_endpoint = kSeeking;
  if (filter.endpoint && !filter.event) {
    THIG_TRY_ASSIGN(few, has_few_pending(connection, *filter.endpoint));
    if (!few) of_endpoint = kWalking;
  }
  return read_page(connection,
                   fmt::format(fmt::runtime(kPending),
                               fmt::arg("conditions", conditions_of(filter, of_endpoint)),
                               fmt::arg("limit", limit_of(filter))));
}

Result<std::vector<Delivery>> select_ended(Connection& connection, const DeliveryFilter& filter) {
  if (filter.state == DeliveryState::pending) return std::vector<Delivery>();
  std::string conditions = conditions_of(filter, kSeeking);
  if (filter.state) conditions += fmt::format(" AND state = {}", static_cast<int>(*filter.state));
  // The planner does not conclude this by itself, and so would not use the partial indexes.
  if (filter.state && *filter.state != DeliveryState::delivered) conditions += " AND state <> 1";
  return read_page(connection, fmt::format(fmt::runtime(kEnded), fmt::arg("conditions", conditions),
                                           fmt::arg("limit", limit_of(filter))));
}

std::optional<Attempt> read_attempt(Query& row, int column, int number) {
  if (row.is_null(column)) return std::nullopt;
  Attempt attempt;
  attempt.number = number;
  attempt.started_at = row.time(column);
  attempt.duration = row.millis(column + 1);
  if (!row.is_null(column + 2)) attempt.status = row.small(column + 2, 0, 999);
  attempt.error = row.text(column + 3);
  attempt.answer = row.text(column + 4);
  return attempt;
}

}  // namespace thig::sqlite
