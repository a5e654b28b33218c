// Where the database's files are, whose they are, and what happens to them under a process.
#include "core/store/sqlite/ballast.h"
#include "core/store/sqlite/ownership.h"
#include "tests/store/sqlite_place.h"

#include <atomic>
#include <filesystem>

#include <sys/stat.h>

namespace thig {

namespace {

namespace fs = std::filesystem;

constexpr uid_t somebody = 65'533;

struct stat facts_of(const std::string& file) {
  struct stat found {};
  REQUIRE(lstat(file.c_str(), &found) == 0);
  return found;
}

}  // namespace

TEST_CASE("nothing is acknowledged once the database was replaced or removed") {
  const struct {
    const char* name;
    void (*spoil)(const std::string& file);
    const char* words;
  } rows[] = {
      {"removed", [](const std::string& file) { fs::remove(file); }, "was removed"},
      {"moved", [](const std::string& file) { fs::rename(file, file + ".old"); }, "was removed"},
      {"replaced",
       [](const std::string& file) {
         fs::copy_file(file, file + ".new");
         fs::rename(file + ".new", file);
       },
       "was replaced"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    SqlitePlace place;
    const auto store = place.open();
    const EndpointId crm = add_sample(*store, "crm", 1);
    const std::int64_t version = get(store->config().config_version());
    CHECK(store->queue().data_version().has_value());
    row.spoil(place.options.file);
    const NewEvent event = sample_event({crm});
    const Error error = error_of(store->intake().accept({&event, 1}, noon, version));
    CHECK(error.code == ErrorCode::database);
    CHECK(error.text.find(row.words) != std::string::npos);
    CHECK_FALSE(error.hint.empty());
    CHECK(code_of(store->config().put_setting("a", "b")) == ErrorCode::database);
  }
}

TEST_CASE("who only looks notices that the database was replaced") {
  SqlitePlace place;
  const auto store = place.open();
  const auto other = place.open();
  fs::remove(place.options.file);
  CHECK(code_of(store->queue().data_version()) == ErrorCode::database);
  CHECK(code_of(other->config().config_version()) == ErrorCode::database);
}

TEST_CASE("a database that is reached through links is one, with one lock") {
  SqlitePlace place;
  place.open();
  SqlitePlace linked;
  linked.options.file = place.dir.path("link.db");
  linked.options.key_file = place.options.key_file;
  fs::create_symlink(place.options.file, linked.options.file);
  const auto one = place.open();
  const auto other = linked.open();
  CHECK(get(one->requests().own_actions()));
  CHECK_FALSE(get(other->requests().own_actions()));
  CHECK_FALSE(fs::exists(fs::symlink_status(linked.options.file + ".actions")));
  CHECK_FALSE(fs::exists(fs::symlink_status(linked.options.file + "-wal")));
}

TEST_CASE("a database with two names, or a name without one, is refused") {
  SqlitePlace place;
  place.open();
  fs::create_hard_link(place.options.file, place.dir.path("data/other.db"));
  Error error = error_of(place.try_open());
  CHECK(error.code == ErrorCode::file);
  CHECK(error.text.find("2 names") != std::string::npos);

  SqlitePlace dangling;
  fs::create_directory(dangling.dir.path("data"));
  fs::create_symlink(dangling.dir.path("nowhere.db"), dangling.options.file);
  error = error_of(dangling.try_open());
  CHECK(error.code == ErrorCode::file);
  CHECK(error.text.find("symbolic link") != std::string::npos);
  CHECK_FALSE(fs::exists(dangling.dir.path("nowhere.db")));
}

TEST_CASE("links planted beside a database lead nowhere") {
  SqlitePlace place;
  place.open();
  const std::string victim = place.dir.path("victim");
  const std::string made = place.dir.path("made");
  write_file(victim, "precious");
  const std::atomic<bool> goes_on{false};
  for (const std::string& target : {victim, made}) {
    for (const char* beside : {".owner", ".actions", ".ballast"}) {
      fs::create_symlink(target, place.options.file + beside);
    }
    CHECK(code_of(Ownership::take(place.options.file)) == ErrorCode::file);
    CHECK(code_of(Ownership::take(place.options.file, Duty::actions)) == ErrorCode::file);
    CHECK(code_of(Ownership::wait(place.options.file, goes_on)) == ErrorCode::file);
    CHECK_FALSE(Ownership::holder(place.options.file).has_value());
    CHECK_FALSE(sqlite::Ballast(place.options.file, 4096, 0).reserve());
    for (const char* beside : {".owner", ".actions", ".ballast"}) {
      fs::remove(place.options.file + beside);
    }
  }
  CHECK(read_file(victim) == "precious");
  CHECK_FALSE(fs::exists(made));
}

TEST_CASE("what root does in a user's database does not lock that user out") {
  if (geteuid() != 0) return;
  SqlitePlace place;
  add_sample(*place.open(), "crm", 1);
  for (const auto& entry : fs::recursive_directory_iterator(place.dir.path())) {
    REQUIRE(lchown(entry.path().c_str(), somebody, somebody) == 0);
  }
  // One that an earlier version has left.
  write_file(place.options.file + ".actions", "1\n");
  REQUIRE(chmod((place.options.file + ".actions").c_str(), 0600) == 0);
  const auto store = place.open();
  {
    const Ownership queue = get(Ownership::take(place.options.file));
    CHECK(get(store->requests().own_actions()));
    sqlite::Ballast(place.options.file, 4096, 0).reserve();
    emit(*store, sample_event({{1}}));
  }
  add_sample_incoming(*store, "in", 2);
  for (const char* beside : {".owner", ".actions", ".ballast", "-wal", "-shm"}) {
    CAPTURE(beside);
    const struct stat found = facts_of(place.options.file + beside);
    CHECK(found.st_uid == somebody);
    CHECK(found.st_gid == somebody);
    CHECK((found.st_mode & 07777) == 0600);
  }
}

TEST_CASE("a key that root makes for a user's database is that user's, where that can reach it") {
  if (geteuid() != 0) return;
  for (const bool reachable : {true, false}) {
    CAPTURE(reachable);
    SqlitePlace place;
    place.open();
    REQUIRE(chown(place.options.file.c_str(), somebody, somebody) == 0);
    fs::create_directory(place.dir.path("keys"));
    REQUIRE(chmod(place.dir.path("keys").c_str(), reachable ? 0755 : 0700) == 0);
    const auto store = place.open();
    add_sample(*store, "crm", 1);
    CHECK(facts_of(place.options.key_file).st_uid == (reachable ? somebody : 0));
    CHECK(get(place.open()->config().secrets({1}, noon)).size() == 1);
  }
}

TEST_CASE("a key that another user has put there is not taken") {
  if (geteuid() != 0) return;
  SqlitePlace other;
  add_sample(*other.open(), "crm", 1);
  REQUIRE(chown(other.options.key_file.c_str(), somebody, somebody) == 0);
  SqlitePlace place;
  place.options.key_file = other.options.key_file;
  const auto store = place.open();
  const auto added =
      store->config().add_endpoint(sample_endpoint("crm", 1), sample_secret(), noon, {});
  CHECK(code_of(added) == ErrorCode::key);
}

}  // namespace thig
