// prune, backup, erase.
#include "tests/cli/cli_run.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <doctest/doctest.h>

namespace thig {
namespace {

namespace fs = std::filesystem;

constexpr Millis day = std::chrono::hours(24);

std::string value_of(const std::string& json, std::string_view name) {
  const auto value = json_find(json, name);
  REQUIRE_MESSAGE(value, name);
  return std::string(*value);
}

void emit(CliHome& home, int count, const std::string& data = "{}") {
  for (int i = 0; i < count; ++i) {
    home.must({"emit", "project.created", "--data", data, "-q"});
  }
}

}  // namespace

TEST_CASE("prune deletes what is too old, once it is sure") {
  CliHome home;
  home.add("crm", "comment.*");
  emit(home, 5);
  home.clock().advance(10 * day);
  emit(home, 2);

  const CliResult unsure = home.run({"prune", "--keep", "7d"});
  CHECK(unsure.code == 2);
  CHECK(unsure.out == "");
  CHECK(unsure.err.find("--yes") != std::string::npos);

  const std::string would = home.must({"prune", "--keep", "7d", "--dry-run", "--json"});
  CHECK(value_of(would, "dryRun") == "true");
  CHECK(value_of(would, "events") == "6");  // with webhook.created
  CHECK(value_of(would, "usedBytes") == "null");
  CHECK(home.must({"prune", "--keep", "7d", "--dry-run"}).starts_with("events\t6\n"));

  const CliInput no{.in = "n\n", .in_terminal = true, .err_terminal = true};
  const CliResult refused = home.run({"prune", "--keep", "7d"}, no);
  CHECK(refused.code == 1);
  CHECK(refused.err.find("6 events") != std::string::npos);
  CHECK(refused.err.find("older than 7d") != std::string::npos);

  const std::string done = home.must({"prune", "--keep", "7d", "--yes", "--json"});
  CHECK(value_of(done, "events") == "6");
  CHECK(value_of(done, "dryRun") == "false");
  const CliResult quiet = home.run({"prune", "--keep", "7d", "--yes", "-q"});
  CHECK(quiet.code == 0);
  CHECK(quiet.out + quiet.err == "");
}

TEST_CASE("prune knows its limits, and who may use it") {
  CliHome home;
  CHECK(home.run({"prune", "--yes"}).code == 4);
  home.add("crm");
  CHECK(home.run({"prune", "--yes", "--keep", "off", "--max-size", "0"}).code == 2);
  CHECK(home.run({"prune", "--yes", "--keep", "yesterday"}).code == 2);
  CHECK(home.run({"prune", "--yes", "--max-size", "much"}).code == 2);
  // Pending deliveries are no history.
  emit(home, 1, "\"" + std::string(100'000, 'x') + "\"");
  const CliResult large = home.run({"prune", "--yes", "--max-size", "1KiB"});
  CHECK(large.code == 0);
  CHECK(large.err.find("pending") != std::string::npos);
  CHECK(home.must({"deliveries", "--json"}).find("pending") != std::string::npos);
  home.user.name = "eve";
  const CliResult stranger = home.run({"prune", "--yes"});
  CHECK(stranger.code == 77);
  CHECK(stranger.out == "");
}

TEST_CASE("prune makes the file smaller at once") {
  CliHome home;
  home.add("crm", "comment.*");
  emit(home, 20, "\"" + std::string(100'000, 'x') + "\"");
  home.clock().advance(2 * day);
  home.must({"prune", "--keep", "off", "--max-size", "1MiB", "--yes", "-q"});
  CHECK(fs::file_size(home.database()) < (1u << 20) + 100'000);
  home.must({"prune", "--keep", "1d", "--yes", "-q"});
  CHECK(fs::file_size(home.database()) < 400'000);
  CHECK(fs::file_size(home.database() + "-wal") < 100'000);
}

TEST_CASE("deliver prunes in passing") {
  CliHome home;
  home.add("crm", "comment.*");
  emit(home, 3);
  home.clock().advance(31 * day);
  home.must({"deliver", "-q", "--keep", "off"});
  CHECK(value_of(home.must({"prune", "--dry-run", "--json"}), "events") == "4");
  const CliResult swept = home.run({"deliver", "-v"});
  CHECK(swept.code == 0);
  CHECK(swept.err.find("pruned 4 events") != std::string::npos);
  CHECK(value_of(home.must({"prune", "--dry-run", "--json"}), "events") == "0");
}

TEST_CASE("backup makes a copy that this program opens") {
  CliHome home;
  home.add("crm");
  emit(home, 3);
  const std::string copy = home.path("copy.db");
  const CliResult made = home.run({"backup", copy, "--json"});
  CHECK(made.code == 0);
  CHECK(value_of(made.out, "pending") == "3");
  CHECK(value_of(made.out, "file") == "\"" + copy + "\"");
  CHECK(made.err.find("does not contain the key that decrypts its secrets") != std::string::npos);
  CHECK(home.must({"list", "--db", copy}).starts_with("crm\t"));

  const CliResult again = home.run({"backup", copy});
  CHECK(again.code == 2);
  CHECK(again.out == "");
  CHECK(again.err.find("--force") != std::string::npos);
  CHECK(home.must({"show", "crm", "--reveal-secret", "--db", copy}).find(test_secret) !=
        std::string::npos);
}

TEST_CASE("backup replaces on request, says nothing with -q, and asks who you are") {
  CliHome home;
  home.add("crm");
  const std::string copy = home.file("copy.db", "old");
  const CliResult forced = home.run({"backup", copy, "--force", "-q"});
  CHECK(forced.code == 0);
  CHECK(forced.out + forced.err == "");
  CHECK(fs::file_size(copy) > 10'000);
  CHECK(home.run({"backup", home.database(), "--force"}).code == 2);
  CHECK(home.run({"backup", "-"}).code == 2);
  CHECK(home.run({"backup", home.path("none/copy.db")}).code == 3);
  home.user.name = "eve";
  CHECK(home.run({"backup", home.path("mine.db")}).code == 77);
  CHECK_FALSE(fs::exists(home.path("mine.db")));
}

TEST_CASE("erase finds, asks, and removes") {
  CliHome home;
  home.add("crm");
  emit(home, 3, R"({"userId":"u_1","n":7})");
  emit(home, 2, R"({"userId":"u_2","n":7})");
  const std::vector<std::string> where = {"erase", "--where", "/data/userId=u_1"};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> all = where;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  CHECK(home.run({"erase", "--yes"}).code == 2);
  CHECK(home.run({"erase", "--yes", "--where", "userId"}).code == 2);
  CHECK(home.run(where).code == 2);
  const CliResult found = home.run(with({"--dry-run"}));
  CHECK(found.code == 0);
  CHECK(std::ranges::count(found.out, '\n') == 3);
  CHECK(found.out.starts_with("evt_"));
  CHECK(value_of(home.must(with({"--dry-run", "--json"})), "events") == "3");

  const CliInput no{.in = "n\n", .in_terminal = true, .err_terminal = true};
  CHECK(home.run(where, no).code == 1);
  const std::string erased = home.must(with({"--yes", "--json"}));
  CHECK(value_of(erased, "events") == "3");
  CHECK(value_of(erased, "pending") == "3");
  CHECK(value_of(erased, "journalCleared") == "true");
  const std::string both = home.must(
      {"erase", "--where", "/data/userId=u_2", "--where", "/data/n=8", "--dry-run", "--json"});
  CHECK(value_of(both, "events") == "0");
  CHECK(value_of(both, "sample") == "[]");
  CHECK(json_elements(home.must({"deliveries", "--json"})).size() == 2);
  home.user.name = "eve";
  CHECK(home.run(with({"--yes"})).code == 77);
}

}  // namespace thig
