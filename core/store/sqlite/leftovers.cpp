#include "core/store/sqlite/leftovers.h"

#include "core/store/sqlite/transaction.h"

#include <optional>

namespace thig::sqlite {

namespace {

constexpr const char* kNote = "INSERT OR IGNORE INTO removed_endpoint (endpoint_id) VALUES (?1)";
constexpr const char* kForget = "DELETE FROM removed_endpoint WHERE endpoint_id = ?1";
constexpr const char* kFindOne = "SELECT endpoint_id FROM removed_endpoint LIMIT 1";

// Attempts have no index by endpoint; they go with the queue and history rows they belong to.
constexpr const char* kDeleteQueuedAttempts = R"(
  DELETE FROM attempt
   WHERE endpoint_id = ?1
     AND event_id IN (SELECT event_id FROM queue
                       WHERE endpoint_id = ?1 ORDER BY due_at, event_id LIMIT ?2))";

constexpr const char* kDeleteQueued = R"(
  DELETE FROM queue
   WHERE (endpoint_id, due_at, event_id) IN
         (SELECT endpoint_id, due_at, event_id FROM queue
           WHERE endpoint_id = ?1 ORDER BY due_at, event_id LIMIT ?2))";

constexpr const char* kDeleteEndedAttempts = R"(
  DELETE FROM attempt
   WHERE endpoint_id = ?1
     AND event_id IN (SELECT event_id FROM delivery
                       WHERE endpoint_id = ?1 ORDER BY event_id LIMIT ?2))";

constexpr const char* kDeleteEnded = R"(
  DELETE FROM delivery
   WHERE endpoint_id = ?1
     AND event_id IN (SELECT event_id FROM delivery
                       WHERE endpoint_id = ?1 ORDER BY event_id LIMIT ?2))";

constexpr const char* kDeleteActivity = R"(
  DELETE FROM activity
   WHERE (endpoint_id, hour, bucket) IN
         (SELECT endpoint_id, hour, bucket FROM activity WHERE endpoint_id = ?1 LIMIT ?2))";

struct Step {
  const char* first;  // what has to go before, or null
  const char* rows;
};

constexpr Step kSteps[] = {
    {kDeleteQueuedAttempts, kDeleteQueued},
    {kDeleteEndedAttempts, kDeleteEnded},
    {nullptr, kDeleteActivity},
};

constexpr int kRowsAtOnce = 4'000;

Result<std::optional<EndpointId>> find_one(Connection& connection) {
  std::optional<EndpointId> endpoint;
  Query query = connection.query(kFindOne);
  if (query.next()) endpoint = query.endpoint_id(0);
  THIG_TRY(query.finish());
  return endpoint;
}

Status delete_some(Connection& connection, EndpointId endpoint) {
  for (const Step& step : kSteps) {
    if (step.first != nullptr) THIG_TRY(connection.query(step.first).run(endpoint, kRowsAtOnce));
    THIG_TRY(connection.query(step.rows).run(endpoint, kRowsAtOnce));
    if (connection.changes() > 0) return {};
  }
  return connection.query(kForget).run(endpoint);
}

}  // namespace

Status note_leftovers(Connection& connection, EndpointId endpoint) {
  return connection.query(kNote).run(endpoint);
}

Result<bool> delete_leftovers(Connection& connection) {
  // Looked for without the lock first: most of the time there is nothing.
  THIG_TRY_ASSIGN(seen, find_one(connection));
  if (!seen) return false;
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection, Durability::crash));
  THIG_TRY_ASSIGN(endpoint, find_one(connection));
  if (!endpoint) return false;
  THIG_TRY(delete_some(connection, *endpoint));
  THIG_TRY(transaction.commit());
  return true;
}

}  // namespace thig::sqlite
