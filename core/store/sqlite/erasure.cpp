#include "core/store/sqlite/erasure.h"

#include "core/model/delivery.h"
#include "core/store/sqlite/history_range.h"
#include "core/store/sqlite/idempotency.h"
#include "core/store/sqlite/pruning.h"
#include "core/store/sqlite/transaction.h"

#include <limits>
#include <map>

namespace thig::sqlite {

namespace {

constexpr const char* kSelectEvents =
    "SELECT id, type, body FROM event WHERE id >= ?1 AND id < ?2 ORDER BY id";
// Without a body there is nothing to search.
constexpr const char* kSelectRequests = R"(
  SELECT id, body FROM incoming_request
   WHERE id >= ?1 AND id < ?2 AND length(body) > 0 ORDER BY id)";

// Freed places are overwritten with zeros from now on.
constexpr const char* kOverwrite = "PRAGMA secure_delete = ON";

constexpr const char* kCountDeliveries = R"(
  SELECT endpoint_id, 0, count(*) FROM queue    WHERE event_id = ?1 GROUP BY endpoint_id
   UNION ALL
  SELECT endpoint_id, state, count(*) FROM delivery WHERE event_id = ?1
   GROUP BY endpoint_id, state)";
constexpr const char* kDeleteQueued = "DELETE FROM queue WHERE event_id = ?1";
constexpr const char* kDeleteAttempts = "DELETE FROM attempt WHERE event_id = ?1";
constexpr const char* kDeleteDeliveries = "DELETE FROM delivery WHERE event_id = ?1";
constexpr const char* kDeleteEvent = "DELETE FROM event WHERE id = ?1";
constexpr const char* kDeleteRequest = "DELETE FROM incoming_request WHERE id = ?1";

constexpr const char* kRecallOne =
    "UPDATE endpoint_counter SET recalls = recalls + 1 WHERE endpoint_id = ?1";

constexpr std::size_t kRowsAtOnce = 2'000;
constexpr std::int64_t kNoEnd = std::numeric_limits<std::int64_t>::max();

class Erasing {
 public:
  explicit Erasing(Connection& connection) : connection_(connection) {}

  Status event(EventId id) {
    THIG_TRY(count(id));
    THIG_TRY(connection_.query(kDeleteQueued).run(id));
    erased_.pending += connection_.changes();
    THIG_TRY(connection_.query(kDeleteAttempts).run(id));
    attempts_ += connection_.changes();
    THIG_TRY(connection_.query(kDeleteDeliveries).run(id));
    erased_.deliveries += connection_.changes();
    THIG_TRY(connection_.query(kDeleteEvent).run(id));
    erased_.events += connection_.changes();
    THIG_TRY_ASSIGN(keys, forget_key(connection_, id));
    keys_ += keys;
    return {};
  }

  Status request(RequestId id) {
    THIG_TRY(connection_.query(kDeleteRequest).run(id));
    erased_.requests += connection_.changes();
    return {};
  }

  // That are gone so far.
  std::size_t rows() const {
    return static_cast<std::size_t>(erased_.events + erased_.pending + erased_.deliveries +
                                    attempts_ + keys_ + erased_.requests);
  }

  Result<ErasedCounts> finish() {
    for (const auto& [endpoint, gone] : gone_) {
      THIG_TRY(lower_counters(connection_, endpoint, gone));
      if (gone.pending > 0) THIG_TRY(recall(endpoint));
    }
    return erased_;
  }

 private:
  // A dispatcher may have read ahead what is gone now.
  Status recall(EndpointId endpoint) {
    connection_.change_is_news();
    return connection_.query(kRecallOne).run(endpoint);
  }

  Status count(EventId id) {
    Query row = connection_.query(kCountDeliveries);
    row.with(id);
    while (row.next()) {
      GoneDeliveries& gone = gone_[row.endpoint_id(0)];
      const std::int64_t rows = row.count(2);
      switch (row.one_of(1, DeliveryState::test)) {
        case DeliveryState::pending:
          gone.pending += rows;
          break;
        case DeliveryState::dead:
          gone.dead += rows;
          break;
        case DeliveryState::missed:
          gone.missed += rows;
          break;
        case DeliveryState::cancelled:
          gone.cancelled += rows;
          break;
        case DeliveryState::delivered:
        case DeliveryState::test:
          break;  // their number is of all time
      }
    }
    return row.finish();
  }

  Connection& connection_;
  std::map<EndpointId, GoneDeliveries> gone_;
  ErasedCounts erased_;
  std::int64_t attempts_ = 0;
  std::int64_t keys_ = 0;
};

}  // namespace

Result<RecordedPage> recorded(Connection& connection, EventId from) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection));
  THIG_TRY_ASSIGN(range, choose_range(connection, from.value, kNoEnd, kRowsAtOnce));
  RecordedPage page{.events = {}, .requests = {}, .reached = {range.to}, .more = range.more};
  Query event = connection.query(kSelectEvents);
  event.with(range.from, range.to);
  while (event.next()) {
    page.events.push_back({event.event_id(0), event.text(1), event.blob(2)});
  }
  THIG_TRY(event.finish());
  Query row = connection.query(kSelectRequests);
  row.with(range.from, range.to);
  while (row.next()) {
    IncomingRequest& request = page.requests.emplace_back();
    request.id = {row.integer(0, 0)};
    request.body = row.blob(1);
  }
  THIG_TRY(row.finish());
  return page;
}

Result<ErasedPart> erase(Connection& connection, std::span<const EventId> events,
                         std::span<const RequestId> requests) {
  THIG_TRY(connection.execute(kOverwrite));
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection, Durability::power_loss));
  Erasing erasing(connection);
  ErasedPart part;
  const auto takes_more = [&] {
    return part.looked_at == 0 || transaction.takes_more(erasing.rows());
  };
  for (std::size_t i = 0; i < events.size() && takes_more(); ++i, ++part.looked_at) {
    THIG_TRY(erasing.event(events[i]));
  }
  for (std::size_t i = 0; i < requests.size() && takes_more(); ++i, ++part.looked_at) {
    THIG_TRY(erasing.request(requests[i]));
  }
  THIG_TRY_ASSIGN(counts, erasing.finish());
  part.counts = counts;
  THIG_TRY(transaction.commit());
  return part;
}

}  // namespace thig::sqlite
