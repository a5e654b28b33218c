// Checkpoints: nothing committed is lost, and the WAL stays short.
#include "core/store/sqlite/transaction.h"
#include "tests/store/faulty_vfs.h"
#include "tests/store/sqlite_place.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

namespace thig {

namespace {

constexpr std::uintmax_t kMiB = 1 << 20;

std::uintmax_t wal_size(const SqlitePlace& place) {
  return std::filesystem::file_size(place.options.file + "-wal");
}

NewEvent big_event(std::size_t bytes) {
  return {"project.created", "\"" + std::string(bytes, 'x') + "\"", {{1}}, {}};
}

std::int64_t checkpoints_of(const SqlitePlace& place) {
  return std::stoll(RawDatabase(place.options.file).ask("SELECT checkpoints FROM meta"));
}

// Inserts numbers of its own, each in a transaction, checkpointing as often as possible; answers
// how many were committed.
std::int64_t insert_until(const std::string& file, std::int64_t first, std::atomic<bool>& stop) {
  auto opened = sqlite::Connection::open({.file = file, .checkpoint_frames = 2});
  if (!opened) return -1;
  sqlite::Connection& connection = **opened;
  std::int64_t committed = 0;
  while (!stop) {
    auto transaction = sqlite::Transaction::write(connection, sqlite::Durability::crash);
    if (!transaction) return -1;
    const std::string padding(static_cast<std::size_t>(committed % 7) * 900, 'p');
    if (!connection.query("INSERT INTO number VALUES (?1, ?2)").run(first + committed, padding)) {
      return -1;
    }
    if (!transaction->commit()) return -1;
    ++committed;
  }
  return committed;
}

}  // namespace

TEST_CASE("writers that checkpoint against each other lose no row") {
  SqlitePlace place;
  place.open();
  RawDatabase(place.options.file).run("CREATE TABLE number (n INTEGER PRIMARY KEY, padding TEXT)");

  std::atomic<bool> stop = false;
  std::int64_t committed[3] = {};
  std::vector<std::thread> writers;
  for (int i = 0; i < 3; ++i) {
    writers.emplace_back(
        [&, i] { committed[i] = insert_until(place.options.file, i * 1'000'000'000LL, stop); });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));  // as long as the race is run
  stop = true;
  for (std::thread& writer : writers) writer.join();

  RawDatabase raw(place.options.file);
  for (const std::int64_t i : {0, 1, 2}) {
    CHECK(committed[i] > 20);
    const std::string from = std::to_string(i * 1'000'000'000LL);
    const std::string to = std::to_string((i + 1) * 1'000'000'000LL);
    CHECK(raw.ask("SELECT count(*) FROM number WHERE n >= " + from + " AND n < " + to) ==
          std::to_string(committed[i]));
  }
  CHECK(raw.ask("PRAGMA integrity_check") == "ok");
  CHECK(checkpoints_of(place) > 20);
}

// What keeps the races out: in WAL mode the database file itself is written by checkpoints alone,
// so at each of these calls another connection tries to begin a commit.
TEST_CASE("nobody can commit while a checkpoint is under way") {
  SqlitePlace place;
  { add_sample(*place.open(), "crm", 1); }
  RawDatabase other(place.options.file);
  int calls = 0;
  int locks_had = 0;
  const FaultyVfs vfs([&](FileCall, std::string_view file) {
    if (!file.ends_with("hooks.db")) return SQLITE_OK;
    ++calls;
    if (other.try_run("BEGIN IMMEDIATE")) {
      ++locks_had;
      other.run("ROLLBACK");
    }
    return SQLITE_OK;
  });
  const auto store = place.open();
  for (int i = 0; i < 12; ++i) emit(*store, big_event(200'000));
  CHECK(calls > 100);
  CHECK(locks_had == 0);
  CHECK(other.try_run("BEGIN IMMEDIATE"));
}

TEST_CASE("the WAL stays short through many commits") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  std::uintmax_t longest = 0;
  for (int i = 0; i < 200; ++i) {
    emit(*store, big_event(200'000));
    longest = std::max(longest, wal_size(place));
  }
  CHECK(std::filesystem::file_size(place.options.file) > 30 * kMiB);
  CHECK(longest < 8 * kMiB);
  CHECK(get(store->history().deliveries({})).size() == 50);
}

TEST_CASE("the WAL stays short when every commit is a process of its own") {
  SqlitePlace place;
  { add_sample(*place.open(), "crm", 1); }
  std::uintmax_t longest = 0;
  for (int i = 0; i < 150; ++i) {
    emit(*place.open(), big_event(100'000));
    longest = std::max(longest, wal_size(place));
  }
  CHECK(longest < 3 * kMiB);
  CHECK(get(place.open()->statistics().stats({})).at(0).pending == 150);
}

TEST_CASE("a reader that holds the WAL delays checkpoints but loses nothing") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  {
    RawDatabase reader(place.options.file);
    reader.run("BEGIN; SELECT count(*) FROM event");
    for (int i = 0; i < 60; ++i) emit(*store, big_event(200'000));
    CHECK(wal_size(place) > 10 * kMiB);
    CHECK(reader.ask("SELECT count(*) FROM event") == "0");
    reader.run("COMMIT");
    CHECK(reader.ask("SELECT count(*) FROM event") == "60");
  }
  const auto before = checkpoints_of(place);
  for (int i = 0; i < 60; ++i) emit(*store, big_event(200'000));
  CHECK(checkpoints_of(place) > before);
  // It is written over from its start; the file keeps the length it once had, up to 64 MiB.
  CHECK(wal_size(place) < 20 * kMiB);
  CHECK(stats_of(*store, {1}).pending == 120);
}

TEST_CASE("closing does not checkpoint") {
  SqlitePlace place;
  { add_sample(*place.open(), "crm", 1); }
  CHECK(wal_size(place) > 0);
  CHECK(checkpoints_of(place) == 0);
}

}  // namespace thig
