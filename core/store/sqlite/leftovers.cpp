#include "core/store/sqlite/leftovers.h"

#include "core/store/sqlite/transaction.h"

#include <array>
#include <optional>
#include <span>

namespace thig::sqlite {

namespace {

constexpr const char* kNoteEndpoint =
    "INSERT OR IGNORE INTO removed_endpoint (endpoint_id) VALUES (?1)";
constexpr const char* kNoteHook = "INSERT OR IGNORE INTO removed_incoming (hook_id) VALUES (?1)";

// Attempts have no index by endpoint; they go with the queue and history rows they belong to.
constexpr const char* kDeleteQueuedAttempts = R"(
  DELETE FROM attempt
   WHERE endpoint_id = ?1
     AND event_id IN (SELECT event_id FROM queue
                       WHERE endpoint_id = ?1 ORDER BY due_at, event_id LIMIT ?2))";

constexpr const char* kDeleteItsQueue = R"(
  DELETE FROM queue
   WHERE (endpoint_id, due_at, event_id) IN
         (SELECT endpoint_id, due_at, event_id FROM queue
           WHERE endpoint_id = ?1 ORDER BY due_at, event_id LIMIT ?2))";

constexpr const char* kDeleteEndedAttempts = R"(
  DELETE FROM attempt
   WHERE endpoint_id = ?1
     AND event_id IN (SELECT event_id FROM delivery
                       WHERE endpoint_id = ?1 ORDER BY event_id LIMIT ?2))";

constexpr const char* kDeleteItsDeliveries = R"(
  DELETE FROM delivery
   WHERE endpoint_id = ?1
     AND event_id IN (SELECT event_id FROM delivery
                       WHERE endpoint_id = ?1 ORDER BY event_id LIMIT ?2))";

constexpr const char* kDeleteItsActivity = R"(
  DELETE FROM activity
   WHERE (endpoint_id, hour, bucket) IN
         (SELECT endpoint_id, hour, bucket FROM activity WHERE endpoint_id = ?1 LIMIT ?2))";

constexpr const char* kDeleteItsFailures = R"(
  DELETE FROM failure
   WHERE (endpoint_id, hour, outcome) IN
         (SELECT endpoint_id, hour, outcome FROM failure WHERE endpoint_id = ?1 LIMIT ?2))";

constexpr const char* kDeleteItsRequests = R"(
  DELETE FROM incoming_request
   WHERE id IN (SELECT id FROM incoming_request WHERE hook_id = ?1 ORDER BY id LIMIT ?2))";

constexpr const char* kDeleteItsSeen = R"(
  DELETE FROM incoming_seen
   WHERE (hook_id, key) IN
         (SELECT hook_id, key FROM incoming_seen WHERE hook_id = ?1 ORDER BY key LIMIT ?2))";

struct Step {
  const char* first;  // what has to go before, or null
  const char* rows;
};

constexpr std::array kStepsOfEndpoint = {
    Step{kDeleteQueuedAttempts, kDeleteItsQueue},
    Step{kDeleteEndedAttempts, kDeleteItsDeliveries},
    Step{nullptr, kDeleteItsActivity},
    Step{nullptr, kDeleteItsFailures},
};

// Bodies make these rows far bigger than those of endpoints.
constexpr std::array kStepsOfHook = {
    Step{nullptr, kDeleteItsRequests},
    Step{nullptr, kDeleteItsSeen},
};

struct Kind {
  const char* find;
  const char* forget;
  std::span<const Step> steps;
  std::size_t rows_at_once;  // by one statement; a transaction runs as many as it takes
};

constexpr Kind kKinds[] = {
    {.find = "SELECT endpoint_id FROM removed_endpoint LIMIT 1",
     .forget = "DELETE FROM removed_endpoint WHERE endpoint_id = ?1",
     .steps = kStepsOfEndpoint,
     .rows_at_once = 500},
    {.find = "SELECT hook_id FROM removed_incoming LIMIT 1",
     .forget = "DELETE FROM removed_incoming WHERE hook_id = ?1",
     .steps = kStepsOfHook,
     .rows_at_once = 4},
};

Result<std::optional<std::int64_t>> find_one(Connection& connection, const Kind& kind) {
  std::optional<std::int64_t> id;
  Query query = connection.query(kind.find);
  if (query.next()) id = query.integer(0);
  THIG_TRY(query.finish());
  return id;
}

Status delete_some(Connection& connection, const Transaction& transaction, const Kind& kind,
                   std::int64_t id) {
  std::size_t rows = 0;
  for (const Step& step : kind.steps) {
    for (;;) {
      if (step.first != nullptr) THIG_TRY(connection.query(step.first).run(id, kind.rows_at_once));
      THIG_TRY(connection.query(step.rows).run(id, kind.rows_at_once));
      if (connection.changes() == 0) break;
      rows += static_cast<std::size_t>(connection.changes());
      if (!transaction.takes_more(rows)) return {};
    }
  }
  return connection.query(kind.forget).run(id);
}

Result<bool> delete_leftovers_of(Connection& connection, const Kind& kind) {
  // Looked for without the lock first: most of the time there is nothing.
  THIG_TRY_ASSIGN(seen, find_one(connection, kind));
  if (!seen) return false;
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection, Durability::crash));
  THIG_TRY_ASSIGN(id, find_one(connection, kind));
  if (!id) return false;
  THIG_TRY(delete_some(connection, transaction, kind, *id));
  THIG_TRY(transaction.commit());
  return true;
}

}  // namespace

Status note_leftovers(Connection& connection, EndpointId endpoint) {
  connection.leave_behind();
  return connection.query(kNoteEndpoint).run(endpoint);
}

Status note_leftovers(Connection& connection, IncomingHookId hook) {
  connection.leave_behind();
  return connection.query(kNoteHook).run(hook);
}

Result<bool> delete_leftovers(Connection& connection) {
  for (const Kind& kind : kKinds) {
    THIG_TRY_ASSIGN(some, delete_leftovers_of(connection, kind));
    if (some) return true;
  }
  return false;
}

void delete_all_leftovers(Connection& connection) {
  if (connection.in_transaction() || !connection.take_left_behind()) return;
  for (auto more = delete_leftovers(connection); more && *more;) {
    more = delete_leftovers(connection);
  }
}

}  // namespace thig::sqlite
