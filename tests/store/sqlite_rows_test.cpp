// What the tables hold and cost: removal in pieces, and bytes per delivery.
#include "tests/store/counted_steps.h"
#include "tests/store/faulty_vfs.h"
#include "tests/store/sqlite_place.h"

namespace thig {

namespace {

std::string rows_of(const SqlitePlace& place, const std::string& table, std::int64_t endpoint) {
  return RawDatabase(place.options.file)
      .ask("SELECT count(*) FROM " + table + " WHERE endpoint_id = " + std::to_string(endpoint));
}

const std::string kTablesOfAnEndpoint[] = {
    "queue",           "delivery",         "attempt",         "activity",        "failure",
    "endpoint_secret", "endpoint_counter", "endpoint_health", "removed_endpoint"};

// Many pending, some of them retried, and some that have ended.
void fill(Store& store, EndpointId id, int count) {
  const std::vector<NewEvent> events(static_cast<std::size_t>(count), sample_event({id}));
  record(store, events);
  const auto rows =
      get(store.queue().read_due({.endpoint = id, .after = {}, .limit = 3'000}, noon + hour));
  SettleBatch batch;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    batch.deliveries.push_back(settled(rows[i], failed_attempt(1),
                                       i % 2 == 0 ? DeliveryState::pending : DeliveryState::dead,
                                       noon + hour));
  }
  ok(store.queue().settle(batch, noon));
}

// With one request of another webhook behind that many of a command's.
int steps_of_a_look_for_actions(std::size_t commands) {
  const CountedSteps counting;
  SqlitePlace place;
  const auto store = place.open();
  IncomingHook hook = sample_incoming("command", 1);
  hook.action.kind = ActionKind::run;
  hook.action.command = {"/bin/true"};
  ok(store->incoming().add(hook, sample_secret("token"), std::nullopt, noon, {}));
  const IncomingHookId other = add_sample_incoming(*store, "other", 2);
  const std::vector<ArrivedRequest> arrived(commands, sample_request({1}));
  get(store->requests().receive(arrived, noon));
  const RequestId wanted = receive_one(*store, sample_request(other)).id;
  return CountedSteps::of([&] {
    CHECK(ids_of(get(store->requests().pending(std::nullopt, 100))) == std::vector{wanted});
  });
}

}  // namespace

TEST_CASE("commands that wait cost those nothing who look for other actions") {
  const std::int64_t few = steps_of_a_look_for_actions(10);
  CHECK(few > 0);
  CHECK(steps_of_a_look_for_actions(3'000) < few + 20);
}

TEST_CASE("the end of a large request writes its body no second time") {
  int written = 0;  // of each page its frame's head and the page
  const FaultyVfs counting([&](FileCall call, std::string_view file) {
    written += call == FileCall::write && file.ends_with("-wal") ? 1 : 0;
    return SQLITE_OK;
  });
  SqlitePlace place;
  const auto store = place.open();
  const IncomingHookId hook = add_sample_incoming(*store, "in", 1);
  constexpr std::size_t size = 8u << 20;
  constexpr std::size_t kept = 1u << 20;  // by finish_one
  const RequestId done = receive_one(*store, sample_request(hook, {}, std::string(size, 'x'))).id;
  written = 0;
  finish_one(*store, done);
  // What is freed is overwritten, where SQLite was built to do so; then what is kept.
  CHECK(written < static_cast<int>(2 * (size + kept) / 4096 + 100));
  CHECK(get(store->requests().one(done)).body == std::string(kept, 'x'));
  CHECK(get(store->requests().one(done)).body_size == size);

  const RequestId failed = receive_one(*store, sample_request(hook, {}, std::string(size, 'y'))).id;
  finish_one(*store, failed, RequestState::failed);
  CHECK(get(store->requests().one(failed)).body == std::string(size, 'y'));
}

TEST_CASE("removing a webhook leaves no row of it, however many there were") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "gone", 1);
  add_sample(*store, "stays", 2);
  fill(*store, {1}, 13'000);
  fill(*store, {2}, 50);
  ok(store->config().remove_endpoint({1}, noon, {}));
  for (const std::string& table : kTablesOfAnEndpoint)
    CHECK_MESSAGE(rows_of(place, table, 1) == "0", table);
  CHECK(rows_of(place, "queue", 2) == "25");
  CHECK(rows_of(place, "delivery", 2) == "25");
  CHECK(rows_of(place, "attempt", 2) == "25");
  CHECK(rows_of(place, "endpoint_secret", 2) == "1");
}

TEST_CASE("a removal that was cut off shows nothing and is finished by those who come") {
  SqlitePlace place;
  place.options.bounds.rows = 1'000;
  EventId event;
  {
    const auto store = place.open();
    add_sample(*store, "gone", 1);
    fill(*store, {1}, 10'000);
    event = emit(*store, sample_event({{1}}));
  }
  // As after the removal's first transaction.
  RawDatabase(place.options.file)
      .run(
          "DELETE FROM endpoint; DELETE FROM endpoint_secret; DELETE FROM endpoint_health;"
          "DELETE FROM endpoint_counter; INSERT INTO removed_endpoint VALUES (1)");

  place.options.read_only = true;
  {
    const auto reader = place.open();
    CHECK(get(reader->queue().lanes()).empty());
    CHECK(all_due(*reader, {1}).empty());
    CHECK(get(reader->history().deliveries({})).empty());
    DeliveryFilter filter;
    filter.endpoint = EndpointId{1};
    CHECK(get(reader->history().deliveries(filter)).empty());
    CHECK(get(reader->statistics().stats({})).empty());
    CHECK(code_of(reader->history().timeline({event, {1}})) == ErrorCode::not_found);
  }
  CHECK(rows_of(place, "queue", 1) == "8501");

  place.options.read_only = false;
  int openings = 0;
  while (rows_of(place, "removed_endpoint", 1) == "1" && openings < 20) {
    place.open();
    ++openings;
  }
  CHECK(openings > 2);  // a piece at each
  for (const std::string& table : kTablesOfAnEndpoint)
    CHECK_MESSAGE(rows_of(place, table, 1) == "0", table);
}

TEST_CASE("removing an incoming webhook leaves no row of it, also when it was cut off") {
  SqlitePlace place;
  place.options.bounds.rows = 1'000;
  const std::string tables[] = {"incoming_secret",  "incoming_token", "incoming_counter",
                                "incoming_request", "incoming_seen",  "removed_incoming"};
  const auto rows = [&](const std::string& table, int hook) {
    return RawDatabase(place.options.file)
        .ask("SELECT count(*) FROM " + table + " WHERE hook_id = " + std::to_string(hook));
  };
  const auto fill_requests = [](Store& store, IncomingHookId id, int count) {
    add_sample_incoming(store, "in" + std::to_string(id.value), id.value);
    ok(store.incoming().rotate_secret(id, sample_secret(), std::nullopt, noon, {}));
    std::vector<ArrivedRequest> batch;
    for (int i = 0; i < count; ++i) batch.push_back(sample_request(id, {std::to_string(i)}));
    get(store.requests().receive(batch, noon));
  };
  RequestId pending;
  {
    const auto store = place.open();
    fill_requests(*store, {1}, 2'500);
    fill_requests(*store, {2}, 2'500);
    fill_requests(*store, {3}, 20);
    ok(store->incoming().remove({1}, noon, {}));
    RequestFilter filter;
    filter.hook = IncomingHookId{2};
    pending = get(store->requests().list(filter)).at(0).id;
  }
  for (const std::string& table : tables) CHECK_MESSAGE(rows(table, 1) == "0", table);

  // As after the removal's first transaction.
  RawDatabase(place.options.file)
      .run(
          "DELETE FROM incoming_hook WHERE id = 2; DELETE FROM incoming_secret WHERE hook_id = 2;"
          "DELETE FROM incoming_token WHERE hook_id = 2;"
          "DELETE FROM incoming_counter WHERE hook_id = 2;"
          "INSERT INTO removed_incoming VALUES (2)");
  place.options.read_only = true;
  {
    const auto reader = place.open();
    CHECK(get(reader->requests().list({})).size() == 20);
    CHECK(get(reader->requests().pending(std::nullopt, 100)).size() == 20);
    CHECK(code_of(reader->requests().one(pending)) == ErrorCode::not_found);
  }
  place.options.read_only = false;
  CHECK(finish_one(*place.open(), pending).empty());
  int openings = 0;
  while (rows("removed_incoming", 2) == "1" && openings < 20) {
    place.open();
    ++openings;
  }
  CHECK(openings > 2);  // a piece at each
  for (const std::string& table : tables) CHECK_MESSAGE(rows(table, 2) == "0", table);
  CHECK(rows("incoming_request", 3) == "20");
  CHECK(rows("incoming_seen", 3) == "20");
}

TEST_CASE("a delivered event costs at most 300 bytes beyond its body") {
  SqlitePlace place;
  std::size_t bodies = 0;
  int delivered = 0;
  {
    const auto store = place.open();
    add_sample(*store, "crm", 1);
    for (int round = 0; round < 40; ++round) {
      const std::vector<NewEvent> events(
          250, NewEvent{"project.created", "\"" + std::string(400, 'x') + "\"", {{1}}, {}});
      const Time now = noon + round * second;
      record(*store, events, now);
      SettleBatch batch;
      for (const QueuedDelivery& row : all_due(*store, {1})) {
        bodies += row.body.size();
        ++delivered;
        batch.deliveries.push_back(settled(row, good_attempt(1, now), DeliveryState::delivered));
      }
      ok(store->queue().settle(batch, now));
    }
  }
  CHECK(delivered == 10'000);
  flatten(place.options.file);
  const double beyond = static_cast<double>(read_file(place.options.file).size() - bodies);
  CHECK(beyond / delivered <= 300);
}

TEST_CASE("the room that idempotency keys take is known without counting them") {
  SqlitePlace place;
  const auto counted = [&] {
    return std::stoll(RawDatabase(place.options.file)
                          .ask("SELECT value FROM setting WHERE name = 'idempotency.bytes'"));
  };
  const auto summed = [&] {
    return std::stoll(RawDatabase(place.options.file)
                          .ask("SELECT coalesce(sum(100 + 3 * length(key) + length(missed)), 0)"
                               "  FROM idempotency"));
  };
  const auto store = place.open();
  const auto used = [&] {
    return static_cast<long long>(get(store->maintenance().database_size()).used);
  };
  SeededRandom random(5);
  std::vector<std::string> keys;
  for (int i = 0; i < 10'000; ++i) keys.push_back("order-" + std::to_string(random.bits(40)));
  const auto record_all = [&](bool keyed, Time now) {
    const auto before = used();
    for (std::size_t first = 0; first < keys.size(); first += 500) {
      std::vector<NewEvent> events;
      for (std::size_t i = first; i < first + 500; ++i) {
        events.push_back(keyed ? keyed_event(keys[i]) : sample_event({}));
      }
      record(*store, events, now);
    }
    return used() - before;
  };
  const auto plain = record_all(false, noon);
  const auto room = record_all(true, noon) - plain;
  CHECK(counted() == summed());
  CHECK(counted() >= room * 3 / 4);
  CHECK(counted() <= room * 3 / 2);

  // By every way in which rows come and go.
  record_all(true, noon + 25 * hour);
  CHECK(counted() == summed());
  const EventId named = emit(*store, keyed_event("named", "{}", {}, {}), noon + 26 * hour);
  get(store->maintenance().erase({&named, 1}, {}));
  CHECK(counted() == summed());
  CHECK(get(store->maintenance().prune_figures({}, noon + 49 * hour, 4'000)).keys == 4'000);
  CHECK(counted() == summed());
  while (!get(store->maintenance().prune_figures({}, noon + 49 * hour, 4'000)).empty()) {
  }
  CHECK(counted() == 0);
}

}  // namespace thig
