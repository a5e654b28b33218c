#include "core/model/event_catalog.h"
#include "tests/cli/cli_run.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace thig {
namespace {

std::string newest_delivery(CliHome& home) {
  return text_of(json_elements(home.must({"deliveries", "--json"}))[0], "id");
}

}  // namespace

TEST_CASE("events lists the whole catalogue, with samples in JSON") {
  CliHome home;
  const std::string piped = home.must({"events"});
  CHECK(std::ranges::count(piped, '\n') == static_cast<long>(event_catalog().size()));
  CHECK(piped.find("project.created\tProject\t") != std::string::npos);
  const std::string json = home.must({"events", "--json"});
  const auto rows = json_elements(json);
  CHECK(rows.size() == event_catalog().size());
  CHECK(json_kind(*json_find(rows[0], "sample")) == JsonKind::object);
}

TEST_CASE("events of one kind, and the sample of one type, on the same command") {
  CliHome home;
  const std::string billing = home.must({"events", "billing.*"});
  CHECK(billing.find("billing.payment_failed") != std::string::npos);
  CHECK(billing.find("project.") == std::string::npos);
  const std::string sample = home.must({"events", "project.created"});
  CHECK(check_json(sample));
  CHECK(sample == home.must({"events", "show", "project.created"}));
}

TEST_CASE("deliveries come newest first, a page at a time") {
  CliHome home;
  home.add("crm");
  for (int i = 0; i < 5; ++i) home.must({"emit", "project.created", "-q"});
  const CliResult page = home.run({"deliveries", "--limit", "2", "--json"});
  const auto rows = json_elements(page.out);
  REQUIRE(rows.size() == 2);
  CHECK(text_of(rows[0], "id") > text_of(rows[1], "id"));
  CHECK(text_of(rows[0], "state") == "pending");
  CHECK(text_of(rows[0], "lastAttempt") == "null");
  const std::string next = "thig-hooks deliveries --limit 2 --before " + text_of(rows[1], "id");
  CHECK(page.err.find(next) != std::string::npos);

  const CliResult rest =
      home.run({"deliveries", "--limit", "3", "--before", text_of(rows[1], "id"), "--json"});
  CHECK(json_elements(rest.out).size() == 3);
  CHECK(rest.err == "");
}

TEST_CASE("deliveries by webhook, event and state") {
  CliHome home;
  home.add("crm", "prd.*");
  home.add("wiki", "prd.*");
  home.must({"disable", "wiki"});
  std::string event = home.must({"emit", "prd.approved", "-q"});
  event.pop_back();
  home.must({"emit", "prd.exported", "-q"});
  const auto count = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), "deliveries");
    flags.push_back("--json");
    return json_elements(home.must(flags)).size();
  };
  CHECK(count({"--webhook", "crm", "--state", "pending"}) == 2);
  CHECK(count({"--webhook", "wiki", "--state", "missed"}) == 2);
  CHECK(count({"--event", event, "--state", "missed"}) == 1);
  CHECK(count({"--event", event}) == 2);
  CHECK(count({"--state", "dead"}) == 0);
  CHECK(home.run({"deliveries", "--webhook", "nobody"}).code == 4);
}

TEST_CASE("an event that nobody asked for says so") {
  CliHome home;
  std::string event = home.must({"emit", "prd.approved", "-q"});
  event.pop_back();
  const CliResult result = home.run({"deliveries", "--event", event});
  CHECK(result.code == 0);
  CHECK(result.out == "");
  CHECK(result.err.find("no webhook was subscribed") != std::string::npos);
}

TEST_CASE("the timeline of a delivery shows its body without control characters") {
  CliHome home;
  home.add("crm", "prd.*");
  home.must({"emit", "prd.approved", "--data", "{\"a\":\n1}", "-q"});
  const std::string id = newest_delivery(home);
  const std::string text = home.must({"deliveries", "show", id});
  CHECK(text.find("state\tpending\n") != std::string::npos);
  CHECK(text.find("\"data\":{\"a\":\\x0a1}}\n") != std::string::npos);
  const std::string json = home.must({"deliveries", "show", id, "--json"});
  CHECK(text_of(json, "body").ends_with("\"data\":{\"a\":\n1}}"));
  CHECK(json_elements(*json_find(json, "attempts")).empty());
}

TEST_CASE("deliver --dry-run lists what is due, and what waits") {
  CliHome home;
  home.add("crm", "prd.*");
  home.add("wiki", "prd.*");
  home.must({"emit", "prd.approved", "-q"});
  home.must({"disable", "wiki", "-q"});
  const CliResult due = home.run({"deliver", "--dry-run"});
  CHECK(due.code == 0);
  CHECK(std::ranges::count(due.out, '\n') == 1);
  CHECK(due.out.find("\tcrm\tprd.approved\t1\n") != std::string::npos);
  CHECK(due.err.find("wiki is disabled") != std::string::npos);
  CHECK(due.err.find("1 delivery is due; nothing was sent") != std::string::npos);
  CHECK(home.must({"deliver", "--dry-run", "--json"}).find("\"kind\":\"due\"") !=
        std::string::npos);
  CHECK(home.must({"stats", "--json"}).find("\"pending\":1") != std::string::npos);
}

TEST_CASE("stats show every webhook and their totals") {
  CliHome home;
  CHECK(home.must({"stats", "--json"}).find("\"webhooks\":[]") != std::string::npos);
  home.add("crm", "prd.*");
  home.add("wiki", "prd.*");
  home.must({"emit", "prd.approved", "-q"});
  const std::string json = home.must({"stats", "--json"});
  CHECK(json_elements(*json_find(json, "webhooks")).size() == 2);
  CHECK(text_of(*json_find(json, "totals"), "pending") == "2");
  CHECK(text_of(*json_find(json, "totals"), "p95Ms") == "null");

  const std::string one = home.must({"stats", "crm", "--since", "7d", "--json"});
  CHECK(json_elements(*json_find(one, "webhooks")).size() == 1);
  CHECK(text_of(one, "latencySince") == "2026-01-08T10:00:00.000Z");

  const std::string table = home.must({"stats"}, {.out_terminal = true, .columns = 160});
  CHECK(table.find("total") != std::string::npos);
  CHECK(std::ranges::count(home.must({"stats"}), '\n') == 2);
}

TEST_CASE("colour is for the terminal, or for who asks for it") {
  CliHome home;
  home.add("crm", "prd.*");
  CHECK(home.must({"list"}, {.out_terminal = true}).find("\x1b[") != std::string::npos);
  CHECK(home.must({"list", "--color", "never"}, {.out_terminal = true}).find('\x1b') ==
        std::string::npos);
  home.environment["NO_COLOR"] = "1";
  CHECK(home.must({"list"}, {.out_terminal = true}).find('\x1b') == std::string::npos);
  CHECK(home.must({"list", "--color", "always"}, {.out_terminal = true}).find("\x1b[") !=
        std::string::npos);
}

}  // namespace thig
