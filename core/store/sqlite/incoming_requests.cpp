#include "core/store/sqlite/incoming_requests.h"

#include "core/store/arrivals.h"
#include "core/store/refusals.h"
#include "core/store/sealed_settings.h"
#include "core/store/sqlite/intake.h"
#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/numbering.h"
#include "core/store/sqlite/pending_requests.h"
#include "core/store/sqlite/projects.h"
#include "core/store/sqlite/record.h"
#include "core/store/sqlite/transaction.h"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace thig::sqlite {

namespace {

constexpr const char* kInsert = R"(
  INSERT INTO incoming_request
         (id, hook_id, received_at, peer, content_type, headers, query, delivery_id,
          body, body_size, state, detail, ended_at, starts, sealed, runs, succeeded)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,  ?11, ?12, ?13, ?14, ?15, ?16, ?16 AND ?11 <> 3))";

// Whose key it is: whether all that was done for it has failed, and how often it was started.
constexpr const char* kSelectSeen = R"(
  SELECT coalesce(r.state = 3 AND NOT r.succeeded, 0), coalesce(r.starts, 0)
    FROM incoming_seen s LEFT JOIN incoming_request r ON r.id = s.request_id
   WHERE s.hook_id = ?1 AND s.key = ?2 AND s.expires_at > ?3)";
constexpr const char* kInsertSeen = R"(
  INSERT INTO incoming_seen (hook_id, key, expires_at, request_id) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at, request_id = excluded.request_id)";

constexpr const char* kSumFailed = R"(
  SELECT coalesce(sum(body_size), 0)
    FROM incoming_request INDEXED BY incoming_request_failed
   WHERE hook_id = ?1 AND state = 3 AND cut = 0)";

constexpr const char* kCount = R"(
  UPDATE incoming_counter
     SET received = received + ?2, duplicates = duplicates + ?3, rejected = rejected + ?4,
         last_request_at = ?5, last_outcome = ?6
   WHERE hook_id = ?1)";

constexpr const char* kSelectExists = "SELECT 1 FROM incoming_counter WHERE hook_id = ?1";

constexpr const char* kSelectWaits = R"(
  SELECT 1 FROM incoming_request INDEXED BY incoming_request_waiting
   WHERE state = 0 AND hook_id = ?1 LIMIT 1)";

#define THIG_LIST_COLUMNS                                                            \
  "r.id, r.hook_id, r.received_at, r.peer, r.content_type, r.query, r.delivery_id, " \
  "r.body_size, r.state, r.runs, r.detail, r.ended_at, r.starts"

constexpr const char* kSelectPendingOf =
    "SELECT " THIG_LIST_COLUMNS
    ", r.headers, r.body, r.sealed"
    "  FROM incoming_request r JOIN incoming_hook h ON h.id = r.hook_id"
    " WHERE r.state = 0 AND r.hook_id = ?1 ORDER BY r.id LIMIT ?2";

constexpr const char* kSelectOne =
    "SELECT " THIG_LIST_COLUMNS
    ", r.headers, r.body, r.sealed"
    "  FROM incoming_request r JOIN incoming_hook h ON h.id = r.hook_id WHERE r.id = ?1";

constexpr const char* kSelectList =
    "SELECT " THIG_LIST_COLUMNS
    "  FROM incoming_request r CROSS JOIN incoming_hook h ON h.id = r.hook_id"
    " WHERE {conditions} ORDER BY r.id DESC LIMIT {limit}";

#undef THIG_LIST_COLUMNS

constexpr const char* kBegin =
    "UPDATE incoming_request SET starts = starts + 1 WHERE id = ?1 AND state = 0 RETURNING starts";

// A row is written again with all its body: what is done is cut in the same statement, so that the
// part that goes is not written once more while others wait for the lock.
constexpr const char* kFinish = R"(
  UPDATE incoming_request
     SET state = ?3, detail = ?4, ended_at = ?5, runs = runs + 1,
         succeeded = succeeded OR ?3 <> 3,
         cut  = cut OR (?3 = 1 AND length(body) > ?6),
         body = CASE WHEN ?3 = 1 AND length(body) > ?6 THEN substr(body, 1, ?6) ELSE body END
   WHERE id = ?1 AND hook_id = ?2 AND state = 0)";

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

static_assert(static_cast<int>(RequestState::pending) == 0);
static_assert(static_cast<int>(RequestState::done) == 1);
static_assert(static_cast<int>(RequestState::failed) == 3);

constexpr int kMostRuns = 1'000'000;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;
constexpr std::size_t kBytesAtOnce = 16u << 20;  // of bodies

// What a batch adds to one webhook's figures.
struct ArrivedAt : ArrivalTally {
  bool exists = false;
  std::optional<bool> waits{};  // one of its requests is to be run before those that come now
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
  request.starts = row.small(12, 0, kMostRuns);
  return request;
}

IncomingRequest read_whole(Query& row) {
  IncomingRequest request = read_listed(row);
  request.headers = row.text(13);
  request.body = row.blob(14);
  request.masked = !row.blob(15).empty();
  return request;
}

// As it came.
Result<IncomingRequest> read_unmasked(Query& row, Sealing& sealing) {
  IncomingRequest request = read_whole(row);
  if (!request.masked || !row.sound()) return request;
  THIG_TRY(unseal_request(sealing, row.blob(15), request));
  request.masked = false;
  return request;
}

Result<std::vector<IncomingRequest>> read_pending(Query& row, Sealing& sealing) {
  std::vector<IncomingRequest> requests;
  for (std::size_t bytes = 0; bytes < kBytesAtOnce && row.next();) {
    THIG_TRY_ASSIGN(request, read_unmasked(row, sealing));
    requests.push_back(std::move(request));
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

// One batch of ends.
class Ending {
 public:
  Ending(Connection& connection, Time now) : connection_(connection), now_(now) {}

  // Drops what is not pending any more, or has lost its webhook.
  Status end(const EndedRequest& one, std::size_t kept_body) {
    THIG_TRY_ASSIGN(tally, tally_of(connection_, tallies_, one.hook));
    if (!tally->exists) return {};
    const ActionOutcome& outcome = one.outcome;
    Query finish = connection_.query(kFinish);
    THIG_TRY(finish.run(one.id, one.hook, outcome.state, outcome.detail, now_, kept_body));
    return connection_.changes() == 0 ? Status() : add(one.hook, outcome);
  }

  // Counts the end of a request, which is recorded, and has its effects.
  Status add(IncomingHookId hook, const ActionOutcome& outcome) {
    Tally& tally = tallies_[hook];
    if (outcome.state == RequestState::failed) ++tally.failed;
    tally.last = to_text(outcome.state);
    const ActionEffects& effects = outcome.effects;
    if (effects.project) THIG_TRY(insert_project(connection_, *effects.project));
    if (effects.note) THIG_TRY(insert_note(connection_, *effects.note));
    events_.insert(events_.end(), effects.events.begin(), effects.events.end());
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
  Time now_;
  std::unordered_map<IncomingHookId, Tally> tallies_;
  std::vector<NewEvent> events_;
};

// One batch on its way in.
class Receiving {
 public:
  // Says whether there is space for one more that may fail.
  using HasRoom = std::function<Result<bool>(const ArrivedRequest&)>;

  // `acts`: requests that bring their outcome may end with it.
  Receiving(Connection& connection, Sealing& sealing, const Numbers& numbers, Time now, bool acts,
            HasRoom has_room)
      : connection_(connection),
        sealing_(sealing),
        insert_(connection.query(kInsert)),
        select_seen_(connection.query(kSelectSeen)),
        insert_seen_(connection.query(kInsertSeen)),
        has_room_(std::move(has_room)),
        numbers_(numbers),
        now_(now),
        acts_(acts),
        ending_(connection, now) {}

  Result<Received> receive(const ArrivedRequest& arrived) {
    THIG_TRY_ASSIGN(id, numbers_.next_request());
    Received received{.id = id, .duplicate = true};
    THIG_TRY_ASSIGN(tally, tally_of(connection_, tallies_, arrived.request.hook));
    if (!tally->exists) return received;

    SeenMessage seen;
    if (arrived.request.state != RequestState::rejected) {
      THIG_TRY_ASSIGN(known, look_up(arrived));
      seen = known;
    }
    const RequestState state = state_of(arrived, seen);
    received.duplicate = state == RequestState::duplicate;
    if (state == RequestState::pending) {
      THIG_TRY_ASSIGN(room, has_room_(arrived));
      received.refused = !room;
      if (!room) return received;
      THIG_TRY(remember(arrived));
    }
    if (state == RequestState::pending) {
      THIG_TRY_ASSIGN(ends, may_end(arrived, *tally));
      received.ended = ends;
      received.pending = !ends;
    }
    THIG_TRY(insert(arrived, state, seen.starts, received.ended));
    tally->add(state);
    if (received.ended) THIG_TRY(ending_.add(arrived.request.hook, *arrived.outcome));
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
    THIG_TRY(ending_.finish());
    return {};
  }

 private:
  Result<SeenMessage> look_up(const ArrivedRequest& arrived) {
    SeenMessage seen;
    for (const std::string& key : arrived.seen_keys) {
      if (select_seen_.with(arrived.request.hook, Blob{key}, now_).next()) {
        seen.add(
            {.has_failed = select_seen_.flag(0), .starts = select_seen_.small(1, 0, kMostRuns)});
      }
      THIG_TRY(select_seen_.finish());
    }
    return seen;
  }

  Status remember(const ArrivedRequest& arrived) {
    for (const std::string& key : arrived.seen_keys) {
      THIG_TRY(insert_seen_.run(arrived.request.hook, Blob{key}, arrived.forget_at,
                                numbers_.last_request()));
    }
    return {};
  }

  // Those of a webhook end in the order in which they came.
  Result<bool> may_end(const ArrivedRequest& arrived, ArrivedAt& tally) {
    if (!acts_ || !arrived.outcome) tally.waits = true;
    if (!tally.waits) {
      Query row = connection_.query(kSelectWaits);
      tally.waits = row.with(arrived.request.hook).next();
      THIG_TRY(row.finish());
    }
    return !*tally.waits;
  }

  Status insert(const ArrivedRequest& arrived, RequestState arrived_as, int starts, bool ends) {
    const IncomingRequest& request = arrived.request;
    std::string sealed;
    if (arrived.masked) {
      THIG_TRY_ASSIGN(
          blob, seal_request(sealing_, numbers_.last_request(), request.headers, request.query));
      sealed = std::move(blob);
    }
    const bool duplicate = arrived_as == RequestState::duplicate;
    const RequestState state = ends ? arrived.outcome->state : arrived_as;
    std::optional<Time> ended;
    if (state != RequestState::pending) ended = now_;
    return insert_.run(numbers_.last_request(), request.hook, request.received_at, request.peer,
                       request.content_type,
                       arrived.masked ? arrived.masked->headers : request.headers,
                       arrived.masked ? arrived.masked->query : request.query, request.delivery_id,
                       Blob{duplicate ? std::string_view() : request.body}, request.body_size,
                       state, ends ? arrived.outcome->detail : request.detail, ended,
                       duplicate ? 0 : starts, Blob{sealed}, ends);
  }

  Connection& connection_;
  Sealing& sealing_;
  Query insert_;
  Query select_seen_;
  Query insert_seen_;
  HasRoom has_room_;
  Numbers numbers_;
  Time now_;
  std::unordered_map<IncomingHookId, ArrivedAt> tallies_;
  std::vector<NewEvent> raised_;
  bool acts_;
  Ending ending_;
};

}  // namespace

Result<std::vector<Received>> IncomingRequests::receive(std::span<const ArrivedRequest> requests,
                                                        Time now, std::int64_t config_version) {
  if (requests.empty()) return std::vector<Received>();
  THIG_TRY(check_space(connection_, floor_));
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY_ASSIGN(current, read_config_version(connection_));
  const bool acts =
      current == config_version && std::ranges::any_of(requests, [](const ArrivedRequest& one) {
        return one.outcome.has_value();
      });
  auto done = receive_part(requests, now, acts);
  // An effect is refused, which is for whoever runs what is pending to find out. (A full disk has
  // taken back the whole.)
  if (!done && acts && connection_.in_transaction()) done = receive_part(requests, now, false);
  if (!done) return done;
  THIG_TRY(transaction.commit());
  return done;
}

// A part of a transaction that can be taken back alone.
Result<std::vector<Received>> IncomingRequests::receive_part(
    std::span<const ArrivedRequest> requests, Time now, bool acts) {
  THIG_TRY_ASSIGN(part, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY_ASSIGN(numbers, Numbers::at(connection_, now));
  Receiving receiving(connection_, sealing_, numbers, now, acts,
                      [this](const ArrivedRequest& arrived) { return has_room(arrived); });
  std::vector<Received> received;
  received.reserve(requests.size());
  for (const ArrivedRequest& arrived : requests) {
    THIG_TRY_ASSIGN(one, receiving.receive(arrived));
    received.push_back(one);
  }
  THIG_TRY(receiving.end());
  THIG_TRY(part.commit());
  return received;
}

// Looked up again after twenty times as long as that took: where millions have failed, it is no
// longer a matter of microseconds.
Result<std::uint64_t> IncomingRequests::failed_bytes(IncomingHookId hook) {
  using Steady = std::chrono::steady_clock;
  const auto begun = Steady::now();
  Failed& known = failed_[hook];
  if (begun < known.good_until) return known.bytes;
  Query row = connection_.query(kSumFailed);
  known.bytes = row.with(hook).next() ? static_cast<std::uint64_t>(row.count(0)) : 0;
  THIG_TRY(row.finish());
  const auto now = Steady::now();
  known.good_until = now + 20 * (now - begun);
  return known.bytes;
}

// What comes now may fail as well.
Result<bool> IncomingRequests::has_room(const ArrivedRequest& arrived) {
  if (!arrived.most_failed) return true;
  THIG_TRY_ASSIGN(bytes, failed_bytes(arrived.request.hook));
  return thig::has_room(arrived, bytes);
}

Result<bool> IncomingRequests::own_actions() {
  if (actions_) return true;
  auto owned = Ownership::take(connection_.file(), Duty::actions);
  if (!owned && owned.error().code == ErrorCode::busy) return false;
  if (!owned) return std::unexpected(std::move(owned).error());
  actions_ = std::move(*owned);
  return true;
}

Result<std::vector<IncomingRequest>> IncomingRequests::pending(
    const std::optional<RequestId>& after, std::size_t limit) {
  THIG_TRY_ASSIGN(ids, oldest_pending(connection_, after.value_or(RequestId{-1}), limit));
  std::vector<IncomingRequest> requests;
  Query row = connection_.query(kSelectOne);
  std::size_t bytes = 0;
  for (auto id = ids.begin(); id != ids.end() && bytes < kBytesAtOnce; ++id) {
    if (!row.with(*id).next()) {
      THIG_TRY(row.finish());
      continue;
    }
    THIG_TRY_ASSIGN(request, read_unmasked(row, sealing_));
    THIG_TRY(row.finish());
    // Somebody else may have ended it since its id was read.
    if (request.state != RequestState::pending) continue;
    bytes += request.body.size();
    requests.push_back(std::move(request));
  }
  return requests;
}

Result<std::vector<IncomingRequest>> IncomingRequests::pending_of(IncomingHookId hook,
                                                                  std::size_t limit) {
  Query row = connection_.query(kSelectPendingOf);
  return read_pending(row.with(hook, limit), sealing_);
}

Result<std::vector<IncomingHookId>> IncomingRequests::waiting_commands() {
  return hooks_with_commands(connection_);
}

Result<int> IncomingRequests::begin_command(RequestId id) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::crash));
  Query row = connection_.query(kBegin);
  const int starts = row.with(id).next() ? row.small(0, 1, kMostRuns + 1) : 0;
  THIG_TRY(row.finish());
  THIG_TRY(transaction.commit());
  return starts;
}

Result<std::vector<EventId>> IncomingRequests::finish(std::span<const EndedRequest> ended, Time now,
                                                      std::int64_t config_version,
                                                      std::size_t kept_body) {
  if (ended.empty()) return std::vector<EventId>();
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY_ASSIGN(current, read_config_version(connection_));
  if (current != config_version) return config_changed();
  Ending ending(connection_, now);
  for (const EndedRequest& one : ended) THIG_TRY(ending.end(one, kept_body));
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
  // Ids are given in the order of time.
  if (filter.since) {
    conditions += fmt::format(" AND r.id >= {}", first_request_id_at(*filter.since).value);
  }
  if (filter.until) {
    conditions += fmt::format(" AND r.id < {}", first_request_id_at(*filter.until).value);
  }
  const std::string sql =
      fmt::format(fmt::runtime(kSelectList), fmt::arg("conditions", conditions),
                  fmt::arg("limit", std::min<std::size_t>(filter.limit, 1'000'000)));
  return connection_.query_once(sql).all(read_listed);
}

Result<IncomingRequest> IncomingRequests::one(RequestId id) {
  THIG_TRY_ASSIGN(request, connection_.query(kSelectOne).with(id).first(read_whole));
  if (!request) return no_request(id);
  return std::move(*request);
}

Result<IncomingRequest> IncomingRequests::unmasked(RequestId id) {
  Query row = connection_.query(kSelectOne);
  if (!row.with(id).next()) {
    THIG_TRY(row.finish());
    return no_request(id);
  }
  THIG_TRY_ASSIGN(request, read_unmasked(row, sealing_));
  THIG_TRY(row.finish());
  return request;
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
  THIG_TRY(check_runs_again(id, state, cut));
  THIG_TRY(connection_.query(kRequeue).run(id));
  return transaction.commit();
}

Result<std::vector<IncomingStats>> IncomingRequests::stats() {
  return connection_.query(kSelectStats).all([](Query& row) {
    return IncomingStats{.id = row.hook_id(0),
                         .received = row.count(1),
                         .duplicates = row.count(2),
                         .rejected = row.count(3),
                         .failed = row.count(4),
                         .last_request_at = row.optional_time(5),
                         .last_outcome = row.text(6)};
  });
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

}  // namespace thig::sqlite
