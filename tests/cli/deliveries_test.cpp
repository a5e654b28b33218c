// Which deliveries are listed, what one of them went through, and who got an event.
#include "core/api/shell_words.h"
#include "tests/cli/history.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace thig {
namespace {

// Types of the events of the deliveries that are listed.
std::string types(CliHome& home, std::vector<std::string> flags) {
  flags.insert(flags.begin(), "deliveries");
  flags.push_back("--json");
  std::string types;
  const std::string json = home.must(flags);
  for (const auto row : json_elements(json)) types += text_of(row, "event") + " ";
  return types;
}

// What a note tells to run, as a shell would read it; without the program's name.
std::vector<std::string> command_in(const std::string& note) {
  const auto begin = note.find("thig-hooks ");
  REQUIRE(begin != note.npos);
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  const std::string line = note.substr(begin, note.find('\n', begin) - begin) + " ";
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\'') {
      inside = !inside;
    } else if (line[i] == ' ' && !inside) {
      words.push_back(std::move(word));
      word.clear();
    } else if (line[i] == '\\' && !inside) {
      word += line[++i];
    } else {
      word += line[i];
    }
  }
  words.erase(words.begin());
  return words;
}

}  // namespace

TEST_CASE("words for a shell are quoted where they must be") {
  CHECK(shell_word("crm") == "crm");
  CHECK(shell_word("2026-01-15T10:00:00.000Z") == "2026-01-15T10:00:00.000Z");
  CHECK(shell_word("name=/data/name") == "name=/data/name");
  CHECK(shell_word("=name") == "'=name'");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("two words") == "'two words'");
  CHECK(shell_word("it's") == R"('it'\''s')");
  CHECK(shell_word("$(rm)") == "'$(rm)'");
  CHECK(shell_word("project.*") == "'project.*'");
  CHECK(shell_word("~") == "'~'");
  CHECK(shell_word("näme") == "'näme'");
}

TEST_CASE("a command to go on with stands quoted, and no value of it is taken for a flag") {
  CHECK(ShellCommand("thig-hooks audit").text() == "thig-hooks audit");
  CHECK(ShellCommand("thig-hooks audit")
            .flag("--limit", "9")
            .flag("--actor", "-x")
            .words(" --json")
            .positional("a b")
            .text() == "thig-hooks audit --limit 9 --actor=-x --json 'a b'");
  CHECK(ShellCommand("x").positional("-y").text() == "x -- -y");
}

TEST_CASE("deliveries by several states, by type, by what came of them, and by time") {
  CliHome home;
  home.add("crm");
  History history(home);
  for (const char* type : {"prd.approved", "prd.exported", "project.created"}) history.emit(type);
  history.settle("crm", History::answered(200), DeliveryState::delivered);
  history.settle("crm", History::answered(503), DeliveryState::dead);
  home.clock().advance(2 * hour);
  history.emit("project.updated");
  history.settle("crm", History::timed_out(), DeliveryState::pending);

  CHECK(types(home, {}) == "project.updated project.created prd.exported prd.approved ");
  CHECK(types(home, {"--state", "dead,delivered"}) == "prd.exported prd.approved ");
  CHECK(types(home, {"--state", "dead", "--state", "pending"}) ==
        "project.updated project.created prd.exported ");
  CHECK(types(home, {"--type", "prd.*"}) == "prd.exported prd.approved ");
  CHECK(types(home, {"--type", "project.created"}) == "project.created ");
  CHECK(types(home, {"--status", "503"}) == "prd.exported ");
  CHECK(types(home, {"--status", "5xx,timeout"}) == "project.created prd.exported ");
  CHECK(types(home, {"--status", "2xx"}) == "prd.approved ");
  CHECK(types(home, {"--status", "tls"}) == "");
  CHECK(types(home, {"--since", "1h"}) == "project.updated ");
  CHECK(types(home, {"--until", "1h", "--type", "prd.*"}) == "prd.exported prd.approved ");
  CHECK(types(home, {"--since", "2026-01-15T10:00:00Z", "--until", "2026-01-15T11:00:00Z"}) ==
        "project.created prd.exported prd.approved ");
  CHECK(types(home, {"--until", "2026-01-15T10:00:00Z"}) == "");
}

TEST_CASE("what cannot be meant is a usage error that names the flag, before anything is read") {
  CliHome home;
  const struct {
    std::vector<std::string> flags;
    const char* text;
  } rows[] = {
      {{"--state", "ded"}, "--state: \"ded\" is not one of"},
      {{"--state", "dead,"}, "--state: the list contains an empty item"},
      {{"--status", "times"}, "--status: \"times\" is not one of"},
      {{"--status", "timeot"}, "did you mean \"timeout\"?"},
      {{"--status", "5x"}, "--status"},
      {{"--status", "099"}, "--status"},
      {{"--since", "tomorrow"}, "--since: not a valid time or duration: \"tomorrow\""},
      {{"--until", "-5m"}, "--until"},
      {{"--since", "1h", "--until", "2h"}, "--until must be later than --since"},
      {{"--before", "evt_1"}, "--before"},
      {{"--event", "x"}, "--event"},
  };
  for (const auto& row : rows) {
    auto words = row.flags;
    words.insert(words.begin(), "deliveries");
    const CliResult result = home.run(words);
    CAPTURE(fmt::format("{}", result.err));
    CHECK(result.code == 2);
    CHECK(result.out == "");
    CHECK(result.err.find(row.text) != std::string::npos);
  }
}

TEST_CASE("a type that does not exist is told of when nothing is found") {
  CliHome home;
  home.add("crm");
  History(home).emit("prd.approved");
  CHECK(home.run({"deliveries", "--type", "prd.aproved"}).err.find("did you mean") !=
        std::string::npos);
  CHECK(home.run({"deliveries", "--type", "prd.exported"}).err.find("did you mean") ==
        std::string::npos);
}

TEST_CASE("the next page is a command that can be run as it stands") {
  CliHome home;
  const std::string name = "it's a $(webhook) 🦔";
  home.must({"add", "outgoing", name, "https://x.test/", "--event", "*", "-q", "--print-secret"});
  History history(home);
  for (int i = 0; i < 5; ++i) history.emit("prd.approved");
  CliResult page = home.run({"deliveries", "--webhook", name, "--type", "prd.*", "--since", "1h",
                             "--state", "pending,dead", "--limit", "2", "--json"});
  std::vector<std::string> ids;
  for (int pages = 1;; ++pages) {
    for (const auto row : json_elements(page.out)) ids.push_back(text_of(row, "id"));
    if (page.err.empty()) {
      CHECK(pages == 3);
      break;
    }
    REQUIRE(pages < 4);
    CHECK(page.err.find("--since 2026-01-15T09:00:00.000Z") != std::string::npos);
    home.clock().advance(minute);
    page = home.run(command_in(page.err));
    REQUIRE_MESSAGE(page.code == 0, page.err);
  }
  CHECK(ids.size() == 5);
  CHECK(std::ranges::is_sorted(ids, std::greater<>()));
}

TEST_CASE("show tells why, and what was sent and answered at each attempt") {
  CliHome home;
  home.add("crm", "*", {"--header", "X-Token: t0p", "--signature-header", "x-old"});
  History history(home);
  history.emit("prd.approved");
  home.clock().advance(second);
  history.settle("crm", History::answered(503), DeliveryState::pending);
  home.clock().advance(2 * hour);
  history.settle("crm", History::timed_out(), DeliveryState::dead);
  const std::string list = home.must({"deliveries", "--json"});
  const std::string id = text_of(json_elements(list)[0], "id");

  const CliResult shown = home.run({"deliveries", "show", id});
  REQUIRE(shown.code == 0);
  for (const std::string& line :
       {std::string("state\tdead"),
        std::string("why\tretries exhausted after 2 attempts; last: timeout: no answer"),
        std::string("  sent\tcontent-type: application/json"), "  sent\twebhook-id: " + id,
        std::string("  sent\twebhook-timestamp: 1768471201"),
        std::string("  sent\twebhook-timestamp: 1768478401"),
        std::string("  sent\twebhook-signature: v1,"), std::string("  sent\tx-old: "),
        std::string("  sent\tX-Token: (not shown)"),
        std::string("  response header\tretry-after: 30"),
        std::string("  response header\tserver: x\\x09y"), std::string("  answered\ttry later")}) {
    CHECK_MESSAGE(shown.out.find(line) != std::string::npos, line);
  }
  CHECK(shown.out.find("t0p") == std::string::npos);
  CHECK(shown.err == "");

  const std::string json = home.must({"deliveries", "show", id, "--json"});
  const auto attempts = json_elements(*json_find(json, "attempts"));
  REQUIRE(attempts.size() == 2);
  CHECK(*json_find(attempts[0], "answerHeaders") ==
        R"([{"name":"retry-after","value":"30"},{"name":"server","value":"x\ty"}])");
  CHECK(*json_find(attempts[1], "answerHeaders") == "[]");
  const auto sent = json_elements(*json_find(attempts[0], "requestHeaders"));
  REQUIRE(sent.size() == 6);
  CHECK(sent[5] == R"({"name":"X-Token","value":null})");
  // The signature is the one that was sent.
  const CliResult verified =
      home.run({"verify", "--secret-file", home.file("secret", test_secret), "--id", id,
                "--timestamp", text_of(sent[2], "value"), "--signature", text_of(sent[3], "value"),
                "--body", home.file("body", text_of(json, "body")), "--ignore-timestamp"});
  CHECK_MESSAGE(verified.code == 0, verified.err);
}

TEST_CASE("show says when the webhook was changed, and when there is no key to sign with") {
  CliHome home;
  home.add("crm");
  History history(home);
  history.emit("prd.approved");
  history.settle("crm", History::answered(500), DeliveryState::dead);
  const std::string list = home.must({"deliveries", "--json"});
  const std::string id = text_of(json_elements(list)[0], "id");
  home.clock().advance(minute);
  home.must({"rotate", "crm", "-q"});
  const CliResult changed = home.run({"deliveries", "show", id, "--json"});
  CHECK(changed.err.find("changed at 2026-01-15T10:01:00Z, after an attempt") != std::string::npos);
  CHECK(changed.out.find("\"webhookChangedSince\":true") != std::string::npos);

  home.environment["XDG_CONFIG_HOME"] = home.path("elsewhere");
  const CliResult keyless = home.run({"deliveries", "show", id});
  REQUIRE(keyless.code == 0);
  CHECK(keyless.err.find("signatures are not shown: ") != std::string::npos);
  CHECK(keyless.out.find("webhook-signature") == std::string::npos);
  CHECK(keyless.out.find("  sent\twebhook-id: " + id) != std::string::npos);
}

TEST_CASE("explain tells of every webhook why it got an event, or not") {
  CliHome home;
  home.add("crm", "prd.*");
  home.add("wiki", "prd.*");
  home.add("billing", "billing.*");
  home.must({"disable", "wiki", "--reason", "migration", "-q"});
  History history(home);
  home.clock().advance(minute);
  const std::string event = history.emit("prd.approved");
  history.settle("crm", History::answered(200), DeliveryState::delivered);
  home.clock().advance(minute);
  home.add("late", "*");

  const CliResult piped = home.run({"deliveries", "explain", event});
  REQUIRE(piped.code == 0);
  CHECK(std::ranges::count(piped.out, '\n') == 4);
  CHECK(piped.out.starts_with(
      "billing\tnot_subscribed\t\tit subscribes to billing.*\ncrm\tdelivered\t"));
  CHECK(piped.out.find("\nlate\tadded_later\t\tit was added at 2026-01-15T10:02:00.000Z\n") !=
        std::string::npos);
  CHECK(piped.out.find("\tthe webhook has been disabled since 2026-01-15T10:00:00Z: migration\n") !=
        std::string::npos);
  CHECK(piped.err.find("of 4 webhooks, 2 subscribed at that time") != std::string::npos);

  const std::string json = home.must({"deliveries", "explain", event, "--json"});
  const auto rows = json_elements(json);
  REQUIRE(rows.size() == 4);
  CHECK(text_of(rows[3], "outcome") == "missed");
  CHECK(text_of(rows[1], "deliveryId").starts_with("dlv_"));
  CHECK(text_of(rows[0], "deliveryId") == "null");

  CHECK(home.run({"deliveries", "--event", event}).err.find("deliveries explain " + event) !=
        std::string::npos);
  CHECK(home.run({"deliveries", "explain", "evt_0000000000001"}).code == 4);
  CHECK(home.run({"deliveries", "explain", "nonsense"}).code == 4);
}

}  // namespace thig
