#include "cli/config/places.h"

#include "tests/support/temp_dir.h"

#include <fstream>

#include <doctest/doctest.h>

namespace thig {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

}  // namespace

TEST_CASE("the database: where it is named, else the data folder") {
  struct Row {
    std::optional<std::string> flag;
    Variables variables;
    std::string database;
  };
  const Row rows[] = {
      {"/f.db", {{"HOME", "/h"}}, "/f.db"},
      {{}, {{"HOME", "/h"}}, "/h/.local/share/thig-hooks/hooks.db"},
      {{}, {{"XDG_DATA_HOME", "/x"}, {"HOME", "/h"}}, "/x/thig-hooks/hooks.db"},
      {{}, {{"XDG_DATA_HOME", "x"}, {"HOME", "/h"}}, "/h/.local/share/thig-hooks/hooks.db"},
  };
  for (const Row& row : rows) {
    const auto places = find_places(row.flag, "/key", Environment(row.variables));
    REQUIRE_MESSAGE(places, row.database);
    CHECK(places->database == row.database);
  }
}

TEST_CASE("the key: where it is named, else the config folder") {
  const Environment environment(Variables{{"HOME", "/h"}});
  CHECK(find_places("/d", "/k", environment)->key_file == "/k");
  CHECK(find_places("/d", {}, environment)->key_file == "/h/.config/thig-hooks/key");
}

TEST_CASE("the service manager's key counts if it is there") {
  const TempDir credentials;
  const Environment environment(Variables{{"CREDENTIALS_DIRECTORY", credentials.path()}});
  CHECK_FALSE(credentials_key(environment));
  std::ofstream(credentials.path("thig-hooks.key")) << "1 x\n";
  CHECK(credentials_key(environment) == credentials.path("thig-hooks.key"));
  CHECK_FALSE(credentials_key(Environment()));
}

TEST_CASE("relative paths are those of the working directory, as absolute ones") {
  const auto places = find_places("hooks.db", "key", Environment());
  REQUIRE(places);
  CHECK(places->database.starts_with('/'));
  CHECK(places->database.ends_with("/hooks.db"));
}

TEST_CASE("a machine without a HOME is told what to do") {
  const auto places = find_places({}, {}, Environment());
  REQUIRE_FALSE(places);
  CHECK(places.error().code == ErrorCode::usage);
  CHECK(places.error().hint.find("--db") != std::string::npos);
}

TEST_CASE("an empty path is refused") {
  CHECK_FALSE(find_places("", "/k", Environment()));
  CHECK_FALSE(find_places("/d", "", Environment()));
}

}  // namespace thig
