#include "core/store/sqlite/delivery_list.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include <fmt/format.h>

namespace thig::sqlite {

namespace {

// Of one table each, in the order of the list; what belongs to a row that is shown is looked up. A
// search for a type has to know it of every row: it comes along.
constexpr const char* kPending = R"(
  SELECT event_id, endpoint_id, 0, attempt, due_at, {type}
    FROM queue {index} {join}
   WHERE {conditions}
   ORDER BY event_id DESC, endpoint_id
   LIMIT {limit})";

constexpr const char* kEnded = R"(
  SELECT event_id, endpoint_id, state, attempts, finished_at, {type},
         started_at, duration, status, error, answer, answer_headers
    FROM delivery {index} {join}
   WHERE {conditions}
   ORDER BY event_id DESC, endpoint_id
   LIMIT {limit})";

// Left to itself the planner prefers the primary key, and so all pending rows of the webhook.
constexpr const char* kByEvent = "INDEXED BY queue_by_event";

constexpr const char* kJoin = "CROSS JOIN event ON event.id = event_id";

constexpr const char* kSelectType = "SELECT type FROM event WHERE id = ?1";
constexpr const char* kSelectName = "SELECT name FROM endpoint WHERE id = ?1";
constexpr const char* kSelectAttempt = R"(
  SELECT started_at, duration, status, error, answer, answer_headers
    FROM attempt
   WHERE event_id = ?1 AND endpoint_id = ?2 AND number = ?3)";

// The plus signs keep the planner from collecting all rows of a webhook to sort them, rather than
// walking along in the order of the list.
constexpr const char* kExists = "+endpoint_id IN (SELECT endpoint_id FROM endpoint_counter)";
constexpr const char* kWalking = "+endpoint_id = ";
constexpr const char* kSeeking = "endpoint_id = ";

// The queue has no index by webhook and event, as it would cost every delivery. Few rows of a
// webhook are sorted; if it has many, some of them are found soon among all.
constexpr const char* kListPending = "SELECT pending FROM endpoint_counter WHERE endpoint_id = ?1";
constexpr std::int64_t kFew = 2'000;

constexpr std::size_t kMostRows = 1'000'000;

// The number of `delivered` is part of the schema: partial indexes leave those rows out.
static_assert(static_cast<int>(DeliveryState::pending) == 0);
static_assert(static_cast<int>(DeliveryState::delivered) == 1);

constexpr DeliveryState kEndedStates[] = {DeliveryState::delivered, DeliveryState::dead,
                                          DeliveryState::missed, DeliveryState::cancelled,
                                          DeliveryState::test};

// The order of lists: newest event first, then by webhook.
bool comes_first(const DeliveryId& a, const DeliveryId& b) {
  return std::tie(b.event, a.endpoint) < std::tie(a.event, b.endpoint);
}

// What one walk has found, and the last row it looked at if there were more than it may look at.
struct Stretch {
  std::vector<Delivery> found;
  std::optional<DeliveryId> left_off;
};

class Search {
 public:
  Search(Connection& connection, const DeliveryFilter& filter)
      : connection_(connection), filter_(filter) {}

  Result<DeliveryPage> run();

 private:
  bool selective() const { return !filter_.type.empty() || !filter_.outcomes.empty(); }
  bool wanted(DeliveryState state) const;
  bool outcome_wanted(const std::optional<Attempt>& last) const;
  bool type_wanted(Query& row) const;
  Result<std::string> of_endpoint() const;
  std::string of_any_endpoint() const;
  std::string conditions(const std::string& of_endpoint) const;
  Status walk_pending();
  Status walk_ended(std::optional<DeliveryState> state);
  Status walk(const char* sql, const char* index, const std::string& conditions);
  Result<std::optional<Delivery>> examine(Query& row);
  Result<bool> complete(Delivery& delivery);
  Result<const std::string*> type_of(EventId event);
  Result<std::optional<Attempt>> last_attempt(const Delivery& delivery) const;
  DeliveryPage merge();

  Connection& connection_;
  const DeliveryFilter& filter_;
  std::vector<Stretch> stretches_;
  // Rows of one event follow each other.
  std::optional<EventId> event_;
  std::optional<std::string> type_;  // nothing if there is no such event
};

Result<DeliveryPage> Search::run() {
  if (wanted(DeliveryState::pending)) THIG_TRY(walk_pending());
  if (std::ranges::all_of(kEndedStates, [&](DeliveryState state) { return wanted(state); })) {
    THIG_TRY(walk_ended(std::nullopt));
    return merge();
  }
  for (const DeliveryState state : kEndedStates) {
    if (wanted(state)) THIG_TRY(walk_ended(state));
  }
  return merge();
}

// What was delivered ended with a 2xx, and only that; what was missed was never tried. So most
// searches for an outcome pass over what did well without looking at it.
bool Search::wanted(DeliveryState state) const {
  const auto& states = filter_.states;
  if (!states.empty() && std::ranges::find(states, state) == states.end()) return false;
  if (filter_.outcomes.empty() || state == DeliveryState::test) return true;
  const auto is_success = [](const std::string& outcome) { return outcome.starts_with('2'); };
  if (state == DeliveryState::missed) return false;
  return state == DeliveryState::delivered ? std::ranges::any_of(filter_.outcomes, is_success)
                                           : !std::ranges::all_of(filter_.outcomes, is_success);
}

bool Search::outcome_wanted(const std::optional<Attempt>& last) const {
  if (filter_.outcomes.empty()) return true;
  if (!last) return false;
  const std::string outcome = outcome_of(*last);
  return std::ranges::any_of(filter_.outcomes, [&](const std::string& wanted) {
    return matches_outcome(wanted, outcome);
  });
}

// Only numbers go into the text, so that the planner sees which index a page can be cut from. Of
// one event no range is to be walked, which the plus signs say.
std::string Search::conditions(const std::string& of_endpoint) const {
  std::string all = of_endpoint;
  const char* event_id = filter_.event ? "+event_id" : "event_id";
  if (filter_.event) all += fmt::format(" AND event_id = {}", filter_.event->value);
  if (filter_.since) {
    all += fmt::format(" AND {} >= {}", event_id, first_event_id_at(*filter_.since).value);
  }
  if (filter_.until) {
    all += fmt::format(" AND {} < {}", event_id, first_event_id_at(*filter_.until).value);
  }
  if (filter_.before) {
    all += fmt::format(" AND {0} <= {1} AND ({0} < {1} OR endpoint_id > {2})", event_id,
                       filter_.before->event.value, filter_.before->endpoint.value);
  }
  return all;
}

// What is left of removed webhooks must not use up a page. A search sees to it when it has found
// something, as most of its rows are passed over for other reasons.
std::string Search::of_any_endpoint() const {
  return selective() ? "1" : kExists;
}

// How the queue's rows of the webhook are found.
Result<std::string> Search::of_endpoint() const {
  if (!filter_.endpoint) return of_any_endpoint();
  bool few = true;
  if (!filter_.event) {
    Query row = connection_.query(kListPending);
    few = !row.with(*filter_.endpoint).next() || row.integer(0) <= kFew;
    THIG_TRY(row.finish());
  }
  return (few ? kSeeking : kWalking) + std::to_string(filter_.endpoint->value);
}

Status Search::walk_pending() {
  THIG_TRY_ASSIGN(rows, of_endpoint());
  return walk(kPending, filter_.event ? kByEvent : "", conditions(rows));
}

Status Search::walk_ended(std::optional<DeliveryState> state) {
  std::string where = conditions(
      filter_.endpoint ? kSeeking + std::to_string(filter_.endpoint->value) : of_any_endpoint());
  if (state) where += fmt::format(" AND state = {}", static_cast<int>(*state));
  // The planner does not conclude this by itself, and so would not use the partial indexes.
  if (state && *state != DeliveryState::delivered) where += " AND state <> 1";
  return walk(kEnded, "", where);
}

Status Search::walk(const char* sql, const char* index, const std::string& conditions) {
  const std::size_t limit = selective() ? filter_.most_rows + 1 : filter_.limit;
  const bool of_type = !filter_.type.empty();
  Query row = connection_.query_once(fmt::format(
      fmt::runtime(sql), fmt::arg("type", of_type ? "event.type" : "NULL"),
      fmt::arg("index", index), fmt::arg("join", of_type ? kJoin : ""),
      fmt::arg("conditions", conditions), fmt::arg("limit", std::min(limit, kMostRows))));
  Stretch& stretch = stretches_.emplace_back();
  std::optional<DeliveryId> last;
  for (std::size_t rows = 0; stretch.found.size() < filter_.limit && row.next(); ++rows) {
    if (selective() && rows == filter_.most_rows) {
      stretch.left_off = last;
      break;
    }
    last = DeliveryId{row.event_id(0), row.endpoint_id(1)};
    THIG_TRY_ASSIGN(delivery, examine(row));
    if (delivery) stretch.found.push_back(std::move(*delivery));
  }
  return row.finish();
}

// The delivery of a row, if it is one that is searched for.
Result<std::optional<Delivery>> Search::examine(Query& row) {
  if (!type_wanted(row)) return std::nullopt;
  Delivery delivery;
  delivery.id = {row.event_id(0), row.endpoint_id(1)};
  delivery.state = row.one_of(2, DeliveryState::test);
  delivery.attempts = row.attempts(3);
  const bool pending = delivery.state == DeliveryState::pending;
  (pending ? delivery.due_at : delivery.finished_at) = row.optional_time(4);
  if (pending) {
    THIG_TRY_ASSIGN(last, last_attempt(delivery));
    delivery.last = std::move(last);
  } else {
    delivery.last = read_attempt(row, 6, delivery.attempts);
  }
  if (!row.sound() || !outcome_wanted(delivery.last)) return std::nullopt;
  THIG_TRY_ASSIGN(whole, complete(delivery));
  if (!whole) return std::nullopt;
  return delivery;
}

bool Search::type_wanted(Query& row) const {
  return filter_.type.empty() || matches(filter_.type, row.text(5));
}

Result<std::optional<Attempt>> Search::last_attempt(const Delivery& delivery) const {
  if (delivery.attempts == 0) return std::nullopt;
  Query row = connection_.query(kSelectAttempt);
  std::optional<Attempt> attempt;
  if (row.with(delivery.id.event, delivery.id.endpoint, delivery.attempts).next()) {
    attempt = read_attempt(row, 0, delivery.attempts);
  }
  THIG_TRY(row.finish());
  return attempt;
}

// False for what is left of a removed webhook.
Result<bool> Search::complete(Delivery& delivery) {
  Query name = connection_.query(kSelectName);
  const bool has_endpoint = name.with(delivery.id.endpoint).next();
  if (has_endpoint) delivery.endpoint_name = name.text(0);
  THIG_TRY(name.finish());
  THIG_TRY_ASSIGN(type, type_of(delivery.id.event));
  if (type != nullptr) delivery.event_type = *type;
  return has_endpoint && type != nullptr;
}

// Null if there is no such event.
Result<const std::string*> Search::type_of(EventId event) {
  if (event_ != event) {
    type_.reset();
    Query row = connection_.query(kSelectType);
    if (row.with(event).next()) type_ = row.text(0);
    THIG_TRY(row.finish());
    event_ = event;
  }
  return type_ ? &*type_ : nullptr;
}

// Up to where every walk has come.
DeliveryPage Search::merge() {
  DeliveryPage page;
  for (Stretch& stretch : stretches_) {
    std::ranges::move(stretch.found, std::back_inserter(page.deliveries));
    const auto& end = stretch.left_off;
    if (end && (!page.searched_to || comes_first(*end, *page.searched_to))) page.searched_to = end;
  }
  auto& all = page.deliveries;
  std::ranges::sort(all, comes_first, &Delivery::id);
  if (page.searched_to) {
    all.erase(std::ranges::upper_bound(all, *page.searched_to, comes_first, &Delivery::id),
              all.end());
  }
  if (all.size() >= filter_.limit) {
    all.resize(filter_.limit);
    page.searched_to.reset();
  }
  return page;
}

}  // namespace

Result<DeliveryPage> search_deliveries(Connection& connection, const DeliveryFilter& filter) {
  if (filter.limit == 0) return DeliveryPage{};
  return Search(connection, filter).run();
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
  if (!row.is_null(column + 5)) attempt.answer_headers = row.text(column + 5);
  return attempt;
}

}  // namespace thig::sqlite
