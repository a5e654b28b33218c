// How much one transaction takes in, and that others get in between many of them.
#include "core/store/sqlite/transaction.h"
#include "core/store/sqlite/write_turns.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/row_bounds.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>

namespace thig {

namespace {

constexpr Millis kForever = std::chrono::hours(24);

// A place whose transactions are cut by rows alone, or after the first thing they took in.
std::unique_ptr<SqlitePlace> place_cut_by_rows(std::size_t rows) {
  auto place = std::make_unique<SqlitePlace>();
  place->options.bounds = cut_by_rows_alone(rows);
  return place;
}
std::unique_ptr<SqlitePlace> place_cut_by_time() {
  auto place = std::make_unique<SqlitePlace>();
  place->options.bounds = {.rows = 1'000'000, .longest = Millis{0}};
  return place;
}

std::vector<EventId> accept_first(Store& store, const std::vector<NewEvent>& events) {
  return record(store, events, noon, Portion::first);
}

std::vector<DeliveryId> pending_ids(Store& store, EndpointId endpoint, std::size_t count) {
  const std::vector<NewEvent> events(count, sample_event({endpoint}));
  std::vector<DeliveryId> ids;
  for (const EventId id : record(store, events)) ids.push_back({id, endpoint});
  return ids;
}

std::int64_t pending_rows(const SqlitePlace& place) {
  return std::stoll(RawDatabase(place.options.file).ask("SELECT count(*) FROM queue"));
}

}  // namespace

TEST_CASE("a transaction takes in no further event once it holds its rows") {
  CHECK(TransactionBounds{}.rows == 5'000);
  CHECK(TransactionBounds{}.longest == Millis{50});
  CHECK(TransactionBounds{}.longest_beside_others == Millis{12});
  const auto place = place_cut_by_rows(10);
  const auto store = place->open();
  for (const int id : {1, 2, 3}) add_sample(*store, "w" + std::to_string(id), id);
  const std::vector<NewEvent> events(5, sample_event({{1}, {2}}, {{3}}));  // 4 rows each
  CHECK(accept_first(*store, events).size() == 3);
  CHECK(pending_rows(*place) == 6);
  CHECK(record(*store, events).size() == 5);
  // One event stays whole.
  std::vector<EndpointId> many(40, EndpointId{1});
  for (std::size_t i = 0; i < many.size(); ++i) {
    many[i] = add_sample(*store, "m" + std::to_string(i), 100 + static_cast<std::int64_t>(i));
  }
  CHECK(accept_first(*store, {sample_event(many), sample_event(many)}).size() == 1);
  CHECK(pending_rows(*place) == 6 + 10 + 40);
}

TEST_CASE("a transaction takes in no further event once it has run its time") {
  const auto place = place_cut_by_time();
  const auto store = place->open();
  add_sample(*store, "crm", 1);
  add_sample(*store, "erp", 2);
  const std::vector<NewEvent> events(3, sample_event({{1}}, {{2}}));
  CHECK(accept_first(*store, events).size() == 1);
  CHECK(stats_of(*store, {1}).pending == 1);  // what was counted ahead is taken back
  CHECK(stats_of(*store, {2}).missed == 1);
  CHECK(pending_rows(*place) == 1);
}

TEST_CASE("bodies that are read in vain take time, too, while others wait to write") {
  const auto place = place_cut_by_time();
  const auto store = place->open();
  const EndpointId old = add_sample(*store, "old", 1);
  record(*store, std::vector<NewEvent>(4, sample_event({old})));
  const EndpointId fresh = add_sample(*store, "fresh", 2);
  UnsentRange range{.endpoint = fresh,
                    .events = {},
                    .wanted = [](std::string_view) { return true; },
                    .wanted_body = [](std::string_view) { return false; }};
  int parts = 1;
  for (;; ++parts) {
    const UnsentPart part = get(store->recovery().record_unsent(range, 100, noon));
    CHECK(part.counts.empty());
    if (!part.rest) break;
    range.after = part.rest;
  }
  CHECK(parts == 4);
}

TEST_CASE("of events with keys a cut transaction answers those before the first that is left") {
  using Kind = Acceptance::Kind;
  const std::vector<NewEvent> events{keyed_event("a"), keyed_event("a"), keyed_event("b"),
                                     keyed_event("b"), keyed_event("c")};  // 2 rows each
  for (const bool by_time : {false, true}) {
    const auto place = by_time ? place_cut_by_time() : place_cut_by_rows(4);
    const auto store = place->open();
    std::vector<EventId> ids;
    std::vector<Kind> kinds;
    for (int calls = 0; kinds.size() < events.size(); ++calls) {
      REQUIRE(calls < 5);
      const auto rest = std::span(events).subspan(kinds.size());
      const auto some = accept(*store, rest, noon, Portion::first);
      CHECK(some.size() <= 2);
      for (const Acceptance& one : some) {
        kinds.push_back(one.kind);
        ids.push_back(one.id);
      }
    }
    CHECK(kinds == std::vector{Kind::recorded, Kind::duplicate, Kind::recorded, Kind::duplicate,
                               Kind::recorded});
    CHECK(ids[0] == ids[1]);
    CHECK(ids[2] == ids[3]);
    CHECK(RawDatabase(place->options.file).ask("SELECT count(*) FROM event") == "3");
    CHECK(RawDatabase(place->options.file).ask("SELECT count(*) FROM idempotency") == "3");
  }
}

TEST_CASE("deliveries that are named are cancelled and retried in parts") {
  for (const bool by_time : {false, true}) {
    const auto place = by_time ? place_cut_by_time() : place_cut_by_rows(2);
    const auto store = place->open();
    const EndpointId crm = add_sample(*store, "crm", 1);
    const auto ids = pending_ids(*store, crm, 5);
    const std::size_t at_once = by_time ? 1 : 2;

    // Whatever a part would reach, all are looked at first.
    std::vector<DeliveryId> wrong = ids;
    wrong.push_back({EventId{12'345}, crm});
    CHECK(code_of(store->recovery().cancel(wrong, noon, Unfit::refuse)) == ErrorCode::not_found);
    CHECK(code_of(store->recovery().retry(wrong, noon)) == ErrorCode::not_found);
    CHECK(stats_of(*store, crm).pending == 5);

    auto part = get(store->recovery().cancel(ids, noon, Unfit::refuse));
    CHECK(part.looked_at == at_once);
    CHECK(part.cancelled == at_once);
    CHECK(stats_of(*store, crm).cancelled == static_cast<std::int64_t>(at_once));
    CHECK(code_of(store->recovery().cancel(ids, noon, Unfit::refuse)) == ErrorCode::conflict);
    part = get(store->recovery().cancel(ids, noon, Unfit::skip));
    CHECK(part.looked_at == at_once);
    CHECK(part.cancelled == 0);

    const auto retried = get(store->recovery().retry(ids, noon + hour));
    REQUIRE(retried.size() == at_once);
    CHECK(retried.front().was == DeliveryState::cancelled);
    CHECK(stats_of(*store, crm).pending == 5);
  }
}

TEST_CASE("a range is cancelled and queued again in parts that end in time") {
  const auto place = place_cut_by_time();
  const auto store = place->open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  pending_ids(*store, crm, 4);
  PendingRange pending{.endpoint = crm, .events = {}, .after = {}};
  int parts = 0;
  for (bool more = true; more && parts < 20; ++parts) {
    const PendingPart part = get(store->recovery().cancel_pending(pending, 500, noon));
    more = part.rest.has_value();
    pending.after = part.rest;
  }
  CHECK(parts == 4);
  CHECK(stats_of(*store, crm).cancelled == 4);

  const std::vector<NewEvent> missed(4, sample_event({}, {crm}));
  record(*store, missed);
  EndedRange ended{.endpoint = crm, .events = {}};
  const auto due = [](EndpointId) { return noon + hour; };
  parts = 0;
  for (bool more = true; more && parts < 20; ++parts) {
    const EndedPart part = get(store->recovery().requeue_ended(ended, 500, noon, due));
    more = part.rest.has_value();
    ended.after = part.rest;
  }
  CHECK(parts == 4);
  CHECK(stats_of(*store, crm).pending == 4);
  CHECK(stats_of(*store, crm).missed == 0);
}

TEST_CASE("events are erased in parts, each event whole") {
  for (const bool by_time : {false, true}) {
    const auto place = by_time ? place_cut_by_time() : place_cut_by_rows(10);
    const auto store = place->open();
    for (const int id : {1, 2, 3}) add_sample(*store, "w" + std::to_string(id), id);
    const std::vector<NewEvent> events(5, sample_event({{1}, {2}}, {{3}}));  // 4 rows each
    const auto ids = record(*store, events);
    const IncomingHookId hook = add_sample_incoming(*store, "orders", 9);
    const RequestId request = receive_one(*store, sample_request(hook), noon).id;
    const std::size_t at_once = by_time ? 1 : 3;

    ErasedPart part = get(store->maintenance().erase(ids, {&request, 1}));
    CHECK(part.looked_at == at_once);
    CHECK(part.counts.events == static_cast<std::int64_t>(at_once));
    CHECK(part.counts.pending == static_cast<std::int64_t>(2 * at_once));
    CHECK(part.counts.deliveries == static_cast<std::int64_t>(at_once));
    CHECK(stats_of(*store, {1}).pending == static_cast<std::int64_t>(5 - at_once));
    if (by_time) continue;
    part = get(store->maintenance().erase(std::span(ids).subspan(at_once), {&request, 1}));
    CHECK(part.looked_at == 3);  // two events of four rows, and the request
    CHECK(part.counts.requests == 1);
    CHECK(pending_rows(*place) == 0);
  }
}

TEST_CASE("a writer leaves the lock to others after having held it for long") {
  using std::chrono::microseconds;
  using std::chrono::milliseconds;
  const sqlite::SteadyTime start{milliseconds(1'000'000)};
  sqlite::WriteTurns turns;
  CHECK(turns.wait_before(start) == milliseconds(0));
  CHECK(turns.pause(0) == microseconds(100));
  CHECK(turns.pause(9) == microseconds(500));
  // Short ones one after the other add up.
  sqlite::SteadyTime now = start;
  int transactions = 0;
  while (turns.wait_before(now) == milliseconds(0)) {
    turns.taken(now);
    CHECK(turns.held_for(now + milliseconds(3)) == milliseconds(3));
    now += milliseconds(5);
    turns.released(now);
    REQUIRE(++transactions < 100);
  }
  CHECK(transactions == 3);
  CHECK(turns.wait_before(now) == microseconds(1500));
  CHECK(turns.wait_before(now + milliseconds(1)) == microseconds(500));
  CHECK(turns.pause(0) == microseconds(1500));
  CHECK(turns.wait_before(now + milliseconds(9)) == milliseconds(0));
  // After the gap it starts again.
  now += milliseconds(3);
  turns.taken(now);
  turns.released(now + milliseconds(10));
  CHECK(turns.wait_before(now + milliseconds(10)) == milliseconds(0));
  // A gap that came by itself is one as well.
  now += milliseconds(40);
  turns.taken(now);
  turns.released(now + milliseconds(10));
  CHECK(turns.wait_before(now + milliseconds(10)) == milliseconds(0));
}

TEST_CASE("transactions are shorter while others write, too") {
  SqlitePlace place;
  place.options.bounds = {.rows = 100, .longest = kForever, .longest_beside_others = Millis{0}};
  const auto store = place.open();
  const auto other = place.open();
  add_sample(*store, "crm", 1);
  const std::vector<NewEvent> events(5, sample_event({{1}}));
  CHECK(accept_first(*store, events).size() == 5);  // alone
  CHECK(accept_first(*other, events).size() == 5);  // as far as it knows
  CHECK(accept_first(*store, events).size() == 1);
  CHECK(accept_first(*store, events).size() == 1);  // for a while
  CHECK(accept_first(*other, events).size() == 1);

  using std::chrono::milliseconds;
  const sqlite::SteadyTime start{milliseconds(1'000'000)};
  sqlite::WriteTurns turns;
  CHECK_FALSE(turns.beside_others(start));
  turns.others_wrote(start);
  CHECK(turns.beside_others(start + milliseconds(999)));
  CHECK_FALSE(turns.beside_others(start + milliseconds(1000)));
}

// Counted in transactions of the other, so that a slow machine changes nothing.
TEST_CASE("who waits for a writer that goes on and on gets in after a few of its transactions") {
  SqlitePlace place;
  place.options.busy_timeout = Millis{5'000};
  place.open();
  RawDatabase(place.options.file).run("CREATE TABLE number (n INTEGER)");
  std::atomic<int> committed = 0;
  std::jthread writer([&](const std::stop_token& stop) {
    auto opened = sqlite::Connection::open({.file = place.options.file});
    while (opened && !stop.stop_requested()) {
      auto transaction = sqlite::Transaction::write(**opened, sqlite::Durability::crash);
      if (!transaction) return;
      std::this_thread::sleep_for(Millis{8});  // as one of some hundred rows
      if (!(*opened)->query("INSERT INTO number VALUES (1)").run()) return;
      if (!transaction->commit()) return;
      ++committed;
    }
  });
  while (committed < 2) std::this_thread::yield();

  const auto other = get(sqlite::Connection::open({.file = place.options.file}));
  std::vector<int> passed;
  for (int i = 0; i < 10; ++i) {
    const int before = committed;
    {
      auto transaction = get(sqlite::Transaction::write(*other, sqlite::Durability::crash));
      passed.push_back(committed - before);
    }
    const int now = committed;
    while (committed < now + 2) std::this_thread::yield();
  }
  std::ranges::sort(passed);
  CHECK(passed[5] <= 5);
  CHECK(passed.back() <= 25);  // 25 of 8 ms: within 200 ms
}

}  // namespace thig
