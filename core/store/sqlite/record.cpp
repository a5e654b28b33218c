#include "core/store/sqlite/record.h"

#include "core/model/delivery.h"
#include "core/store/recording.h"
#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/numbering.h"

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
    const Event recorded = event_as_recorded(id, event, now_);
    THIG_TRY(insert_event_.run(id, recorded.type, Blob{recorded.body}));
    const Time due_at = first_due(id, now_);
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
  AddedByEndpoint added = count_added(events);
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
    AddedByEndpoint not_added = count_added(events.subspan(ids.size()));
    THIG_TRY(count_new(connection, not_added, Sign::minus));
  }
  THIG_TRY(write_last_event_id(connection, numbers.last_event()));
  return ids;
}

}  // namespace thig::sqlite
