#include "core/store/sqlite/incoming_requests.h"

#include "core/store/sqlite/intake.h"
#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/numbering.h"
#include "core/store/sqlite/projects.h"
#include "core/store/sqlite/record.h"
#include "core/store/sqlite/transaction.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

namespace thig::sqlite {

namespace {

constexpr const char* kInsert = R"(
  INSERT INTO incoming_request
         (id, hook_id, received_at, peer, content_type, headers, query, delivery_id,
          body, body_size, state, detail, ended_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13))";

constexpr const char* kSelectSeen =
    "SELECT 1 FROM incoming_seen WHERE hook_id = ?1 AND key = ?2 AND expires_at > ?3";
constexpr const char* kInsertSeen = R"(
  INSERT INTO incoming_seen (hook_id, key, expires_at) VALUES (?1, ?2, ?3)
      ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at)";

constexpr const char* kCount = R"(
  UPDATE incoming_counter
     SET received = received + ?2, duplicates = duplicates + ?3, rejected = rejected + ?4,
         last_request_at = ?5, last_outcome = ?6
   WHERE hook_id = ?1)";

constexpr const char* kSelectExists = "SELECT 1 FROM incoming_counter WHERE hook_id = ?1";

#define THIG_LIST_COLUMNS                                                            \
  "r.id, r.hook_id, r.received_at, r.peer, r.content_type, r.query, r.delivery_id, " \
  "r.body_size, r.state, r.runs, r.detail, r.ended_at"

constexpr const char* kSelectPending =
    "SELECT " THIG_LIST_COLUMNS
    ", r.headers, r.body"
    "  FROM incoming_request r CROSS JOIN incoming_hook h ON h.id = r.hook_id"
    " WHERE r.state = 0 AND r.id > ?1 AND h.action <> 3 ORDER BY r.id LIMIT ?2";

constexpr const char* kSelectPendingOf =
    "SELECT " THIG_LIST_COLUMNS
    ", r.headers, r.body"
    "  FROM incoming_request r JOIN incoming_hook h ON h.id = r.hook_id"
    " WHERE r.state = 0 AND r.hook_id = ?1 ORDER BY r.id LIMIT ?2";

constexpr const char* kSelectOne =
    "SELECT " THIG_LIST_COLUMNS
    ", r.headers, r.body"
    "  FROM incoming_request r JOIN incoming_hook h ON h.id = r.hook_id WHERE r.id = ?1";

constexpr const char* kSelectList =
    "SELECT " THIG_LIST_COLUMNS
    "  FROM incoming_request r CROSS JOIN incoming_hook h ON h.id = r.hook_id"
    " WHERE {conditions} ORDER BY r.id DESC LIMIT {limit}";

#undef THIG_LIST_COLUMNS

constexpr const char* kFinish = R"(
  UPDATE incoming_request
     SET state = ?3, detail = ?4, ended_at = ?5, runs = runs + 1
   WHERE id = ?1 AND hook_id = ?2 AND state = 0)";

constexpr const char* kCutBody = R"(
  UPDATE incoming_request
     SET cut = 1, body = substr(body, 1, ?2)
   WHERE id = ?1 AND length(body) > ?2)";

constexpr const char* kCountEnd = R"(
  UPDATE incoming_counter
     SET failed = failed + ?2, last_outcome = ?3
   WHERE hook_id = ?1)";

constexpr const char* kSelectState = R"(
  SELECT r.state, r.cut FROM incoming_request r JOIN incoming_hook h ON h.id = r.hook_id
   WHERE r.id = ?1)";
constexpr const char* kRequeue =
    "UPDATE incoming_request SET state = 0, ended_at = NULL, detail = '' WHERE id = ?1";

constexpr const char* kSelectStats = R"(
  SELECT hook_id, received, duplicates, rejected, failed, last_request_at, last_outcome
    FROM incoming_counter ORDER BY hook_id)";

constexpr const char* kForgetRequests = R"(
  DELETE FROM incoming_request
   WHERE id IN (SELECT id FROM incoming_request
                 WHERE id < ?1 AND state <> 0 ORDER BY id LIMIT ?2))";
constexpr const char* kForgetSeen = R"(
  DELETE FROM incoming_seen
   WHERE (hook_id, key) IN (SELECT hook_id, key FROM incoming_seen
                             WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2))";

static_assert(static_cast<int>(RequestState::pending) == 0);
static_assert(static_cast<int>(ActionKind::run) == 3);

constexpr int kMostRuns = 1'000'000;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;
constexpr std::size_t kBytesAtOnce = 16u << 20;  // of bodies

// What a batch adds to one webhook's figures.
struct Tally {
  bool exists = false;
  std::int64_t received = 0;
  std::int64_t duplicates = 0;
  std::int64_t rejected = 0;
  std::string last;
};

IncomingRequest read_listed(Query& row) {
  IncomingRequest request;
  request.id = {row.integer(0, 0)};
  request.hook = row.hook_id(1);
  request.received_at = row.time(2);
  request.peer = row.text(3);
  request.content_type = row.text(4);
  request.query = row.text(5);
  request.delivery_id = row.text(6);
  request.body_size = static_cast<std::size_t>(row.integer(7, 0, kMostBytes));
  request.state = row.one_of(8, RequestState::rejected);
  request.runs = row.small(9, 0, kMostRuns);
  request.detail = row.text(10);
  request.ended_at = row.optional_time(11);
  return request;
}

IncomingRequest read_whole(Query& row) {
  IncomingRequest request = read_listed(row);
  request.headers = row.text(12);
  request.body = row.blob(13);
  return request;
}

Result<std::vector<IncomingRequest>> read_pending(Query& row) {
  std::vector<IncomingRequest> requests;
  for (std::size_t bytes = 0; bytes < kBytesAtOnce && row.next();) {
    requests.push_back(read_whole(row));
    bytes += requests.back().body.size();
  }
  THIG_TRY(row.finish());
  return requests;
}

// What a batch adds up for a webhook; asks once whether the webhook is still there.
template <class Tally>
Result<Tally*> tally_of(Connection& connection, std::unordered_map<IncomingHookId, Tally>& tallies,
                        IncomingHookId hook) {
  const auto [entry, fresh] = tallies.try_emplace(hook);
  if (fresh) {
    Query query = connection.query(kSelectExists);
    entry->second.exists = query.with(hook).next();
    THIG_TRY(query.finish());
  }
  return &entry->second;
}

// One batch on its way in.
class Receiving {
 public:
  Receiving(Connection& connection, const Numbers& numbers, Time now)
      : connection_(connection),
        insert_(connection.query(kInsert)),
        select_seen_(connection.query(kSelectSeen)),
        insert_seen_(connection.query(kInsertSeen)),
        numbers_(numbers),
        now_(now) {}

  Result<Received> receive(const ArrivedRequest& arrived) {
    THIG_TRY_ASSIGN(id, numbers_.next_request());
    Received received{.id = id, .duplicate = true};
    THIG_TRY_ASSIGN(tally, tally_of(connection_, tallies_, arrived.request.hook));
    if (!tally->exists) return received;

    RequestState state = arrived.request.state;
    received.duplicate = false;
    if (state != RequestState::rejected) {
      THIG_TRY_ASSIGN(seen, was_seen(arrived));
      received.duplicate = seen;
      if (seen) state = RequestState::duplicate;
    }
    THIG_TRY(insert(arrived.request, state));
    count(*tally, state);
    if (!received.duplicate) {
      raised_.insert(raised_.end(), arrived.raised.begin(), arrived.raised.end());
    }
    return received;
  }

  Status end() {
    Query count = connection_.query(kCount);
    for (const auto& [hook, tally] : tallies_) {
      if (!tally.exists) continue;
      THIG_TRY(count.run(hook, tally.received, tally.duplicates, tally.rejected, now_, tally.last));
    }
    THIG_TRY(write_last_request_id(connection_, numbers_.last_request()));
    THIG_TRY(record_events(connection_, raised_, now_));
    return {};
  }

 private:
  // Looks at all keys before it remembers one. Of a duplicate none is: an old message under the id
  // of another must not make that one a duplicate.
  Result<bool> was_seen(const ArrivedRequest& arrived) {
    for (const std::string& key : arrived.seen_keys) {
      select_seen_.with(arrived.request.hook, Blob{key}, now_);
      const bool seen = select_seen_.next();
      THIG_TRY(select_seen_.finish());
      if (seen) return true;
    }
    for (const std::string& key : arrived.seen_keys) {
      THIG_TRY(insert_seen_.run(arrived.request.hook, Blob{key}, arrived.forget_at));
    }
    return false;
  }

  Status insert(const IncomingRequest& request, RequestState state) {
    const bool duplicate = state == RequestState::duplicate;
    std::optional<Time> ended;
    if (state != RequestState::pending) ended = now_;
    return insert_.run(numbers_.last_request(), request.hook, request.received_at, request.peer,
                       request.content_type, request.headers, request.query, request.delivery_id,
                       Blob{duplicate ? std::string_view() : request.body}, request.body_size,
                       state, request.detail, ended);
  }

  static void count(Tally& tally, RequestState state) {
    ++(state == RequestState::duplicate  ? tally.duplicates
       : state == RequestState::rejected ? tally.rejected
                                         : tally.received);
    tally.last = to_text(state);
  }

  Connection& connection_;
  Query insert_;
  Query select_seen_;
  Query insert_seen_;
  Numbers numbers_;
  Time now_;
  std::unordered_map<IncomingHookId, Tally> tallies_;
  std::vector<NewEvent> raised_;
};

// One batch of ends.
class Ending {
 public:
  Ending(Connection& connection, Time now, std::size_t kept_body)
      : connection_(connection),
        finish_(connection.query(kFinish)),
        cut_body_(connection.query(kCutBody)),
        now_(now),
        kept_body_(kept_body) {}

  // Drops what is not pending any more, or has lost its webhook.
  Status end(const EndedRequest& one) {
    THIG_TRY_ASSIGN(tally, tally_of(connection_, tallies_, one.hook));
    if (!tally->exists) return {};
    THIG_TRY(finish_.run(one.id, one.hook, one.state, one.detail, now_));
    if (connection_.changes() == 0) return {};
    THIG_TRY(cut_body_.run(one.id, kept_body_));
    if (one.state == RequestState::failed) ++tally->failed;
    tally->last = to_text(one.state);
    if (one.effects.project) THIG_TRY(insert_project(connection_, *one.effects.project));
    if (one.effects.note) THIG_TRY(insert_note(connection_, *one.effects.note));
    events_.insert(events_.end(), one.effects.events.begin(), one.effects.events.end());
    return {};
  }

  Result<std::vector<EventId>> finish() {
    Query count = connection_.query(kCountEnd);
    for (const auto& [hook, tally] : tallies_) {
      if (!tally.last.empty()) THIG_TRY(count.run(hook, tally.failed, tally.last));
    }
    return record_events(connection_, events_, now_);
  }

 private:
  struct Tally {
    bool exists = false;
    std::int64_t failed = 0;
    std::string last;  // empty: none has ended
  };

  Connection& connection_;
  Query finish_;
  Query cut_body_;
  Time now_;
  std::size_t kept_body_;
  std::unordered_map<IncomingHookId, Tally> tallies_;
  std::vector<NewEvent> events_;
};

std::unexpected<Error> no_request(RequestId id) {
  return fail(ErrorCode::not_found, fmt::format("there is no request {}", to_text(id)));
}

}  // namespace

Result<std::vector<Received>> IncomingRequests::receive(std::span<const ArrivedRequest> requests,
                                                        Time now) {
  std::vector<Received> received;
  if (requests.empty()) return received;
  THIG_TRY(check_space(connection_, floor_));
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY_ASSIGN(numbers, Numbers::at(connection_, now));
  Receiving receiving(connection_, numbers, now);
  received.reserve(requests.size());
  for (const ArrivedRequest& arrived : requests) {
    THIG_TRY_ASSIGN(one, receiving.receive(arrived));
    received.push_back(one);
  }
  THIG_TRY(receiving.end());
  THIG_TRY(transaction.commit());
  return received;
}

Result<std::vector<IncomingRequest>> IncomingRequests::pending(
    const std::optional<RequestId>& after, std::size_t limit) {
  Query row = connection_.query(kSelectPending);
  return read_pending(row.with(after.value_or(RequestId{-1}), limit));
}

Result<std::vector<IncomingRequest>> IncomingRequests::pending_of(IncomingHookId hook,
                                                                  std::size_t limit) {
  Query row = connection_.query(kSelectPendingOf);
  return read_pending(row.with(hook, limit));
}

Result<std::vector<EventId>> IncomingRequests::finish(std::span<const EndedRequest> ended, Time now,
                                                      std::int64_t config_version,
                                                      std::size_t kept_body) {
  if (ended.empty()) return std::vector<EventId>();
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY_ASSIGN(current, read_config_version(connection_));
  if (current != config_version) {
    return fail(ErrorCode::conflict, "the webhooks were changed meanwhile", "try again");
  }
  Ending ending(connection_, now, kept_body);
  for (const EndedRequest& one : ended) THIG_TRY(ending.end(one));
  THIG_TRY_ASSIGN(ids, ending.finish());
  THIG_TRY(transaction.commit());
  return ids;
}

Result<std::vector<IncomingRequest>> IncomingRequests::list(const RequestFilter& filter) {
  // Only numbers go into the text, so that the planner sees which index it can walk.
  std::string conditions = "1";
  if (filter.hook) conditions += fmt::format(" AND r.hook_id = {}", filter.hook->value);
  if (filter.state) conditions += fmt::format(" AND r.state = {}", static_cast<int>(*filter.state));
  // The planner does not conclude this by itself, and so would not use the partial index.
  if (filter.state && *filter.state != RequestState::pending) conditions += " AND r.state <> 0";
  if (filter.before) conditions += fmt::format(" AND r.id < {}", filter.before->value);
  std::vector<IncomingRequest> requests;
  Query row = connection_.query_once(
      fmt::format(fmt::runtime(kSelectList), fmt::arg("conditions", conditions),
                  fmt::arg("limit", std::min<std::size_t>(filter.limit, 1'000'000))));
  while (row.next()) requests.push_back(read_listed(row));
  THIG_TRY(row.finish());
  return requests;
}

Result<IncomingRequest> IncomingRequests::one(RequestId id) {
  Query row = connection_.query(kSelectOne);
  std::optional<IncomingRequest> request;
  if (row.with(id).next()) request = read_whole(row);
  THIG_TRY(row.finish());
  if (!request) return no_request(id);
  return std::move(*request);
}

Status IncomingRequests::requeue(RequestId id) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  Query row = connection_.query(kSelectState);
  const bool found = row.with(id).next();
  const RequestState state = found ? row.one_of(0, RequestState::rejected) : RequestState::pending;
  const bool cut = found && row.flag(1);
  THIG_TRY(row.finish());
  if (!found) return no_request(id);
  if (state == RequestState::pending) return {};  // it is to be run anyway
  if (state == RequestState::rejected || state == RequestState::duplicate) {
    return fail(ErrorCode::invalid, fmt::format("{} is {}: there is nothing to run again",
                                                to_text(id), to_text(state)));
  }
  if (cut) {
    return fail(
        ErrorCode::invalid,
        fmt::format("the body of {} is not kept whole, so it cannot be run again", to_text(id)));
  }
  THIG_TRY(connection_.query(kRequeue).run(id));
  return transaction.commit();
}

Result<std::vector<IncomingStats>> IncomingRequests::stats() {
  std::vector<IncomingStats> all;
  Query row = connection_.query(kSelectStats);
  while (row.next()) {
    all.push_back({.id = row.hook_id(0),
                   .received = row.count(1),
                   .duplicates = row.count(2),
                   .rejected = row.count(3),
                   .failed = row.count(4),
                   .last_request_at = row.optional_time(5),
                   .last_outcome = row.text(6)});
  }
  THIG_TRY(row.finish());
  return all;
}

Result<std::vector<Project>> IncomingRequests::projects(std::size_t limit) {
  return select_projects(connection_, limit);
}

Result<Project> IncomingRequests::find_project(std::string_view name_or_id) {
  return select_project(connection_, name_or_id);
}

Result<std::vector<Note>> IncomingRequests::notes(ProjectId project) {
  return select_notes(connection_, project);
}

Result<std::size_t> IncomingRequests::forget(Time before, Time now, std::size_t most) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::crash));
  THIG_TRY(connection_.query(kForgetSeen).run(now, most));
  THIG_TRY(connection_.query(kForgetRequests).run(first_event_id_at(before), most));
  const auto gone = static_cast<std::size_t>(connection_.changes());
  THIG_TRY(transaction.commit());
  return gone;
}

}  // namespace thig::sqlite
