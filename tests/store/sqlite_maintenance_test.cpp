// What is SQLite's own about pruning, erasing and copying: files, their sizes, their bytes.
#include "tests/store/faulty_vfs.h"
#include "tests/store/sqlite_place.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <thread>

#include <sys/stat.h>

namespace thig {

namespace {

namespace fs = std::filesystem;

constexpr EventId end_of_history{std::numeric_limits<std::int64_t>::max()};

NewEvent event_about(const std::string& text) {
  return {"project.created", R"({"text":")" + text + R"("})", {{1}}, {}};
}

void prune_all(Store& store) {
  EventId from;
  for (bool more = true; more;) {
    const auto step = get(store.maintenance().prune_history(from, end_of_history, 500));
    from = step.reached;
    more = step.more;
  }
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

std::string text_of(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& one : all) text += one + "\n";
  return text;
}

}  // namespace

// A removal that was cut off is gone on with when the database is opened, a bit each time: whoever
// writes one setting, as `run` does each minute, must not find itself deleting for hours.
TEST_CASE("what a removed webhook left behind is deleted by removals, not by other changes") {
  SqlitePlace place;
  const auto store = place.open();
  const EndpointId crm = add_sample(*store, "crm", 1);
  RawDatabase raw(place.options.file);
  raw.ask("INSERT INTO removed_endpoint (endpoint_id) VALUES (77) RETURNING 1");
  const auto left = [&] { return raw.ask("SELECT count(*) FROM removed_endpoint"); };
  ok(store->config().in_transaction([&] { return store->config().put_setting("clock", "1"); }));
  CHECK(left() == "1");
  ok(store->config().in_transaction(
      [&] { return store->config().remove_endpoint(crm, noon, {}); }));
  CHECK(left() == "0");
}

TEST_CASE("a database can give pages back, and its file gets smaller") {
  SqlitePlace place;
  auto store = place.open();
  CHECK(RawDatabase(place.options.file).ask("PRAGMA auto_vacuum") == "2");
  for (int i = 0; i < 60; ++i) {
    emit(*store, {"project.created", "\"" + std::string(100'000, 'x') + "\"", {}, {}});
  }
  REQUIRE(get(store->maintenance().clear_journal()));
  const auto full = fs::file_size(place.options.file);
  CHECK(full > 6'000'000);
  prune_all(*store);
  while (get(store->maintenance().shrink(Millis{2}))) {
  }
  REQUIRE(get(store->maintenance().clear_journal()));
  CHECK(fs::file_size(place.options.file) < full / 10);
  CHECK(RawDatabase(place.options.file).ask("PRAGMA integrity_check") == "ok");
}

TEST_CASE("pruning where there is nothing to prune takes no lock and writes nothing") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  emit(*store, event_about("waits"));
  RawDatabase writer(place.options.file);
  writer.run("BEGIN IMMEDIATE");
  CHECK_FALSE(get(store->maintenance().prune_history({}, end_of_history, 100)).more);
  CHECK(get(store->maintenance().prune_figures(noon, noon, 100)).empty());
  CHECK_FALSE(get(store->maintenance().shrink(Millis{5})));
  CHECK(get(store->maintenance().database_size()).used > 0);
  // There is something now, so that it needs the lock.
  writer.run("COMMIT");
  emit(*store, {"project.created", "1", {}, {}});
  writer.run("BEGIN IMMEDIATE");
  CHECK(code_of(store->maintenance().prune_history({}, end_of_history, 100)) == ErrorCode::busy);
}

TEST_CASE("on a full disk pruning takes the ballast, and makes room") {
  SqlitePlace place;
  place.options.ballast_size = std::uint64_t{64} * 1024;
  const std::string ballast = place.options.file + ".ballast";
  bool full = false;
  const FaultyVfs vfs([&](FileCall call, std::string_view) {
    return call == FileCall::write && full && fs::exists(ballast) ? SQLITE_FULL : SQLITE_OK;
  });
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  for (int i = 0; i < 3; ++i) emit(*store, sample_event({{1}}));
  for (const QueuedDelivery& row : all_due(*store, {1})) {
    ok(settle_one(*store, settled(row, good_attempt(1), DeliveryState::delivered)));
  }
  REQUIRE(fs::exists(ballast));
  full = true;
  CHECK(get(store->maintenance().prune_history({}, end_of_history, 100)).counts.events == 3);
  CHECK_FALSE(fs::exists(ballast));
  // Without one it is an error, and nothing is gone.
  full = false;
  emit(*store, sample_event({}));
  fs::create_directory(ballast);  // there, and not to be given up
  full = true;
  CHECK(code_of(store->maintenance().prune_history({}, end_of_history, 100)) == ErrorCode::full);
  full = false;
  CHECK(get(store->maintenance().count_history({}, end_of_history, 100)).counts.events == 1);
}

TEST_CASE("what is erased is in no file of the database any more") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  const std::string needle = "needle-4711-needle";
  std::vector<EventId> found;
  for (int i = 0; i < 30; ++i) {
    const std::string padding(static_cast<std::size_t>(i) * 700, 'p');
    const EventId id = emit(*store, event_about(i % 3 == 0 ? needle + padding : padding));
    if (i % 3 == 0) found.push_back(id);
  }
  const auto rows = all_due(*store, {1}, noon + 24 * hour);
  Attempt repeats = failed_attempt(1);
  repeats.answer = needle;
  ok(settle_one(*store, settled(rows[0], repeats, DeliveryState::dead)));

  REQUIRE(get(store->maintenance().clear_journal()));
  CHECK(read_file(place.options.file).find(needle) != std::string::npos);
  CHECK(get(store->maintenance().erase(found, {})).counts.events == 10);
  REQUIRE(get(store->maintenance().clear_journal()));
  CHECK(read_file(place.options.file).find(needle) == std::string::npos);
  CHECK(read_file(place.options.file + "-wal").find(needle) == std::string::npos);
  CHECK(RawDatabase(place.options.file).ask("PRAGMA integrity_check") == "ok");
}

TEST_CASE("the journal is not cleared while somebody reads from it") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  emit(*store, event_about("x"));
  RawDatabase reader(place.options.file);
  reader.run("BEGIN; SELECT count(*) FROM event");
  emit(*store, event_about("y"));
  CHECK_FALSE(get(store->maintenance().clear_journal()));
  reader.run("COMMIT");
  CHECK(get(store->maintenance().clear_journal()));
}

TEST_CASE("a copy has all that was committed, is private, and opens") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  for (int i = 0; i < 50; ++i) emit(*store, event_about(std::to_string(i)));
  const std::string copy = place.dir.path("copy.db");
  std::uint64_t last = 0;
  const auto report = get(store->maintenance().back_up(
      {.file = copy, .replace = false, .on_progress = [&](auto done, auto total) {
         CHECK(done >= last);
         CHECK(done <= total);
         last = done;
         return true;
       }}));
  CHECK(report.events == 50);
  CHECK(report.pending == 50);
  CHECK(report.webhooks == 1);
  CHECK(mode_of(copy) == 0600);
  CHECK(fs::file_size(copy) == report.bytes);
  CHECK_FALSE(fs::exists(copy + "-wal"));
  CHECK_FALSE(fs::exists(copy + "-shm"));

  SqlitePlace other;
  other.options.file = copy;
  other.options.key_file = place.options.key_file;
  other.options.create = false;
  {
    other.options.read_only = true;
    const auto read = other.open();
    CHECK(get(read->history().deliveries({})).size() == 50);
  }
  other.options.read_only = false;
  const auto opened = other.open();
  CHECK(get(opened->config().secrets({1}, noon)).size() == 1);
  CHECK(emit(*opened, event_about("goes on")) > EventId{});
  CHECK(RawDatabase(copy).ask("PRAGMA journal_mode") == "wal");
}

TEST_CASE("a copy is one moment, however much is written meanwhile") {
  SqlitePlace place;
  place.options.busy_timeout = Millis{5'000};
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  for (int i = 0; i < 40; ++i) emit(*store, event_about(std::string(200'000, 'x')));
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::thread writer([&] {
    const auto another = place.open();
    while (!stop) {
      emit(*another, event_about("meanwhile"));
      ++written;
    }
  });
  const std::string copy = place.dir.path("copy.db");
  int steps = 0;
  const auto report =
      store->maintenance().back_up({.file = copy, .replace = false, .on_progress = [&](auto, auto) {
                                      const int before = written;
                                      while (written < before + 3) std::this_thread::yield();
                                      ++steps;
                                      return true;
                                    }});
  stop = true;
  writer.join();
  REQUIRE(report);
  CHECK(steps > 3);
  RawDatabase raw(copy);
  CHECK(raw.ask("PRAGMA integrity_check") == "ok");
  CHECK(raw.ask("SELECT count(*) FROM event") == std::to_string(report->events));
  CHECK(raw.ask("SELECT count(*) FROM queue") == std::to_string(report->events));
  CHECK(raw.ask("SELECT pending FROM endpoint_counter") == std::to_string(report->events));
}

TEST_CASE("a copy replaces nothing unasked, and never what is in use") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  const std::string copy = place.dir.path("copy.db");
  write_file(copy, "precious");
  CHECK(code_of(store->maintenance().back_up({.file = copy})) == ErrorCode::conflict);
  CHECK(read_file(copy) == "precious");
  CHECK(get(store->maintenance().back_up({.file = copy, .replace = true})).webhooks == 1);
  CHECK(read_file(copy).starts_with("SQLite format 3"));

  // Somebody looks into it, which leaves files beside it.
  RawDatabase(copy).ask("SELECT count(*) FROM event");
  write_file(copy + "-wal", "");
  CHECK(get(store->maintenance().back_up({.file = copy, .replace = true})).webhooks == 1);
  CHECK_FALSE(fs::exists(copy + "-wal"));

  const std::string key = read_file(place.options.key_file);
  for (const std::string& file : {place.options.file, place.options.key_file}) {
    CHECK_FALSE(store->maintenance().back_up({.file = file, .replace = true}));
  }
  CHECK(read_file(place.options.key_file) == key);
  CHECK(get(store->config().endpoints()).size() == 1);
  fs::create_directory(place.dir.path("folder"));
  CHECK(code_of(store->maintenance().back_up(
            {.file = place.dir.path("folder"), .replace = true})) == ErrorCode::conflict);
  // Another database that is open there has a WAL, which would be taken for the copy's.
  write_file(place.dir.path("other.db-wal"), "frames");
  CHECK(code_of(store->maintenance().back_up(
            {.file = place.dir.path("other.db"), .replace = true})) == ErrorCode::conflict);
  CHECK(code_of(store->maintenance().back_up({.file = place.dir.path("missing/copy.db")})) ==
        ErrorCode::file);
}

TEST_CASE("a copy that is given up leaves nothing behind") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  for (int i = 0; i < 30; ++i) emit(*store, event_about(std::string(200'000, 'x')));
  fs::create_directory(place.dir.path("copies"));
  const std::string copy = place.dir.path("copies/copy.db");
  for (const int give_up_at : {1, 2, 1'000}) {
    int steps = 0;
    const auto report = store->maintenance().back_up(
        {.file = copy, .replace = false, .on_progress = [&](auto done, auto total) {
           return ++steps < give_up_at && done < total;
         }});
    CHECK(code_of(report) == ErrorCode::interrupted);
    CHECK(text_of(names_in(place.dir.path("copies"))) == "");
  }
}

TEST_CASE("what a copy that was killed has left goes with the next one") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  fs::create_directory(place.dir.path("copies"));
  const std::string copy = place.dir.path("copies/copy.db");
  for (const char* rest : {".partial", ".partial-wal", ".partial-journal", ".partial-shm"}) {
    write_file(copy + rest, "bodies");
  }
  CHECK(get(store->maintenance().back_up({.file = copy})).webhooks == 1);
  CHECK(std::distance(fs::directory_iterator(place.dir.path("copies")), {}) == 1);
}

TEST_CASE("of two copies to one place at a time one is told to come again") {
  SqlitePlace place;
  const auto store = place.open();
  const auto other = place.open();
  const std::string copy = place.dir.path("copy.db");
  bool tried = false;
  const auto beside = [&](auto, auto) {
    if (tried) return true;
    tried = true;
    CHECK(code_of(other->maintenance().back_up({.file = copy})) == ErrorCode::busy);
    CHECK(other->maintenance().back_up({.file = copy + "2"}).has_value());
    return true;
  };
  get(store->maintenance().back_up({.file = copy, .replace = false, .on_progress = beside}));
  CHECK(tried);
  CHECK(fs::exists(copy));
}

TEST_CASE("a link in the place of a copy that is being made is not followed") {
  SqlitePlace place;
  const auto store = place.open();
  const std::string victim = place.dir.path("victim");
  write_file(victim, "precious");
  fs::create_symlink(victim, place.dir.path("copy.db.partial"));
  CHECK(code_of(store->maintenance().back_up({.file = place.dir.path("copy.db")})) ==
        ErrorCode::file);
  CHECK(read_file(victim) == "precious");
}

TEST_CASE("a database that is damaged gives no copy") {
  SqlitePlace place;
  {
    const auto store = place.open();
    add_sample(*store, "crm", 1);
    for (int i = 0; i < 200; ++i) emit(*store, event_about(std::string(300, 'x')));
  }
  flatten(place.options.file);
  std::string bytes = read_file(place.options.file);
  for (std::size_t at = bytes.size() / 2; at < bytes.size() / 2 + 8'192; ++at) bytes[at] = '\x7f';
  write_file(place.options.file, bytes);
  fs::create_directory(place.dir.path("copies"));
  const auto store = place.try_open();
  if (store) {
    CHECK_FALSE((*store)->maintenance().back_up({.file = place.dir.path("copies/copy.db")}));
  }
  CHECK(text_of(names_in(place.dir.path("copies"))) == "");
}

}  // namespace thig
