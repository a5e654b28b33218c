// Conditions of outgoing webhooks, as they are set and told of on the command line.
#include "tests/cli/cli_run.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace thig {
namespace {

const std::vector<std::string> add_finals = {
    "add",    "outgoing",           "finals", "https://finals.test/in", "--event", "prd.*",
    "--when", "/data/status=FINAL", "--when", "/data/plan!=trial"};

std::vector<std::string> plus_words(std::vector<std::string> words,
                                    const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string when_of(const std::string& json) {
  return text_of(json, "when");
}

}  // namespace

TEST_CASE("add outgoing --when sets conditions, edit --when replaces and removes them") {
  CliHome home;
  const std::string added = home.must(plus_words(add_finals, {"--json"}));
  CHECK(when_of(added) == R"(["/data/status=FINAL","/data/plan!=trial"])");
  CHECK(when_of(home.must({"show", "finals", "--json"})) == when_of(added));
  CHECK(when_of(std::string(json_elements(home.must({"list", "--json"})).front())) ==
        when_of(added));
  const std::string shown = home.must({"show", "finals"});
  CHECK(shown.find("/data/status=FINAL") != std::string::npos);
  CHECK(shown.find("/data/plan!=trial") != std::string::npos);

  const CliResult edited = home.run({"edit", "finals", "--when", "/data/status~^(FINAL|DONE)$"});
  CHECK(edited.code == 0);
  CHECK(edited.err.find("/data/status~^(FINAL|DONE)$") != std::string::npos);
  CHECK(when_of(home.must({"show", "finals", "--json"})) == R"(["/data/status~^(FINAL|DONE)$"])");
  CHECK(home.run({"edit", "finals", "--timeout", "5s"}).code == 0);
  CHECK(when_of(home.must({"show", "finals", "--json"})) == R"(["/data/status~^(FINAL|DONE)$"])");
  CHECK(when_of(home.must({"edit", "finals", "--when", "", "--json"})) == "[]");
  CHECK(home.run({"edit", "finals", "--when", ""}).err.find("unchanged: finals") !=
        std::string::npos);

  const std::string audit = home.must({"audit", "--json"});
  CHECK(audit.find("/data/plan!=trial") != std::string::npos);
  CHECK(audit.find("(FINAL|DONE)") != std::string::npos);
}

TEST_CASE("a condition that no event can meet is refused, with what was meant") {
  CliHome home;
  for (const auto& [condition, says] :
       {std::pair{"/status=FINAL", "did you mean /data/status=FINAL?"},
        {"header:x-a=1", "is on a request"},
        {"/id=evt_1", "only when it is recorded"},
        {"status", "not a valid condition"},
        {"/data/a~[", "is not valid"}}) {
    CAPTURE(condition);
    const CliResult added = home.run(
        {"add", "outgoing", "crm", "https://crm.test/", "--event", "*", "--when", condition});
    CHECK(added.code == 2);
    CHECK(added.out == "");
    CHECK_MESSAGE(added.err.find(says) != std::string::npos, added.err);
    CHECK_MESSAGE(added.err.find("--when") != std::string::npos, added.err);
  }
  std::vector<std::string> many = {"add", "outgoing", "crm", "https://crm.test/", "--event", "*"};
  for (int i = 0; i < 21; ++i) many.insert(many.end(), {"--when", "/data/a=1"});
  const CliResult added = home.run(many);
  CHECK(added.code == 2);
  CHECK(added.err.find("too many conditions") != std::string::npos);
  CHECK(home.must({"list", "--json"}) == "[]\n");
}

TEST_CASE("edit --when is checked by what the kind of webhook can look at") {
  CliHome home;
  home.must(add_finals);
  home.must({"add", "incoming", "issues", "--action", "create-project", "--set", "name=/title"});
  CHECK(home.run({"edit", "issues", "--when", "header:x-kind=push"}).code == 0);
  CHECK(home.run({"edit", "issues", "--when", "/action=opened"}).code == 0);
  const CliResult outgoing = home.run({"edit", "finals", "--when", "/action=opened"});
  CHECK(outgoing.code == 2);
  CHECK(outgoing.err.find("/data/action=opened") != std::string::npos);
}

TEST_CASE("emit says that conditions are not met, --dry-run and explain say which") {
  CliHome home;
  home.must(add_finals);
  const std::vector<std::string> draft = {"emit", "prd.approved", "--data",
                                          R"({"status":"DRAFT"})"};
  const CliResult emitted = home.run(draft);
  CHECK(emitted.code == 0);
  const std::string event = lines_of(emitted.out).front();
  CHECK_MESSAGE(emitted.err.find("does not meet the conditions of 1 subscribed webhook: thig-hooks "
                                 "deliveries explain " +
                                 event) != std::string::npos,
                emitted.err);
  const CliResult explained = home.run({"deliveries", "explain", event});
  CHECK(explained.out.find("condition_not_met\t\tcondition not met: /data/status=FINAL") !=
        std::string::npos);
  CHECK(explained.err.find("of 1 webhook, 0 subscribed at that time, and 1 with conditions that it "
                           "does not meet") != std::string::npos);
  const std::string told = home.must({"deliveries", "explain", event, "--json"});
  CHECK(text_of(std::string(json_elements(told).front()), "outcome") == "condition_not_met");

  home.add("crm");
  const std::string shown = home.must(plus_words(draft, {"--dry-run"}));
  CHECK(shown.find("to\tcrm\tPOST https://crm.test/in\n") != std::string::npos);
  CHECK(shown.find("not to\tfinals\tcondition not met: /data/status=FINAL\n") != std::string::npos);
  const std::string json = home.must(plus_words(draft, {"--dry-run", "--json"}));
  const auto unmet = json_elements(*json_find(json, "conditionNotMet"));
  REQUIRE(unmet.size() == 1);
  CHECK(json_find(unmet.front(), "condition") == R"("/data/status=FINAL")");
  CHECK(json_find(unmet.front(), "name") == R"("finals")");

  CHECK(home.run({"emit", "prd.approved", "--data", R"({"status":"FINAL","plan":"trial"})"})
            .err.find("1 delivery queued") != std::string::npos);  // to crm alone
  CHECK(home.run({"emit", "prd.approved", "--data", R"({"status":"FINAL"})"})
            .err.find("2 deliveries queued") != std::string::npos);
}

TEST_CASE("add --if-absent says that the conditions are others") {
  CliHome home;
  home.must(add_finals);
  const auto again = plus_words(add_finals, {"--if-absent"});
  CHECK(home.run(again).err.find("other conditions") == std::string::npos);
  CHECK(home.run(plus_words(again, {"--when", "/data/a=1"})).err.find("other conditions") !=
        std::string::npos);
}

}  // namespace thig
