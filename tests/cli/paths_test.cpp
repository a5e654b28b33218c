#include "cli/config/paths.h"

#include "tests/support/remark_text.h"
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
    const auto paths = find_paths(row.flag, "/key", Environment(row.variables));
    REQUIRE_MESSAGE(paths, row.database);
    CHECK(paths->database.file() == row.database);
  }
}

TEST_CASE("the key: where it is named, else the config folder") {
  const Environment environment(Variables{{"HOME", "/h"}});
  CHECK(find_paths("/d", "/k", environment)->key_file == "/k");
  CHECK(find_paths("/d", {}, environment)->key_file == "/h/.config/thig-hooks/key");
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
  const auto paths = find_paths("hooks.db", "key", Environment());
  REQUIRE(paths);
  CHECK(paths->database.file().starts_with('/'));
  CHECK(paths->database.file().ends_with("/hooks.db"));
}

TEST_CASE("what names a server is refused, and nothing of it is repeated") {
  struct Row {
    std::string text;
    std::string told;
  };
  const Row rows[] = {
      {"postgres://ann:hunter2@db.example.com/hooks", "PostgreSQL"},
      {"PostgreSQL://ann:hunter2@db/hooks?sslmode=verify-full", "PostgreSQL"},
      {"jdbc:postgresql://ann:hunter2@db/hooks", "PostgreSQL"},
      {" postgres://ann:hunter2@db/hooks", "PostgreSQL"},
      {"\"postgres://ann:hunter2@db/hooks\"", "PostgreSQL"},
      {"DATABASE_URL=postgres://ann:hunter2@db/hooks", "PostgreSQL"},
      {"postgres:ann:hunter2@db", "PostgreSQL"},
      {"host=db user=ann password=hunter2", "PostgreSQL"},
      {"host = db password = hunter2", "PostgreSQL"},
      {"x\tpassword=hunter2", "PostgreSQL"},
      {"mypassword_x password=hunter2", "PostgreSQL"},
      {"mysql://ann:hunter2@db/hooks", "a server"},
      {"file:///hunter2/hooks.db", "a server"},
  };
  for (const Row& row : rows) {
    const auto paths = find_paths(row.text, "/key", Environment());
    REQUIRE_FALSE_MESSAGE(paths, row.text);
    CHECK(paths.error().code == ErrorCode::usage);
    CHECK(paths.error().text.starts_with("--db: "));
    CHECK_MESSAGE(paths.error().text.contains(row.told), row.text);
    const std::string all = paths.error().text + remark_text(paths.error().hint);
    CHECK_FALSE(all.contains("hunter2"));
    CHECK_FALSE(all.contains("ann"));
  }
  for (const char* path : {"/a/host=b/hooks.db", "/srv/my user=bob/hooks.db", "/://x", "./host=b",
                           "../x://y", "a:b/c", "ghost", "import=x", "password"}) {
    CHECK_MESSAGE(find_paths(path, "/key", Environment()), path);
  }
  CHECK(find_paths("", "/key", Environment()).error().text == "--db: the path is empty");
  const Environment odd(Variables{{"XDG_DATA_HOME", "/srv/x user=y"}});
  CHECK(find_paths({}, "/key", odd)->database.file() == "/srv/x user=y/thig-hooks/hooks.db");
}

TEST_CASE("a machine without a HOME is told what to do") {
  const auto paths = find_paths({}, {}, Environment());
  REQUIRE_FALSE(paths);
  CHECK(paths.error().code == ErrorCode::usage);
  CHECK(remark_text(paths.error().hint).find("--db") != std::string::npos);
}

TEST_CASE("an empty path is refused") {
  CHECK_FALSE(find_paths("", "/k", Environment()));
  CHECK_FALSE(find_paths("/d", "", Environment()));
}

}  // namespace thig
