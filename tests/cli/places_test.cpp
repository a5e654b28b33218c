#include "cli/places.h"

#include "tests/support/temp_dir.h"

#include <fstream>

#include <doctest/doctest.h>

namespace thig {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

}  // namespace

TEST_CASE("the database: the flag, the variable, the data folder") {
  struct Row {
    std::optional<std::string> flag;
    Variables variables;
    std::string database;
  };
  const Row rows[] = {
      {"/f.db", {{"THIG_HOOKS_DB", "/v.db"}, {"HOME", "/h"}}, "/f.db"},
      {{}, {{"THIG_HOOKS_DB", "/v.db"}, {"HOME", "/h"}}, "/v.db"},
      {{}, {{"THIG_HOOKS_DB", ""}, {"HOME", "/h"}}, "/h/.local/share/thig-hooks/hooks.db"},
      {{}, {{"XDG_DATA_HOME", "/x"}, {"HOME", "/h"}}, "/x/thig-hooks/hooks.db"},
      {{}, {{"XDG_DATA_HOME", "x"}, {"HOME", "/h"}}, "/h/.local/share/thig-hooks/hooks.db"},
  };
  for (const Row& row : rows) {
    const auto places = find_places(row.flag, "/key", Environment(row.variables));
    REQUIRE_MESSAGE(places, row.database);
    CHECK(places->database == row.database);
  }
}

TEST_CASE(
    "the key: the flag, the service manager's credential if there is one, the config folder") {
  const TempDir credentials;
  const Variables variables = {{"CREDENTIALS_DIRECTORY", credentials.path()}, {"HOME", "/h"}};
  CHECK(find_places("/d", "/k", Environment(variables))->key_file == "/k");
  CHECK(find_places("/d", {}, Environment(variables))->key_file == "/h/.config/thig-hooks/key");
  std::ofstream(credentials.path("thig-hooks.key")) << "1 x\n";
  CHECK(find_places("/d", {}, Environment(variables))->key_file ==
        credentials.path("thig-hooks.key"));
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
