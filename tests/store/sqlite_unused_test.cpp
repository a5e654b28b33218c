// A database that was made for nothing is removed again, and no other.
#include "core/base/folder_lock.h"
#include "core/store/sqlite/ownership.h"
#include "core/store/sqlite/place.h"
#include "core/store/sqlite/unused.h"
#include "tests/store/sqlite_place.h"

#include <array>
#include <atomic>
#include <filesystem>
#include <optional>
#include <thread>

namespace thig {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 1> of_no_use = {"clock"};

bool removed(const SqlitePlace& place) {
  return get(sqlite::remove_unused(place.options.file, of_no_use));
}

std::size_t files_beside(const SqlitePlace& place) {
  const fs::directory_iterator folder(fs::path(place.options.file).parent_path());
  return static_cast<std::size_t>(std::distance(folder, fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a database that nothing was written to is removed with all that is beside it") {
  SqlitePlace place;
  ok(place.open()->config().put_setting("clock", "12"));
  CHECK(removed(place));
  CHECK(files_beside(place) == 0);
  // With the locks of those that have ended.
  place.open();
  for (const Duty duty : {Duty::dispatch, Duty::actions}) {
    get(Ownership::take(place.options.file, duty));
  }
  CHECK(removed(place));
  CHECK(files_beside(place) == 0);
}

TEST_CASE("a database that anything was written to stays") {
  const struct {
    const char* name;
    void (*write)(Store& store);
  } rows[] = {
      {"a webhook", [](Store& store) { add_sample(store, "crm", 1); }},
      {"an event", [](Store& store) { emit(store, sample_event({})); }},
      {"a member",
       [](Store& store) { ok(store.config().put_member({.name = "bob", .role = Role::viewer})); }},
      {"an event type",
       [](Store& store) {
         ok(store.config().put_event_type({"a.b", "A", "", "{}", false}, noon));
       }},
      {"a setting",
       [](Store& store) { ok(store.config().put_setting("public-url", "https://x.test")); }},
      {"a line in the trail",
       [](Store& store) { ok(store.config().record_audit({.subject = "x"})); }},
      {"what was removed again",
       [](Store& store) {
         ok(store.config().remove_endpoint(add_sample(store, "crm", 1), noon, {}));
       }},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    SqlitePlace place;
    row.write(*place.open());
    CHECK_FALSE(removed(place));
    CHECK(get(place.open()->config().members()).front().name == "ada");
    CHECK(RawDatabase(place.options.file).ask("PRAGMA integrity_check") == "ok");
  }
}

TEST_CASE("a database that somebody has open or serves stays, and goes on working") {
  SqlitePlace place;
  {
    const auto other = place.open();  // has written nothing yet
    CHECK_FALSE(removed(place));
    add_sample(*other, "crm", 1);
  }
  CHECK_FALSE(removed(place));
  CHECK(get(place.open()->config().find_endpoint("crm")).name == "crm");

  SqlitePlace served;
  served.open();
  {
    const Ownership owner = get(Ownership::take(served.options.file));
    CHECK_FALSE(removed(served));
  }
  CHECK(removed(served));
}

// A connection that has read nothing yet has no lock of SQLite's. It would go on with the file that
// is gone, and with the journal of the next one of that name.
TEST_CASE("a database that somebody is just opening stays") {
  SqlitePlace place;
  place.open();
  {
    const auto opening = sqlite::hold_place(place.options.file, Millis{0});
    const auto beside = sqlite::hold_place(place.options.file, Millis{0});
    CHECK(opening);
    CHECK(beside);
    CHECK_FALSE(removed(place));
  }
  CHECK(removed(place));
}

TEST_CASE("a stranger who holds the folder of a database keeps nobody from working") {
  SqlitePlace place;
  place.open();
  place.options.busy_timeout = Millis{10};
  const auto held =
      get(lock_folder(fs::path(place.options.file).parent_path(), FolderUse::alone, Millis{0}));
  add_sample(*place.open(), "crm", 1);
  CHECK(get(place.open()->config().find_endpoint("crm")).name == "crm");
}

// While one is removed, its folder is held (unused.cpp), and whoever opens it then waits.
TEST_CASE("a database that is removed while somebody waits to open it is made anew") {
  SqlitePlace place;
  place.open();
  place.options.busy_timeout = Millis{5'000};
  auto removing = std::make_optional(
      get(lock_folder(fs::path(place.options.file).parent_path(), FolderUse::alone, Millis{0})));
  std::atomic<bool> begun{false};
  std::thread other([&] {
    begun = true;
    begun.notify_all();
    add_sample(*place.open(), "crm", 1);
  });
  begun.wait(false);
  fs::remove(place.options.file);
  removing.reset();
  other.join();
  CHECK(get(place.open()->config().find_endpoint("crm")).name == "crm");
}

TEST_CASE("of many first commands that fail or succeed at once none takes anything from another") {
  for (int round = 0; round < 20; ++round) {
    SqlitePlace place;
    pid_t children[4];
    for (int i = 0; i < 4; ++i) {
      children[i] = fork();
      REQUIRE(children[i] >= 0);
      if (children[i] != 0) continue;
      // Each opens as a first command does; every other one fails then.
      place.options.busy_timeout = Millis{5'000};
      bool good = false;
      {
        auto store = place.try_open();
        const bool fails = i % 2 == 0;
        if (store && !fails) {
          good = (*store)
                     ->config()
                     .put_member({.name = std::to_string(i), .role = Role::viewer})
                     .has_value();
        }
        if (fails) good = true;
      }
      if (i % 2 == 0)
        good = sqlite::remove_unused(place.options.file, of_no_use).has_value() || good;
      _exit(good ? 0 : 1);
    }
    int kept = 0;
    for (int i = 0; i < 4; ++i) {
      int status = 0;
      REQUIRE(waitpid(children[i], &status, 0) == children[i]);
      kept += i % 2 == 1 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 1 : 0;
    }
    // What was said to be written is there.
    if (kept == 0) continue;
    CHECK(get(place.open()->config().members()).size() == static_cast<std::size_t>(kept) + 1);
  }
}

TEST_CASE("a lock that was removed before it was locked is none") {
  SqlitePlace place;
  place.open();
  const std::string lock = lock_file(place.options.file, Duty::dispatch);
  const Ownership old = get(Ownership::take(place.options.file));
  fs::remove(lock);
  const Ownership fresh = get(Ownership::take(place.options.file));
  CHECK(fs::exists(lock));
  CHECK(code_of(Ownership::take(place.options.file)) == ErrorCode::busy);
}

}  // namespace thig
