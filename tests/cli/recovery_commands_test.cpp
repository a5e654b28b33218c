// retry, recover and cancel, with a database but without a process that delivers.
#include "cli/files/input.h"
#include "cli/flags/time_range.h"
#include "cli/views/recovery_view.h"
#include "tests/cli/cli_run.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace thig {
namespace {

const CliInput no_person = {.in = "n\n", .in_terminal = true, .err_terminal = true};
const CliInput yes_person = {.in = "y\n", .in_terminal = true, .err_terminal = true};

bool says(const CliResult& result, std::string_view text) {
  return result.err.find(text) != std::string::npos;
}

// Two that crm missed while it was disabled, and two that are pending, newest first.
struct Ids {
  std::vector<std::string> missed, pending;
};
Ids fill(CliHome& home) {
  home.add("crm");
  home.must({"disable", "crm", "-q"});
  for (int i = 0; i < 2; ++i) home.must({"emit", "project.created", "-q"});
  home.must({"enable", "crm", "-q"});
  for (int i = 0; i < 2; ++i) home.must({"emit", "prd.generated", "-q"});
  Ids ids;
  const std::string all = home.must({"deliveries", "--json", "--webhook", "crm"});
  for (const std::string_view row : json_elements(all)) {
    const std::string id = json_text(*json_find(row, "id")).value();
    const std::string type = json_text(*json_find(row, "event")).value();
    const std::string state = json_text(*json_find(row, "state")).value();
    if (type == "project.created" && state == "missed") ids.missed.push_back(id);
    if (type == "prd.generated" && state == "pending") ids.pending.push_back(id);
  }
  REQUIRE(ids.missed.size() == 2);
  REQUIRE(ids.pending.size() == 2);
  return ids;
}

std::string state_of(CliHome& home, const std::string& id) {
  const std::string json = home.must({"deliveries", "show", id, "--json"});
  return json_text(*json_find(json, "state")).value();
}

}  // namespace

TEST_CASE("retry makes what has ended pending, and says what it was") {
  CliHome home;
  const Ids ids = fill(home);
  const CliResult retried = home.run({"retry", ids.missed[0], ids.pending[0]});
  CHECK(retried.code == 0);
  CHECK(retried.out == ids.missed[0] + "\tcrm\tmissed\n" + ids.pending[0] + "\tcrm\tpending\n");
  CHECK(says(retried, "1 delivery is due now"));
  CHECK(says(retried, "1 delivery was already due"));
  CHECK(says(retried, "no process is delivering"));
  CHECK(state_of(home, ids.missed[0]) == "pending");
  CHECK(state_of(home, ids.missed[1]) == "missed");

  const std::string json = home.must({"retry", ids.missed[1], "--json"});
  REQUIRE(json_elements(json).size() == 1);
  CHECK(json_text(*json_find(json_elements(json)[0], "was")) == "missed");
  CHECK(*json_find(json_elements(json)[0], "changed") == "true");
  CHECK(home.run({"retry", ids.missed[0], "-q"}).err == "");
}

TEST_CASE("retry reads ids from standard input, and tells of a webhook that is disabled") {
  CliHome home;
  const Ids ids = fill(home);
  home.must({"disable", "crm", "-q"});
  const CliResult retried =
      home.run({"retry", "-"}, {.in = ids.missed[0] + "\n\n  " + ids.missed[1] + "\r\n"});
  CHECK(retried.code == 0);
  CHECK(says(retried, "2 deliveries are due now"));
  CHECK(says(retried, "crm is disabled; its deliveries wait until: thig-hooks enable crm"));
  CHECK(home.run({"retry", "-"}, {.in_terminal = true}).code == 2);
}

TEST_CASE("an id that is not there spoils the whole call, and nothing is changed") {
  CliHome home;
  const Ids ids = fill(home);
  for (const std::string bad :
       {"dlv_000000000000000000000", "dlv_", "evt_0nvpz4gk20400", "\x1b[m"}) {
    CAPTURE(bad);
    const CliResult retried = home.run({"retry", ids.missed[0], bad});
    CHECK(retried.code == 4);
    CHECK(retried.out == "");
    CHECK_FALSE(says(retried, "\x1b"));
    const CliResult cancelled = home.run({"cancel", ids.pending[0], bad});
    CHECK(cancelled.code == 4);
    CHECK(cancelled.out == "");
  }
  CHECK(state_of(home, ids.missed[0]) == "missed");
  CHECK(state_of(home, ids.pending[0]) == "pending");
  CHECK(home.run({"retry"}).code == 2);
  CHECK(home.run({"cancel"}).code == 2);
}

TEST_CASE("cancel takes pending ones out, and names those that are not") {
  CliHome home;
  const Ids ids = fill(home);
  const CliResult ended = home.run({"cancel", ids.pending[0], ids.missed[0]});
  CHECK(ended.code == 2);
  CHECK(ended.out == "");
  CHECK(says(ended, ids.missed[0] + " is missed"));
  CHECK(state_of(home, ids.pending[0]) == "pending");

  const CliResult cancelled = home.run({"cancel", ids.pending[0]});
  CHECK(cancelled.code == 0);
  CHECK(says(cancelled, "1 delivery cancelled"));
  CHECK(state_of(home, ids.pending[0]) == "cancelled");
  CHECK(*json_find(home.must({"cancel", ids.pending[1], "--json"}), "cancelled") == "1");
  home.must({"retry", ids.pending[0], "-q"});
  CHECK(state_of(home, ids.pending[0]) == "pending");
}

TEST_CASE("cancel --webhook counts, asks, and empties the queue") {
  CliHome home;
  const Ids ids = fill(home);
  const CliResult dry = home.run({"cancel", "--webhook", "crm", "--dry-run"});
  CHECK(dry.code == 0);
  CHECK(dry.out.find("crm\tpending\tprd.generated\t2\n") != std::string::npos);
  CHECK(says(dry, "nothing was changed"));
  const CliResult unasked = home.run({"cancel", "--webhook", "crm"});
  CHECK(unasked.code == 2);
  CHECK(says(unasked, "--yes"));
  CHECK(home.run({"cancel", "--webhook", "crm"}, no_person).code == 1);
  CHECK(state_of(home, ids.pending[0]) == "pending");
  CHECK(home.run({"cancel", "--webhook", "crm", "--until", "1h"}).code == 0);  // none: no question
  CHECK(home.run({"cancel", "--webhook", "crm"}, yes_person).code == 0);
  CHECK(state_of(home, ids.pending[0]) == "cancelled");
  CHECK(says(home.run({"cancel", "--webhook", "crm", "--yes"}), "no pending deliveries"));
  CHECK(home.run({"cancel", "--webhook", "nobody", "--yes"}).code == 4);
  CHECK(home.run({"cancel", "--webhook", "crm", ids.pending[0]}).code == 2);
  CHECK(home.run({"cancel", ids.pending[0], "--since", "2h"}).code == 2);
}

TEST_CASE("recover counts, asks, and queues what was missed") {
  CliHome home;
  const Ids ids = fill(home);
  const CliResult dry = home.run({"recover", "crm", "--since", "2h", "--dry-run"});
  CHECK(dry.code == 0);
  CHECK(dry.out.find("crm\tmissed\tproject.created\t2\n") != std::string::npos);
  CHECK(says(dry, "nothing was changed"));
  const std::string dry_json =
      home.must({"recover", "crm", "--since", "2h", "--dry-run", "--json"});
  CHECK(*json_find(dry_json, "dryRun") == "true");
  CHECK(json_find(dry_json, "takesMs"));

  const CliResult unasked = home.run({"recover", "crm", "--since", "2h"});
  CHECK(unasked.code == 2);
  CHECK(unasked.out == "");
  CHECK(says(unasked, "--yes"));
  const CliResult no = home.run({"recover", "crm", "--since", "2h"}, no_person);
  CHECK(no.code == 1);
  CHECK(says(no, "missed) of crm? [y/N]"));
  CHECK(state_of(home, ids.missed[0]) == "missed");

  const CliResult dead_only =
      home.run({"recover", "crm", "--since", "2h", "--state", "dead", "--yes"});
  CHECK(dead_only.code == 0);
  CHECK(says(dead_only, "nothing to recover"));
  const CliResult before = home.run({"recover", "crm", "--since", "2h", "--until", "1h", "--yes"});
  CHECK(says(before, "nothing to recover"));

  const CliResult done = home.run({"recover", "crm", "--since", "2h"}, yes_person);
  CHECK(done.code == 0);
  CHECK(done.out.starts_with("crm\t"));
  CHECK(says(done, " queued"));
  for (const std::string& id : ids.missed) CHECK(state_of(home, id) == "pending");
  const std::string json = home.must({"recover", "--all", "--since", "2h", "--yes", "--json"});
  CHECK(*json_find(json, "queued") == "0");
  CHECK(json_elements(*json_find(json, "webhooks")).size() == 1);
}

TEST_CASE("what counts or lists very much ends at a signal, with nothing on standard output") {
  CliHome home;
  home.add("crm");
  home.must({"emit", "project.created", "-q"});
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"recover", "crm", "--since", "1h", "--dry-run"},
        {"recover", "--all", "--since", "1h", "--dry-run"},
        {"cancel", "--webhook", "crm", "--dry-run"},
        {"deliver", "--dry-run"},
        {"doctor"},
        {"prune", "--dry-run"}}) {
    INFO(words[0]);
    const CliResult result = home.run(words, {.stopped = true});
    CHECK(result.code == static_cast<int>(ExitCode::interrupted));
    CHECK(result.out.empty());
    CHECK(result.err.contains("interrupted"));
  }
}

TEST_CASE("recover refuses what makes no sense") {
  CliHome home;
  fill(home);
  const auto code = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"recover"};
    words.insert(words.end(), more.begin(), more.end());
    const CliResult result = home.run(words);
    CHECK(result.out == "");
    return result.code;
  };
  CHECK(code({"crm", "--yes"}) == 2);
  CHECK(code({"--since", "2h", "--yes"}) == 2);
  CHECK(code({"crm", "--all", "--since", "2h", "--yes"}) == 2);
  CHECK(code({"crm", "--since", "tomorrow", "--yes"}) == 2);
  CHECK(code({"crm", "--since", "1h", "--until", "2h", "--yes"}) == 2);
  CHECK(code({"crm", "--since", "1h", "--state", "delivered", "--yes"}) == 2);
  for (const char* rate : {"0", "-1", "nan", "fast", ""}) {
    CHECK(code({"crm", "--since", "1h", "--rate", rate, "--yes"}) == 2);
  }
  CHECK(code({"nobody", "--since", "1h", "--yes"}) == 4);
}

TEST_CASE("who may not retry changes nothing") {
  CliHome home;
  const Ids ids = fill(home);
  home.user = {.name = "eve", .is_root = false};
  for (const std::vector<std::string>& command : {std::vector<std::string>{"retry", ids.missed[0]},
                                                  {"cancel", ids.pending[0]},
                                                  {"cancel", "--webhook", "crm", "--yes"},
                                                  {"recover", "crm", "--since", "2h", "--yes"}}) {
    CHECK(home.run(command).code == 77);
  }
  home.user = {.name = "ada", .is_root = false};
  CHECK(state_of(home, ids.missed[0]) == "missed");
  CHECK(state_of(home, ids.pending[0]) == "pending");
}

TEST_CASE("a moment is a time, or so long ago") {
  const Time now = *parse_rfc3339("2026-01-15T10:00:00Z");
  CHECK(*parse_moment("2h", now) == *parse_rfc3339("2026-01-15T08:00:00Z"));
  CHECK(*parse_moment("1h30m", now) == *parse_rfc3339("2026-01-15T08:30:00Z"));
  CHECK(*parse_moment("2026-01-14T23:00:00+01:00", now) == *parse_rfc3339("2026-01-14T22:00:00Z"));
  CHECK(*parse_moment("1768467600", now) == *parse_rfc3339("2026-01-15T09:00:00Z"));
  for (const char* bad : {"", "h", "-2h", "2026-01-15", "2h ago", "99999999999999999999d"}) {
    CAPTURE(bad);
    CHECK(parse_moment(bad, now).error().code == ErrorCode::usage);
  }
}

}  // namespace thig
