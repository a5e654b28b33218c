// The first command of all makes the database; one that fails leaves none.
#include "tests/cli/cli_run.h"

#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

using namespace thig;

namespace {

namespace fs = std::filesystem;

// Everything in the home but the files that the test has put there.
std::vector<std::string> left_in(const CliHome& home, const std::vector<std::string>& own) {
  std::vector<std::string> left;
  for (const auto& entry : fs::recursive_directory_iterator(home.path(""))) {
    const std::string name = fs::relative(entry.path(), home.path("")).string();
    if (!entry.is_directory() && std::ranges::find(own, name) == own.end()) left.push_back(name);
  }
  return left;
}

}  // namespace

TEST_CASE("a first command that fails leaves no database, no key and nothing beside them") {
  const std::vector<std::vector<std::string>> failing = {
      {"add", "outgoing", "bad", "http://example.com/", "--event", "*"},
      {"add", "outgoing", "bad", "https://example.com/", "--event", "no.such.type"},
      {"add", "outgoing", "bad", "https://example.com/", "--event", "*", "--secret-out",
       "/nowhere/at/all"},
      {"add", "incoming", "bad", "--action", "create-project"},
      {"add", "incoming", "bad", "--action", "run", "--command", "relative"},
      {"events", "add", "Not A Type"},
      {"emit", "Not A Type"},
      {"emit", "project.created", "--data", "[1"},
      {"emit", "--batch", "lines"},
      {"members", "add", "bob", "member"},
      {"apply", "setup.json"},
      {"run", "--max-in-flight", "0"},
      {"serve-incoming", "--public-url", "gopher://example.com"},
  };
  for (auto arguments : failing) {
    CliHome home;
    home.file("lines", "not JSON\n");
    home.file("setup.json", R"({"outgoing":[{"name":"bad","url":"http://example.com/"}]})");
    for (std::string& word : arguments) {
      if (word == "lines" || word == "setup.json") word = home.path(word);
    }
    std::string line;
    for (const std::string& word : arguments) line += word + " ";
    CAPTURE(line);
    const CliResult result = home.run(arguments);
    CHECK(result.code != 0);
    CHECK(left_in(home, {"lines", "setup.json"}) == std::vector<std::string>());
    // As if nothing had been.
    const CliResult second =
        home.run({"add", "outgoing", "good", "https://example.com/", "--event", "*"});
    CHECK_MESSAGE(second.code == 0, second.err);
  }
}

TEST_CASE("what a failing command has written, or others have, is kept") {
  CliHome home;
  home.file("lines", "{\"event\":\"project.created\"}\nnot JSON\n");
  const CliResult batch = home.run({"emit", "--batch", home.path("lines")});
  CHECK(batch.code != 0);
  CHECK(fs::exists(home.database()));
  const CliResult bad = home.run({"add", "outgoing", "bad", "http://example.com/", "--event", "*"});
  CHECK(bad.code != 0);
  CHECK_FALSE(bad.err.contains("removed the new database"));
  CHECK(fs::exists(home.database()));
}

TEST_CASE("a failing first command says that the database is gone again") {
  CliHome home;
  const CliResult result =
      home.run({"add", "outgoing", "bad", "http://example.com/", "--event", "*"});
  CHECK(result.err.contains("created the database"));
  CHECK(result.err.contains("removed the new database"));
  CHECK(result.out.empty());
}
