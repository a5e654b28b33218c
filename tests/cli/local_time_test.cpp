// Local times, which stand beside UTC where one thing is shown to a person.
#include "cli/terminal/local_time.h"

#include "tests/cli/history.h"

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

#include <doctest/doctest.h>

namespace thig {
namespace {

constexpr const char* berlin = "CET-1CEST,M3.5.0,M10.5.0/3";

// The zone of this process, for a while.
class Zone {
 public:
  explicit Zone(const char* zone) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    setenv("TZ", zone, 1);
    tzset();
  }
  ~Zone() {
    before_ ? setenv("TZ", before_->c_str(), 1) : unsetenv("TZ");
    tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;

 private:
  std::optional<std::string> before_;
};

std::string local(const char* zone, std::string_view time) {
  const Zone here(zone);
  return local_time(*parse_rfc3339(time));
}

}  // namespace

TEST_CASE("local times are told where they differ from UTC, with the day where that does") {
  CHECK(local(berlin, "2026-11-28T14:05:09Z") == "15:05 local");
  CHECK(local(berlin, "2026-06-30T14:05:09Z") == "16:05 local");
  CHECK(local(berlin, "2026-11-28T23:30:00Z") == "2026-11-29 00:30 local");
  CHECK(local(berlin, "2026-12-31T23:00:00Z") == "2027-01-01 00:00 local");
  CHECK(local("EST5", "2027-01-01T04:59:59Z") == "2026-12-31 23:59 local");
  CHECK(local("IST-5:30", "2026-11-28T14:05:09Z") == "19:35 local");
  for (const char* zone :
       {"UTC", "UTC0", "", "Nowhere/City", ":/no/such/file", "GMT0BST,M3.5.0/1,M10.5.0"}) {
    CHECK_MESSAGE(local(zone, "2026-11-28T14:05:09Z") == "", zone);
  }
  const Zone here(berlin);
  CHECK(beside_utc(*parse_rfc3339("2026-11-28T14:05:09Z")) == " (15:05 local)");
}

TEST_CASE("one thing is shown with local times on a terminal, and with UTC alone elsewhere") {
  const Zone utc_here("UTC");
  CliHome home;
  home.add("crm", "prd.*");
  History history(home);
  const std::string event = history.emit("prd.approved");
  history.settle("crm", History::answered(503), DeliveryState::dead);
  home.clock().advance(2 * hour);
  const std::string list = home.must({"deliveries", "--json"});
  const std::string id = text_of(json_elements(list).front(), "id");
  const std::vector<std::vector<std::string>> commands = {
      {"show", "crm"}, {"deliveries", "show", id}, {"deliveries", "explain", event}};
  const CliInput terminal{.out_terminal = true, .err_terminal = true, .columns = 200};
  for (const auto& command : commands) {
    CAPTURE(command[0]);
    std::vector<std::string> as_json = command;
    as_json.emplace_back("--json");
    const CliResult utc = home.run(command, terminal);
    const CliResult piped = home.run(command);
    const CliResult json = home.run(as_json, terminal);
    CHECK_FALSE(utc.out.contains(" local"));
    CHECK_FALSE(utc.err.contains(" local"));
    const Zone here(berlin);
    const CliResult there = home.run(command, terminal);
    CHECK((there.out + there.err).contains("11:00 local"));
    CHECK(home.run(command).out == piped.out);
    CHECK(home.run(as_json, terminal).out == json.out);
  }
  const Zone here(berlin);
  const std::string shown = home.must({"deliveries", "show", id}, terminal);
  CHECK(shown.contains("2026-01-15T10:00:00Z (11:00 local, 2 h ago)"));
  CHECK(shown.contains("2026-01-15T10:00:00.000Z (11:00 local), 40 ms: http: 503"));
  // Tables keep their width.
  CHECK_FALSE(home.must({"deliveries"}, terminal).contains("local"));
}

TEST_CASE("the times of a recorded reason are told as people tell them, and kept in data") {
  CliHome home;
  home.add("crm");
  const std::string reason = "10 failed attempts in a row since 2026-01-15T10:00:00Z; last: 503";
  home.must({"disable", "crm", "--reason", reason});
  home.clock().advance(2 * hour);
  const CliInput terminal{.out_terminal = true, .columns = 200};
  const Zone here(berlin);
  const std::string told = "since 2026-01-15T10:00:00Z (11:00 local, 2 h ago); last: 503";
  CHECK(home.must({"show", "crm"}, terminal).contains(told));
  CHECK(home.must({"list"}, terminal).contains(told));
  CHECK(home.must({"show", "crm"}).contains("reason\t" + reason + "\n"));
  CHECK(home.must({"list"}).contains("\t" + reason + "\t"));
  CHECK(home.must({"show", "crm", "--json"}).contains('"' + reason + '"'));
}

}  // namespace thig
