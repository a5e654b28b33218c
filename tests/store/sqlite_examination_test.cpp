// Looking at databases that are sound, damaged, another program's, or not there.
#include "core/store/sqlite/examination.h"
#include "tests/store/sqlite_place.h"

#include <filesystem>

#include <sys/stat.h>

namespace thig {

namespace {

namespace fs = std::filesystem;

NewEvent event_with(const std::string& text) {
  return {"project.created", R"({"text":")" + text + R"("})", {{1}}, {}};
}

}  // namespace

TEST_CASE("an examination ends when it is told to") {
  SqlitePlace place;
  {
    const auto store = place.open();
    const EndpointId crm = add_sample(*store, "crm", 1);
    for (int i = 0; i < 50; ++i) {
      const std::vector<NewEvent> events(200, sample_event({crm}));
      record(*store, events);
    }
  }
  int asked = 0;
  const auto whole = examine_sqlite(place.options, true, place.random, [&] { return ++asked > 0; });
  CHECK_FALSE(whole.failure.has_value());
  CHECK(asked > 0);
  CHECK(examine_sqlite(place.options, true, place.random, [] { return false; }).failure);
}

TEST_CASE("a sound database is found sound") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  const EventId id = emit(*store, event_with("x"));
  for (const bool whole : {false, true}) {
    const auto found = examine_sqlite(place.options, whole, place.random);
    CHECK_FALSE(found.failure);
    CHECK(found.problems.empty());
    CHECK(found.checked == (whole ? DatabaseExamination::Extent::everything
                                  : DatabaseExamination::Extent::structure));
    // A look ends soon, however large the database is.
    place.options.checked_at_a_look = 1;
    CHECK(examine_sqlite(place.options, whole, place.random).checked ==
          (whole ? DatabaseExamination::Extent::everything : DatabaseExamination::Extent::nothing));
    place.options.checked_at_a_look = SqliteOptions{}.checked_at_a_look;
    CHECK(found.schema == found.newest_schema);
    CHECK(found.key_used);
    CHECK_FALSE(found.key_failure);
    CHECK(found.newest_event == time_of(id));
    CHECK(found.file.exists);
    CHECK(found.file.ours);
    CHECK(found.file.mode == 0600);
    CHECK(found.wal.size > 0);
    CHECK(found.free_space.value_or(0) > 0);
  }
}

TEST_CASE("what others have built into a database is found") {
  for (const char* sql : {"CREATE TRIGGER spy AFTER INSERT ON event BEGIN DELETE FROM queue; END",
                          "CREATE VIEW spy AS SELECT 1"}) {
    SqlitePlace place;
    place.open();
    RawDatabase(place.options.file).run(sql);
    const auto found = examine_sqlite(place.options, false, place.random);
    REQUIRE(found.problems.size() == 1);
    CHECK(found.problems[0].find("spy") != std::string::npos);
  }
}

TEST_CASE("counters that differ from the rows are found when everything is looked at") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  emit(*store, event_with("x"));
  emit(*store, event_with("y"));
  CHECK(examine_sqlite(place.options, true, place.random).miscounts.empty());
  RawDatabase(place.options.file)
      .run("UPDATE endpoint_counter SET pending = 3, missed = 1, delivered = 5");
  CHECK(examine_sqlite(place.options, false, place.random).miscounts.empty());
  const auto found = examine_sqlite(place.options, true, place.random);
  CHECK(found.miscounts == std::vector<std::string>{"crm counts 3 pending, but 2 are recorded",
                                                    "crm counts 1 missed, but 0 are recorded"});
}

TEST_CASE("counters of incoming webhooks that count less than there is are found, too") {
  SqlitePlace place;
  const auto store = place.open();
  const IncomingHookId hook = add_sample_incoming(*store, "issues", 1);
  const RequestId first = receive_one(*store, sample_request(hook, {"a"})).id;
  CHECK(receive_one(*store, sample_request(hook, {"a"})).duplicate);
  receive_one(*store, sample_request(hook, {"b"}));
  receive_one(*store, rejected_request(hook));
  finish_one(*store, first, RequestState::failed);
  CHECK(examine_sqlite(place.options, true, place.random).miscounts.empty());

  RawDatabase raw(place.options.file);
  // They count what has been pruned since, too.
  raw.run("UPDATE incoming_counter SET received = 9, failed = 9, duplicates = 9, rejected = 9");
  CHECK(examine_sqlite(place.options, true, place.random).miscounts.empty());
  raw.run("UPDATE incoming_counter SET received = 1, failed = 0, duplicates = 0, rejected = 0");
  CHECK(examine_sqlite(place.options, false, place.random).miscounts.empty());
  CHECK(examine_sqlite(place.options, true, place.random).miscounts ==
        std::vector<std::string>{"issues counts 1 requests, but 2 are recorded",
                                 "issues counts 0 failed requests, but 1 are recorded",
                                 "issues counts 0 duplicate requests, but 1 are recorded",
                                 "issues counts 0 rejected requests, but 1 are recorded"});
}

TEST_CASE("a database that its owner cannot write is found, and copies of before an upgrade") {
  SqlitePlace place;
  { place.open(); }
  flatten(place.options.file);
  CHECK(examine_sqlite(place.options, false, place.random).unwritable == "");
  const std::string copy = place.options.file + ".schema-1";
  write_file(copy, "x");
  const auto found = examine_sqlite(place.options, false, place.random);
  REQUIRE(found.copies.size() == 1);
  CHECK(found.copies[0].path == copy);
  if (geteuid() != 0) return;  // who owns it can be chosen by root alone
  REQUIRE(chown(place.options.file.c_str(), 65534, 65534) == 0);
  REQUIRE(chmod(place.options.file.c_str(), 0400) == 0);
  REQUIRE(chmod(place.dir.path("").c_str(), 0755) == 0);
  REQUIRE(chmod(place.dir.path("data").c_str(), 0777) == 0);
  CHECK(as_stranger([&] {
    SeededRandom random{1};
    return examine_sqlite(place.options, false, random).unwritable.ends_with("Permission denied");
  }));
}

TEST_CASE("what is no database of ours is a finding, and nothing is made") {
  SqlitePlace place;
  CHECK(examine_sqlite(place.options, false, place.random).failure->code == ErrorCode::not_found);
  CHECK_FALSE(fs::exists(place.options.file));

  fs::create_directories(fs::path(place.options.file).parent_path());
  for (const std::string& bytes : {std::string(5'000, 'x'), std::string("SQLite format 3")}) {
    write_file(place.options.file, bytes);
    const auto found = examine_sqlite(place.options, true, place.random);
    REQUIRE(found.failure);
    CHECK(found.failure->code == ErrorCode::database);
    CHECK(read_file(place.options.file) == bytes);
  }
  fs::remove(place.options.file);
  RawDatabase(place.options.file).run("CREATE TABLE t (x)");
  CHECK(examine_sqlite(place.options, false, place.random).failure->code == ErrorCode::database);
}

TEST_CASE("a newer database is a finding; an older one can be looked at") {
  SqlitePlace place;
  place.open();
  {
    RawDatabase raw(place.options.file);
    raw.run("PRAGMA user_version = 99");
  }
  CHECK(examine_sqlite(place.options, false, place.random).failure->code == ErrorCode::database);
  {
    RawDatabase raw(place.options.file);
    raw.run("PRAGMA user_version = 2");
  }
  const auto found = examine_sqlite(place.options, false, place.random);
  CHECK_FALSE(found.failure);
  CHECK(found.schema == 2);
  CHECK(found.newest_schema > 2);
}

TEST_CASE("damage and a lost key are found") {
  SqlitePlace place;
  {
    const auto store = place.open();
    add_sample(*store, "crm", 1);
    for (int i = 0; i < 200; ++i) emit(*store, event_with(std::string(300, 'x')));
  }
  const std::string key = read_file(place.options.key_file);
  fs::permissions(place.options.key_file, fs::perms::others_read, fs::perm_options::add);
  CHECK(examine_sqlite(place.options, false, place.random).key_failure->code == ErrorCode::key);
  fs::remove(place.options.key_file);
  CHECK(examine_sqlite(place.options, false, place.random).key_failure->code == ErrorCode::key);

  flatten(place.options.file);
  std::string bytes = read_file(place.options.file);
  for (std::size_t at = bytes.size() / 2; at < bytes.size() / 2 + 8'192; ++at) bytes[at] = '\x7f';
  write_file(place.options.file, bytes);
  const auto found = examine_sqlite(place.options, true, place.random);
  CHECK((found.failure || !found.problems.empty()));
}

}  // namespace thig
