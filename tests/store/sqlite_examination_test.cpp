// Looking at databases that are sound, damaged, another program's, or not there.
#include "core/store/sqlite/examination.h"
#include "tests/store/sqlite_place.h"

#include <filesystem>

namespace thig {

namespace {

namespace fs = std::filesystem;

NewEvent event_with(const std::string& text) {
  return {"project.created", R"({"text":")" + text + R"("})", {{1}}, {}};
}

}  // namespace

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
