// Opening: permissions, files that are no database of ours, versions, locks.
#include "core/store/sqlite/place.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/remark_text.h"

#include <filesystem>

#include <sys/stat.h>

namespace thig {

namespace {

// Opening fails that way, naming the file, and leaves the file as it was.
void check_refused(SqlitePlace& place, ErrorCode code, const std::string& says) {
  const std::string before = read_file(place.options.file);
  const auto opened = place.try_open();
  const Error error = error_of(opened);
  CHECK(error.code == code);
  CHECK_MESSAGE(error.text.find(place.options.file) != std::string::npos, error.text);
  CHECK_MESSAGE(error.text.find(says) != std::string::npos, error.text);
  CHECK(read_file(place.options.file) == before);
}

}  // namespace

TEST_CASE("a new database is for its owner alone") {
  SqlitePlace place;
  const mode_t mask = umask(0);
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  umask(mask);
  CHECK(mode_of(place.options.file) == 0600);
  CHECK(mode_of(place.options.file + "-wal") == 0600);
  CHECK(mode_of(place.options.file + "-shm") == 0600);
  CHECK(mode_of(place.dir.path("data")) == 0700);
}

TEST_CASE("a folder that exists is left as it is") {
  SqlitePlace place;
  std::filesystem::create_directory(place.dir.path("data"));
  REQUIRE(chmod(place.dir.path("data").c_str(), 0755) == 0);
  place.open();
  CHECK(mode_of(place.dir.path("data")) == 0755);
}

TEST_CASE("who makes the database is its Owner") {
  SqlitePlace place;
  place.open();
  place.options.owner_name = "eve";
  const auto members = get(place.open()->config().members());
  REQUIRE(members.size() == 1);
  CHECK(members[0].name == "ada");
  CHECK(members[0].role == Role::owner);
  CHECK(get(place.open()->config().own_event_types()).empty());
}

TEST_CASE("own event types and members are read") {
  SqlitePlace place;
  place.open();
  RawDatabase raw(place.options.file);
  raw.run("INSERT INTO event_type VALUES ('order.paid', 'Order', 'An order is paid', '{}')");
  raw.run("INSERT INTO member VALUES ('bob', 3)");
  const auto store = place.open();
  const auto types = get(store->config().own_event_types());
  REQUIRE(types.size() == 1);
  CHECK(types[0].name == "order.paid");
  CHECK(types[0].category == "Order");
  CHECK(types[0].description == "An order is paid");
  CHECK(types[0].sample == "{}");
  CHECK_FALSE(types[0].builtin);
  CHECK(get(store->config().members()).at(1).role == Role::viewer);
}

TEST_CASE("without leave to make it, a missing database is not found") {
  SqlitePlace place;
  place.options.create = false;
  const Error error = error_of(place.try_open());
  CHECK(error.code == ErrorCode::not_found);
  CHECK(error.text.find(place.options.file) != std::string::npos);
  place.options.create = true;
  place.options.read_only = true;
  CHECK(code_of(place.try_open()) == ErrorCode::not_found);
  CHECK_FALSE(std::filesystem::exists(place.dir.path("data")));
}

TEST_CASE("an empty file, as a cut-off creation leaves it, becomes a database") {
  SqlitePlace place;
  std::filesystem::create_directory(place.dir.path("data"));
  write_file(place.options.file, "");
  place.options.create = false;
  CHECK(code_of(place.try_open()) == ErrorCode::not_found);
  place.options.create = true;
  CHECK(get(place.open()->config().members()).size() == 1);
}

TEST_CASE("several who make the database at the same time make one") {
  SqlitePlace place;
  place.options.busy_timeout = Millis{10'000};
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const auto store = place.try_open();
      _exit(store && (*store)->config().members().value().size() == 1 ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  RawDatabase raw(place.options.file);
  CHECK(raw.ask("SELECT count(*) FROM meta") == "1");
  CHECK(raw.ask("PRAGMA auto_vacuum") == "2");
  CHECK(raw.ask("PRAGMA journal_mode") == "wal");
  CHECK(raw.ask("PRAGMA application_id") == std::to_string(0x74686967));
}

TEST_CASE("odd names are files like others") {
  for (const std::string name : {":memory:", "file:x?mode=memory", "a b%20\"'.db"}) {
    SqlitePlace place;
    const std::string before = std::filesystem::current_path();
    std::filesystem::current_path(place.dir.path());
    place.options.file = name;
    const auto store = place.try_open();
    std::filesystem::current_path(before);
    CHECK_MESSAGE(store.has_value(), name);
    CHECK(std::filesystem::exists(place.dir.path(name)));
  }
}

TEST_CASE("what is no database of ours is refused and left alone") {
  SqlitePlace place;
  std::filesystem::create_directory(place.dir.path("data"));
  SUBCASE("text") {
    write_file(place.options.file, std::string(5'000, 'x'));
    check_refused(place, ErrorCode::database, "not a thig-hooks database");
  }
  SUBCASE("a database of another program") {
    RawDatabase(place.options.file).run("CREATE TABLE t (x); PRAGMA application_id = 252006673");
    check_refused(place, ErrorCode::database, "another program");
  }
  SUBCASE("a database without a mark") {
    RawDatabase(place.options.file).run("CREATE TABLE t (x)");
    check_refused(place, ErrorCode::database, "another program");
  }
  SUBCASE("a folder") {
    std::filesystem::create_directory(place.options.file);
    CHECK(code_of(place.try_open()) == ErrorCode::file);
  }
}

TEST_CASE("a newer schema is refused, naming the versions") {
  SqlitePlace place;
  place.open();
  {
    RawDatabase raw(place.options.file);
    raw.run("UPDATE meta SET app_version = '9.8.7'; PRAGMA user_version = 4000");
  }
  flatten(place.options.file);
  check_refused(place, ErrorCode::database, "schema 4000, made by thig-hooks 9.8.7");
  CHECK(remark_text(error_of(place.try_open()).hint).find("upgrade") != std::string::npos);
  place.options.read_only = true;
  check_refused(place, ErrorCode::database, "4000");
  // Even if the newer one keeps its maker elsewhere.
  RawDatabase(place.options.file).run("ALTER TABLE meta RENAME TO about");
  place.options.read_only = false;
  CHECK(code_of(place.try_open()) == ErrorCode::database);
}

TEST_CASE("a file that may only be read serves readers and refuses writers") {
  SqlitePlace place;
  const EventId event = [&] {
    const auto store = place.open();
    add_sample(*store, "crm", 1);
    return emit(*store, sample_event({{1}}));
  }();
  REQUIRE(chmod(place.dir.path().c_str(), 0755) == 0);
  REQUIRE(chmod(place.dir.path("data").c_str(), 0555) == 0);
  for (const char* end : {"", "-wal", "-shm"}) {
    REQUIRE(chmod((place.options.file + end).c_str(), 0444) == 0);
  }
  CHECK(as_stranger([&] {
    const auto writer = place.try_open();
    return !writer && writer.error().code == ErrorCode::file &&
           writer.error().text.find("read-only") != std::string::npos;
  }));
  place.options.read_only = true;
  CHECK(as_stranger([&] {
    const auto reader = place.try_open();
    if (!reader) return false;
    const auto found = (*reader)->history().event(event);
    const auto written = (*reader)->config().remove_endpoint({1}, noon, {});
    return found && !written && written.error().code == ErrorCode::file;
  }));
  REQUIRE(chmod(place.options.file.c_str(), 0000) == 0);
  CHECK(as_stranger([&] {
    const auto reader = place.try_open();
    return !reader && reader.error().code == ErrorCode::file;
  }));
  REQUIRE(chmod(place.dir.path("data").c_str(), 0700) == 0);
}

TEST_CASE("a read-only store writes nothing") {
  SqlitePlace place;
  { add_sample(*place.open(), "crm", 1); }
  place.options.read_only = true;
  const auto store = place.open();
  CHECK(get(store->config().endpoints()).size() == 1);
  const NewEvent event = sample_event({{1}});
  CHECK(code_of(store->intake().accept({&event, 1}, noon, get(store->config().config_version()))) ==
        ErrorCode::file);
  CHECK(code_of(store->config().set_endpoint_state({1}, EndpointState::disabled, DisabledBy::member,
                                                   "", noon, {})) == ErrorCode::file);
  CHECK(get(store->queue().lanes()).empty());
}

TEST_CASE("a locked database is busy, by its name; reading goes on") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  RawDatabase other(place.options.file);
  other.run("BEGIN IMMEDIATE");

  const NewEvent event = sample_event({{1}});
  const auto version = get(store->config().config_version());
  const Error error = error_of(store->intake().accept({&event, 1}, noon, version));
  CHECK(error.code == ErrorCode::busy);
  CHECK(error.text.find(place.options.file) != std::string::npos);
  CHECK(code_of(store->config().add_endpoint(sample_endpoint("erp", 2), sample_secret(), noon,
                                             {})) == ErrorCode::busy);
  CHECK(get(store->config().endpoints()).size() == 1);
  CHECK(get(place.open()->config().endpoints()).size() == 1);

  other.run("ROLLBACK");
  CHECK(store->intake().accept({&event, 1}, noon, version).has_value());
}

TEST_CASE("network filesystems are known by their magic") {
  for (const std::int64_t magic :
       {0x6969LL, 0xFF534D42LL, 0xFE534D42LL, 0x517BLL, 0x5346414FLL, 0x00C36400LL}) {
    CHECK_MESSAGE(sqlite::is_network_filesystem(magic), magic);
  }
  // ext4, tmpfs, btrfs, xfs, overlay, FUSE, 9p
  for (const std::int64_t magic : {0xEF53LL, 0x01021994LL, 0x9123683ELL, 0x58465342LL, 0x794C7630LL,
                                   0x65735546LL, 0x01021997LL}) {
    CHECK_MESSAGE(!sqlite::is_network_filesystem(magic), magic);
  }
}

}  // namespace thig
