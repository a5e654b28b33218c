#include "core/store/sqlite/record.h"

#include "core/model/delivery.h"
#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/numbering.h"

#include <algorithm>
#include <unordered_map>

namespace thig::sqlite {

namespace {

constexpr const char* kInsertEvent = "INSERT INTO event (id, type, body) VALUES (?1, ?2, ?3)";

constexpr const char* kInsertQueued =
    "INSERT INTO queue (endpoint_id, due_at, event_id, attempt) VALUES (?1, ?2, ?3, 0)";

constexpr const char* kInsertMissed = R"(
  INSERT INTO delivery (event_id, endpoint_id, state, finished_at, attempts)
  VALUES (?1, ?2, ?3, ?4, 0))";

constexpr const char* kCountNew = R"(
  UPDATE endpoint_counter
     SET pending = pending + ?2,
         missed  = missed + ?3
   WHERE endpoint_id = ?1)";

struct Added {
  std::int64_t queued = 0;
  std::int64_t missed = 0;
  bool gone = false;
};
using AddedByEndpoint = std::unordered_map<EndpointId, Added>;

AddedByEndpoint add_up(std::span<const NewEvent> events) {
  AddedByEndpoint added;
  for (const NewEvent& event : events) {
    for (const EndpointId endpoint : event.queue) ++added[endpoint].queued;
    for (const EndpointId endpoint : event.missed) ++added[endpoint].missed;
  }
  return added;
}

// With their queue and missed rows, as many as a transaction takes; at least one.
std::span<const NewEvent> first_of(std::span<const NewEvent> events, std::size_t most_rows) {
  std::size_t taken = 0;
  for (std::size_t rows = 0; taken < events.size() && (taken == 0 || rows < most_rows); ++taken) {
    rows += 1 + events[taken].queue.size() + events[taken].missed.size();
  }
  return events.first(taken);
}

enum class Sign { plus = 1, minus = -1 };

// Counting first shows at the same time which webhooks exist. True if all do.
Result<bool> count_new(Connection& connection, AddedByEndpoint& added, Sign sign = Sign::plus) {
  bool all = true;
  const auto by = static_cast<std::int64_t>(sign);
  Query update = connection.query(kCountNew);
  for (auto& [endpoint, rows] : added) {
    THIG_TRY(update.run(endpoint, by * rows.queued, by * rows.missed));
    rows.gone = connection.changes() == 0;
    all = all && !rows.gone;
  }
  return all;
}

class Recorder {
 public:
  Recorder(Connection& connection, const AddedByEndpoint& added, bool all_exist, Time now)
      : connection_(connection),
        insert_event_(connection.query(kInsertEvent)),
        insert_queued_(connection.query(kInsertQueued)),
        insert_missed_(connection.query(kInsertMissed)),
        added_(added),
        all_exist_(all_exist),
        now_(now) {}

  Status record(const NewEvent& event, EventId id) {
    const std::string body = event_body(id, event.type, now_, event.data);
    THIG_TRY(insert_event_.run(id, event.type, Blob{body}));
    // Not before the time in the id: a clock that has gone back must not reorder the lane.
    const Time due_at = std::max(now_, time_of(id));
    for (const EndpointId endpoint : event.queue) {
      if (!exists(endpoint)) continue;
      THIG_TRY(insert_queued_.run(endpoint, due_at, id));
      connection_.change_is_news();
    }
    for (const EndpointId endpoint : event.missed) {
      if (exists(endpoint)) {
        THIG_TRY(insert_missed_.run(id, endpoint, DeliveryState::missed, now_));
      }
    }
    return {};
  }

 private:
  bool exists(EndpointId endpoint) const { return all_exist_ || !added_.at(endpoint).gone; }

  Connection& connection_;
  Query insert_event_;
  Query insert_queued_;
  Query insert_missed_;
  const AddedByEndpoint& added_;
  bool all_exist_;
  Time now_;
};

}  // namespace

Result<std::vector<EventId>> record_events(Connection& connection, std::span<const NewEvent> events,
                                           Time now, const Transaction* bound) {
  std::vector<EventId> ids;
  if (events.empty()) return ids;
  if (bound != nullptr) events = first_of(events, connection.options().bounds.rows);
  THIG_TRY_ASSIGN(numbers, Numbers::at(connection, now));
  AddedByEndpoint added = add_up(events);
  THIG_TRY_ASSIGN(all_exist, count_new(connection, added));

  ids.reserve(events.size());
  Recorder recorder(connection, added, all_exist, now);
  for (const NewEvent& event : events) {
    if (bound != nullptr && !ids.empty() && !bound->takes_more()) break;
    THIG_TRY_ASSIGN(id, numbers.next_event());
    THIG_TRY(recorder.record(event, id));
    ids.push_back(id);
  }
  if (ids.size() < events.size()) {
    AddedByEndpoint not_added = add_up(events.subspan(ids.size()));
    THIG_TRY(count_new(connection, not_added, Sign::minus));
  }
  THIG_TRY(write_last_event_id(connection, numbers.last_event()));
  return ids;
}

}  // namespace thig::sqlite
