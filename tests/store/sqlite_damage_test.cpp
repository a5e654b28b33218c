// Files that were cut, changed or crafted: errors, never anything worse.
#include "tests/store/sqlite_place.h"

#include <algorithm>
#include <filesystem>

namespace thig {

namespace {

// A database with something in every table that is ever read.
void fill(SqlitePlace& place) {
  const auto store = place.open();
  for (const std::int64_t id : {1, 2}) add_sample(*store, "w" + std::to_string(id), id);
  for (int i = 0; i < 40; ++i) emit(*store, sample_event({{1}, {2}}, {}), noon + i * second);
  emit(*store, sample_event({}, {{1}}));
  SettleBatch batch;
  const auto rows = all_due(*store, {1});
  for (std::size_t i = 0; i < 20; ++i) {
    batch.deliveries.push_back(settled(rows[i], failed_attempt(1),
                                       i % 2 == 0 ? DeliveryState::pending : DeliveryState::dead,
                                       noon + hour));
  }
  batch.endpoints.push_back({{1}, {3, noon, true, 3, noon + hour, minute, 1}, {}, ""});
  ok(store->settle(batch, noon));
  RawDatabase raw(place.options.file);
  raw.run("INSERT INTO event_type VALUES ('order.paid', 'Order', 'An order is paid', '{}')");
}

// Asks for everything and writes a little; the kinds of error that came.
class Exercise {
 public:
  explicit Exercise(SqlitePlace& place) {
    auto opened = place.try_open();
    if (!note(opened)) return;
    Store& store = **opened;
    read(store);
    write(store);
  }

  bool only(std::initializer_list<ErrorCode> allowed) const {
    for (const ErrorCode code : codes_) {
      if (std::find(allowed.begin(), allowed.end(), code) == allowed.end()) return false;
    }
    return true;
  }
  bool saw(ErrorCode code) const {
    return std::find(codes_.begin(), codes_.end(), code) != codes_.end();
  }

 private:
  void read(Store& store) {
    note(store.config_version());
    note(store.endpoints());
    note(store.find_endpoint("w1"));
    note(store.secrets({1}, noon));
    note(store.members());
    note(store.own_event_types());
    note(store.lanes());
    note(store.read_due({1}, std::nullopt, noon + 9 * hour, 100));
    note(store.read_due({2}, LaneCursor{noon, {}}, noon + 9 * hour, 100));
    note(store.health({1}));
    note(store.time_floor({}));
    note(store.stats({}));
    const auto all = store.deliveries({});
    if (!note(all)) return;
    for (const Delivery& one : *all) {
      if (!note(store.timeline(one.id))) return;
    }
  }

  void write(Store& store) {
    const NewEvent event = sample_event({{2}}, {{1}});
    if (const auto version = store.config_version()) {
      note(store.accept({&event, 1}, noon, *version));
    }
    if (const auto rows = store.read_due({2}, std::nullopt, noon + 9 * hour, 10)) {
      SettleBatch batch;
      for (const QueuedDelivery& row : *rows) {
        batch.deliveries.push_back(settled(row, good_attempt(1), DeliveryState::delivered));
      }
      note(store.settle(batch, noon));
    }
    note(store.add_endpoint(sample_endpoint("new", 9), sample_secret(), noon, {}));
    note(store.remove_endpoint({2}, noon, {}));
  }

  template <class T>
  bool note(const Result<T>& result) {
    if (!result) codes_.push_back(result.error().code);
    return result.has_value();
  }

  std::vector<ErrorCode> codes_;
};

// Lets values of any type into any column, which the schema would not: what a crafted file can do.
void loosen_schema(RawDatabase& raw) {
  raw.run(
      "PRAGMA writable_schema = ON;"
      "UPDATE sqlite_schema SET sql = replace(replace(replace(replace(replace(sql, "
      "') STRICT, WITHOUT', ') WITHOUT'), ') STRICT', ')'), ' NOT NULL', ''), ' TEXT ', ' '), "
      "' INTEGER,', ',');"
      "PRAGMA writable_schema = RESET");
}

const std::string kCrafts[] = {
    "UPDATE meta SET config_version = 'x'",
    "UPDATE meta SET config_version = NULL",
    "DELETE FROM meta",
    "UPDATE meta SET last_event_id = -1",
    "UPDATE meta SET last_event_id = 9223372036854775807",
    "UPDATE meta SET origin = 1024",
    "UPDATE meta SET origin = 'x'",
    "UPDATE meta SET key_check = 'text'",
    "UPDATE member SET role = 4",
    "UPDATE member SET role = -1",
    "UPDATE member SET name = x'00'",
    "UPDATE event_type SET sample = NULL",
    "UPDATE endpoint SET name = 5 WHERE id = 1",
    "UPDATE endpoint SET url = NULL",
    "UPDATE endpoint SET events = '[1]'",
    "UPDATE endpoint SET events = '{}'",
    "UPDATE endpoint SET events = '[\"a\"'",
    "UPDATE endpoint SET events = ''",
    "UPDATE endpoint SET events = '[\"' || x'ff' || '\"]'",
    "UPDATE endpoint SET headers = '[[\"a\"]]'",
    "UPDATE endpoint SET headers = '[\"a\"]'",
    "UPDATE endpoint SET headers = '[[1,2]]'",
    "UPDATE endpoint SET retry = '[-1]'",
    "UPDATE endpoint SET retry = '[1e30]'",
    "UPDATE endpoint SET retry = '[99999999999999999999]'",
    "UPDATE endpoint SET signature = 3",
    "UPDATE endpoint SET state = 2",
    "UPDATE endpoint SET disabled_by = 4",
    "UPDATE endpoint SET timeout = -1",
    "UPDATE endpoint SET timeout = 9223372036854775807",
    "UPDATE endpoint SET max_in_flight = 0",
    "UPDATE endpoint SET max_in_flight = 99999999999",
    "UPDATE endpoint SET rate = 'fast'",
    "UPDATE endpoint SET allow_private = 2",
    "UPDATE endpoint SET state_since = 9223372036854775807",
    "UPDATE endpoint SET created_at = -9223372036854775807",
    "UPDATE endpoint SET updated_at = 'x'",
    "UPDATE endpoint_secret SET sealed = 'text'",
    "UPDATE endpoint_secret SET number = 0",
    "UPDATE endpoint_health SET consecutive_failures = -1",
    "UPDATE endpoint_health SET consecutive_failures = 4294967296",
    "UPDATE endpoint_health SET warned = 7",
    "UPDATE endpoint_health SET window = 0",
    "UPDATE endpoint_health SET park = -5",
    "UPDATE endpoint_health SET parked_until = 'x'",
    "UPDATE endpoint_counter SET attempts_ok = -1",
    "UPDATE endpoint_counter SET attempts_ok = 9223372036854775807",
    "UPDATE endpoint_counter SET last_outcome = NULL",
    "UPDATE event SET body = NULL",
    "UPDATE event SET body = 12",
    "UPDATE event SET type = x'00'",
    "UPDATE queue SET attempt = -1",
    "UPDATE queue SET attempt = 'x'",
    "UPDATE queue SET due_at = 'x'",
    "UPDATE delivery SET state = 77",
    "UPDATE delivery SET state = 'dead'",
    "UPDATE delivery SET finished_at = 'x'",
    "UPDATE delivery SET attempts = -1",
    "UPDATE delivery SET status = 1000",
    "UPDATE delivery SET duration = NULL",
    "UPDATE delivery SET error = x'05'",
    "UPDATE attempt SET answer = x'05'",
    "UPDATE attempt SET duration = -1",
    "UPDATE activity SET bucket = 64",
    "UPDATE activity SET bucket = -1",
    "UPDATE activity SET ok = 9223372036854775807",
    "DROP TABLE queue",
    "DROP TABLE event",
    "DROP TABLE endpoint_counter",
};

}  // namespace

TEST_CASE("the exercise finds nothing wrong with a sound database") {
  SqlitePlace place;
  fill(place);
  CHECK(Exercise(place).only({}));
}

TEST_CASE("values that the schema does not allow are named as damage") {
  for (const std::string& craft : kCrafts) {
    SqlitePlace place;
    fill(place);
    {
      RawDatabase raw(place.options.file);
      loosen_schema(raw);
      raw.run(craft);
    }
    const Exercise exercise(place);
    CHECK_MESSAGE(exercise.saw(ErrorCode::database), craft);
    CHECK_MESSAGE(exercise.only({ErrorCode::database, ErrorCode::not_found, ErrorCode::key}),
                  craft);
  }
}

TEST_CASE("a crafted schema runs nothing of its own") {
  SqlitePlace place;
  fill(place);
  {
    RawDatabase raw(place.options.file);
    raw.run(
        "CREATE TABLE trap (n INTEGER); INSERT INTO trap VALUES (0);"
        "CREATE TRIGGER spring AFTER INSERT ON event BEGIN UPDATE trap SET n = n + 1; END");
  }
  emit(*place.open(), sample_event({}));
  CHECK(RawDatabase(place.options.file).ask("SELECT n FROM trap") == "0");
}

TEST_CASE("a file that was cut or changed anywhere gives errors at worst") {
  SqlitePlace model;
  fill(model);
  flatten(model.options.file);
  const std::string sound = read_file(model.options.file);
  SeededRandom random(99);
  int noticed = 0;
  for (int round = 0; round < 150; ++round) {
    std::string bytes = sound;
    if (round % 5 == 0) {
      bytes.resize(static_cast<std::size_t>(random.bits(40)) % bytes.size());
    } else {
      for (int change = 0; change <= round % 7; ++change) {
        bytes[static_cast<std::size_t>(random.bits(40)) % bytes.size()] =
            static_cast<char>(random.bits(8));
      }
    }
    SqlitePlace place;
    std::filesystem::create_directory(place.dir.path("data"));
    std::filesystem::copy(model.dir.path("keys"), place.dir.path("keys"));
    write_file(place.options.file, bytes);
    const Exercise exercise(place);
    CAPTURE(round);
    CHECK_FALSE(exercise.saw(ErrorCode::internal));
    CHECK_FALSE(exercise.saw(ErrorCode::busy));
    noticed += exercise.only({}) ? 0 : 1;
  }
  CHECK(noticed > 30);
}

}  // namespace thig
