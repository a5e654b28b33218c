#include "core/store/sqlite/queue.h"

#include "core/store/sqlite/dispatcher_time.h"
#include "core/store/sqlite/health.h"
#include "core/store/sqlite/settle.h"
#include "core/store/sqlite/transaction.h"

#include <algorithm>
#include <limits>

namespace thig::sqlite {

namespace {

constexpr const char* kDataVersion = "PRAGMA data_version";

// A few seeks for each webhook that has something pending, whatever that is, and none for those
// that have nothing. Each leads to the next, so they come by id. Rows of removed webhooks are
// passed over.
constexpr const char* kSelectLanes = R"(
  SELECT c.endpoint_id,
         (SELECT due_at FROM queue WHERE endpoint_id = c.endpoint_id ORDER BY due_at LIMIT 1),
         c.recalls,
         c.pending + c.delivered + c.dead,
         c.dead
    FROM (WITH RECURSIVE next(id) AS (
            SELECT (SELECT endpoint_id FROM queue ORDER BY endpoint_id LIMIT 1)
             UNION ALL
            SELECT (SELECT endpoint_id FROM queue WHERE endpoint_id > next.id
                     ORDER BY endpoint_id LIMIT 1)
              FROM next WHERE next.id IS NOT NULL)
          SELECT id FROM next) pending
   CROSS JOIN endpoint_counter c ON c.endpoint_id = pending.id)";

// After a cursor in two seeks: a comparison of (due_at, event_id) as a pair would seek to the
// moment only, and then pass over all rows of that moment that have been read before.
constexpr const char* kSelectSameMoment = R"(
  SELECT q.due_at, q.event_id, q.attempt, q.earlier, e.type, CASE WHEN ?5 THEN e.body ELSE x'' END
    FROM queue q CROSS JOIN event e ON e.id = q.event_id
   WHERE q.endpoint_id = ?1 AND q.due_at = ?2 AND q.event_id > ?3
     AND EXISTS (SELECT 1 FROM endpoint_counter WHERE endpoint_id = ?1)
   ORDER BY q.event_id
   LIMIT ?4)";

constexpr const char* kSelectDue = R"(
  SELECT q.due_at, q.event_id, q.attempt, q.earlier, e.type, CASE WHEN ?5 THEN e.body ELSE x'' END
    FROM queue q CROSS JOIN event e ON e.id = q.event_id
   WHERE q.endpoint_id = ?1 AND q.due_at > ?2 AND q.due_at <= ?3
     AND EXISTS (SELECT 1 FROM endpoint_counter WHERE endpoint_id = ?1)
   ORDER BY q.due_at, q.event_id
   LIMIT ?4)";

constexpr const char* kSelectNextDue = R"(
  SELECT due_at FROM queue
   WHERE endpoint_id = ?1 AND due_at > ?2
     AND EXISTS (SELECT 1 FROM endpoint_counter WHERE endpoint_id = ?1)
   ORDER BY due_at LIMIT 1)";

constexpr Millis kBallastInterval = std::chrono::seconds(10);
const Time kBeforeAll = time_from_millis(std::numeric_limits<long long>::min());

// Stops with the row that takes up what is left of `bytes`.
Status read_rows(Query& row, EndpointId endpoint, std::size_t& bytes,
                 std::vector<QueuedDelivery>& due) {
  while (bytes > 0 && row.next()) {
    QueuedDelivery& one = due.emplace_back();
    one.due_at = row.time(0);
    one.id = {row.event_id(1), endpoint};
    one.attempts_made = row.attempts(2);
    one.earlier_attempts = row.small(3, 0, one.attempts_made);
    one.event_type = row.text(4);
    one.body = row.blob(5);
    bytes -= std::min(bytes, one.body.size());
  }
  return row.finish();
}

}  // namespace

Queue::Queue(Connection& connection, Ballast ballast)
    : connection_(connection), ballast_(std::move(ballast)) {}

Result<std::int64_t> Queue::data_version() {
  THIG_TRY(connection_.check_in_place());
  Query query = connection_.query(kDataVersion);
  const std::int64_t version = query.next() ? query.integer(0) : 0;
  THIG_TRY(query.finish());
  return version;
}

Result<std::vector<LaneHead>> Queue::lanes() {
  return connection_.query(kSelectLanes).all([](Query& row) {
    return LaneHead{row.endpoint_id(0), row.time(1), row.integer(2), row.integer(3),
                    row.integer(4)};
  });
}

Result<std::vector<DuePage>> Queue::due_pages(std::span<const DueRead> reads, Time now,
                                              std::size_t most_bytes) {
  std::vector<DuePage> pages;
  if (reads.empty()) return pages;
  pages.reserve(reads.size());
  THIG_TRY_ASSIGN(view, Transaction::read(connection_));
  for (const DueRead& read : reads) {
    if (!pages.empty() && most_bytes == 0) break;
    THIG_TRY_ASSIGN(page, due_page(read, now));
    for (const QueuedDelivery& row : page.rows) most_bytes -= std::min(most_bytes, row.body.size());
    pages.push_back(std::move(page));
  }
  return pages;
}

Result<DuePage> Queue::due_page(const DueRead& read, Time now) {
  DuePage page;
  std::size_t bytes = read.most_bytes;
  page.rows.reserve(std::min<std::size_t>(read.limit, 512));
  if (read.after && read.after->due_at <= now) {
    Query same = connection_.query(kSelectSameMoment);
    THIG_TRY(read_rows(
        same.with(read.endpoint, read.after->due_at, read.after->event, read.limit, read.bodies),
        read.endpoint, bytes, page.rows));
  }
  if (page.rows.size() < read.limit && bytes > 0) {
    Query later = connection_.query(kSelectDue);
    const Time since = read.after ? read.after->due_at : kBeforeAll;
    THIG_TRY(
        read_rows(later.with(read.endpoint, since, now, read.limit - page.rows.size(), read.bodies),
                  read.endpoint, bytes, page.rows));
  }
  page.all = page.rows.size() < read.limit && bytes > 0;
  if (!page.all) return page;
  THIG_TRY_ASSIGN(next,
                  connection_.query(kSelectNextDue).with(read.endpoint, now).first([](Query& row) {
                    return row.time(0);
                  }));
  page.next_due = next;
  return page;
}

Result<std::vector<EndpointHealth>> Queue::healths(std::span<const EndpointId> endpoints) {
  std::vector<EndpointHealth> all;
  if (endpoints.empty()) return all;
  all.reserve(endpoints.size());
  THIG_TRY_ASSIGN(view, Transaction::read(connection_));
  for (const EndpointId endpoint : endpoints) {
    THIG_TRY_ASSIGN(one, select_health(connection_, endpoint));
    all.push_back(one);
  }
  return all;
}

Result<std::vector<FailingEndpoint>> Queue::failing() {
  return select_failing(connection_);
}

Result<Time> Queue::time_floor(Time wall) {
  return sqlite::time_floor(connection_, wall);
}

Status Queue::settle(const SettleBatch& batch, Time now) {
  if (batch.empty()) return {};
  keep_ballast(now);
  Status done = apply_settlements(connection_, batch, now);
  if (!done && done.error().code == ErrorCode::full && ballast_.release()) {
    done = apply_settlements(connection_, batch, now);
  }
  return done;
}

// Only the process that owns the queue settles, so this is where the ballast is looked after.
void Queue::keep_ballast(Time now) {
  if (ballast_checked_ && now >= *ballast_checked_ && now - *ballast_checked_ < kBallastInterval) {
    return;
  }
  ballast_checked_ = now;
  ballast_.reserve();
}

}  // namespace thig::sqlite
