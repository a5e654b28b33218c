#include "tests/cli/cli_run.h"

#include <chrono>
#include <filesystem>

#include <doctest/doctest.h>

namespace thig {
namespace {

namespace fs = std::filesystem;

std::string state_of(const std::string& findings, std::string_view check) {
  for (const std::string_view finding : json_elements(findings)) {
    if (json_text(*json_find(finding, "check")) == check) {
      return *json_text(*json_find(finding, "state"));
    }
  }
  return "(none)";
}

// The database notes when it was made by the machine's own clock.
void set_real_time(CliHome& home) {
  const auto now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
  home.clock().jump(now - home.clock().now().wall);
}

}  // namespace

TEST_CASE("doctor finds a sound installation sound, for every member") {
  CliHome home;
  set_real_time(home);
  home.add("crm");
  home.must({"emit", "project.created", "-q"});
  home.user.name = "eve";
  const CliResult sound = home.run({"doctor", "--json"});
  CHECK(sound.code == 0);
  for (const char* check : {"database", "integrity", "permissions", "key", "clock", "webhooks",
                            "delivering", "incoming", "sqlite", "libcurl", "openssl"}) {
    INFO(check);
    CHECK(state_of(sound.out, check) == "ok");
  }
  CHECK(home.must({"doctor", "--full"}).find("ok\tintegrity\teverything is intact\t\n") !=
        std::string::npos);
  CHECK(home.run({"doctor"}, {.out_terminal = true}).out.find("integrity    the structure") !=
        std::string::npos);
}

TEST_CASE("doctor tells what is wrong rather than failing") {
  CliHome home;
  set_real_time(home);
  const CliResult none = home.run({"doctor", "--json"});
  CHECK(none.code == 1);
  CHECK(state_of(none.out, "database") == "fault");
  CHECK_FALSE(fs::exists(home.database()));

  home.add("crm");
  fs::permissions(home.database(), fs::perms::others_read, fs::perm_options::add);
  const CliResult open = home.run({"doctor", "--json"});
  CHECK(open.code == 0);
  CHECK(state_of(open.out, "permissions") == "warning");
  fs::permissions(home.database(), fs::perms::others_write, fs::perm_options::add);
  CHECK(home.run({"doctor"}).code == 1);
  fs::permissions(home.database(), fs::perms::owner_read | fs::perms::owner_write);

  home.must({"emit", "project.created", "-q"});
  home.clock().advance(std::chrono::hours(3));
  const CliResult late = home.run({"doctor", "--json"});
  CHECK(late.code == 1);
  CHECK(state_of(late.out, "delivering") == "fault");

  fs::remove(home.database() + "-wal");
  fs::remove(home.database() + "-shm");
  home.file("hooks.db", "this is no database, but a text that is long enough to be read as one");
  const CliResult foreign = home.run({"doctor", "--json"});
  CHECK(foreign.code == 1);
  CHECK(state_of(foreign.out, "database") == "fault");
}

}  // namespace thig
