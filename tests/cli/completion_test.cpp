// What the shells are told, whatever stands on the line: complete against the tables and a
// database.
#include "cli/help/completion.h"

#include "cli/help/declared.h"
#include "tests/cli/cli_run.h"

#include <algorithm>
#include <fstream>

#include <doctest/doctest.h>

namespace thig {
namespace {

// The lines for a line of words; without descriptions.
std::vector<std::string> values(CliHome& home, std::vector<std::string> words,
                                const std::string& shell = "fish", int kept = 0) {
  words.insert(words.begin(), {"__complete", shell, std::to_string(kept)});
  const CliResult result = home.run(std::move(words));
  CHECK(result.code == 0);
  CHECK(result.err == "");
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < result.out.size();) {
    const std::size_t end = result.out.find('\n', start);
    const std::string line = result.out.substr(start, end - start);
    lines.push_back(line.substr(0, line.find('\t')));
    start = end + 1;
  }
  return lines;
}

bool offers(CliHome& home, std::vector<std::string> words, const std::string& value) {
  return std::ranges::count(values(home, std::move(words)), value) == 1;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("every command, and every flag of each, is completed") {
  CliHome home;
  for (const DeclaredCommand& declared : declare_all_commands()) {
    const Words words = words_of(declared.entry->name);
    CAPTURE(declared.entry->name);
    CHECK(offers(home, {""}, words[0]));
    if (words.size() == 2) CHECK(offers(home, {words[0], ""}, words[1]));
    Words places = words;  // with a word for each positional so far
    for (const Flags::Item& item : declared.flags.items()) {
      CAPTURE(item.label());
      Words line = item.positional() ? places : words;
      if (item.positional()) {
        places.emplace_back("x");
        if (!item.choices.empty()) {
          line.push_back(item.choices.front().substr(0, 1));
          CHECK(offers(home, line, item.choices.front()));
        }
        continue;
      }
      line.push_back(item.name.substr(0, 3));
      CHECK(offers(home, line, item.name));
      if (item.choices.empty()) continue;
      line.back() = item.name;
      line.emplace_back();
      CHECK(values(home, line) == item.choices);
      line.pop_back();
      line.back() = item.name + "=" + item.choices.back();
      CHECK(values(home, line) == Words{item.name + "=" + item.choices.back()});
    }
  }
}

TEST_CASE("hidden commands are nowhere") {
  CliHome home;
  for (const std::string& word : values(home, {""})) CHECK_FALSE(word.starts_with("_"));
  CHECK(values(home, {"__"}).empty());
  CHECK(home.must({"help"}).find("__") == std::string::npos);
}

TEST_CASE("what is given already is not offered again, unless it is repeatable") {
  CliHome home;
  CHECK_FALSE(offers(home, {"list", "--json", "--"}, "--json"));
  CHECK_FALSE(offers(home, {"--json", "list", "--"}, "--json"));
  CHECK_FALSE(offers(home, {"list", "-q", "--"}, "--quiet"));
  CHECK_FALSE(offers(home, {"list", "--db=/x", "--"}, "--db"));
  CHECK(offers(home, {"add", "outgoing", "n", "u", "--event", "*", "--ev"}, "--event"));
  CHECK(offers(home, {"list", "-"}, "--json"));
  CHECK(values(home, {"list", "--", "-"}).empty());
}

TEST_CASE("commands, their second words, and no more than there is") {
  CliHome home;
  CHECK(values(home, {"add", ""}) == Words{"incoming", "outgoing"});
  CHECK(values(home, {"add", "--json", "o"}) == Words{"outgoing"});
  CHECK(values(home, {"--json", "--db", "/x", "li"}) == Words{"list", "listen"});
  CHECK(offers(home, {"events", ""}, "show"));
  CHECK(offers(home, {"events", ""}, "project.created"));
  CHECK_FALSE(offers(home, {"events", "project.created", ""}, "show"));
  CHECK(values(home, {"no-such-command", ""}).empty());
  CHECK(values(home, {"add", "nothing", ""}).empty());
  CHECK(values(home, {"version", "x"}).empty());
  CHECK(offers(home, {"version", ""}, "--json"));
  CHECK(offers(home, {"help", "em"}, "emit"));
  CHECK(values(home, {"help", "add", "i"}) == Words{"incoming"});
  CHECK(values(home, {"completion", ""}) == Words{"bash", "zsh", "fish"});
  CHECK(offers(home, {"config", "show", "run"}, "run.maxInFlight"));
}

TEST_CASE("webhooks of both kinds, by name") {
  CliHome home;
  home.add("crm");
  home.must({"add", "outgoing", "o'clock \"x\"", "https://x.test/", "--event", "*", "-q"});
  home.must({"add", "incoming", "issues", "--action", "create-project", "--set", "name=literal:x",
             "--public-url", "https://x.test"});
  CHECK(values(home, {"show", ""}) == Words{"crm", "o'clock \"x\"", "issues"});
  CHECK(values(home, {"deliveries", "--webhook", "c"}) == Words{"crm"});
  CHECK(values(home, {"deliveries", "--webhook=c"}) == Words{"--webhook=crm"});
  CHECK(values(home, {"show", "crm", "x"}).empty());
  const std::string out = home.must({"__complete", "fish", "0", "show", "c"});
  CHECK(out == "crm\thttps://crm.test/in\n");
}

TEST_CASE("bash gets what it replaces, quoted as it stands") {
  struct Row {
    std::string typed;
    int kept;
    std::string answer;
  };
  const Row rows[] = {
      {"it", 0, R"(it\'s\ \"a:b\"\ \$HOME)"},   {R"(it\'s)", 0, R"(it\'s\ \"a:b\"\ \$HOME)"},
      {"\"it's", 0, R"(it's \"a:b\" \$HOME)"},  {"'it", 0, R"(it'\''s "a:b" $HOME)"},
      {"\"say", 0, R"(say \"hi\"")"},           {"'say", 0, R"(say "hi")"},
      {R"(it\'s\ \"a:)", 11, R"(b\"\ \$HOME)"},
  };
  CliHome home;
  home.add("crm");
  home.must({"add", "outgoing", "say \"hi\"", "https://x.test/", "--event", "*", "-q"});
  home.must({"add", "outgoing", "it's \"a:b\" $HOME", "https://x.test/", "--event", "*", "-q"});
  for (const Row& row : rows) {
    CAPTURE(row.typed);
    CHECK(values(home, {"show", row.typed}, "bash", row.kept) == Words{row.answer});
  }
  CHECK(values(home, {"deliveries", "--webhook=it"}, "bash", 10) ==
        Words{R"(it\'s\ \"a:b\"\ \$HOME)"});
  CHECK(values(home, {"events", "'proj"}, "bash").size() > 2);
  CHECK(values(home, {"add", "outgoing", "n", "u", "--event", "project."}, "bash")[0] ==
        R"(project.\*)");
  // Quotes elsewhere on the line are taken away, too.
  const std::string db = "--db='" + home.database() + "'";
  CHECK(values(home, {db, "show", "c"}, "bash") == Words{"crm"});
}

TEST_CASE("words as a shell makes them") {
  CHECK(unquoted("plain") == "plain");
  CHECK(unquoted(R"(a\ b)") == "a b");
  CHECK(unquoted(R"('a "b" \')") == R"(a "b" \)");
  CHECK(unquoted(R"("a \"b\" \n")") == R"(a "b" \n)");
  CHECK(unquoted("'open") == "open");
  CHECK(unquoted("\"open") == "open");
  CHECK(unquoted("end\\") == "end");
  CHECK(unquoted("--event='a b'c") == "--event=a bc");
}

TEST_CASE("event types and patterns, own ones too, and lists of them") {
  CliHome home;
  home.add("crm");
  home.must({"events", "add", "invoice.paid", "--description", "An invoice is paid"});
  CHECK(values(home, {"emit", "invoice"}) == Words{"invoice.paid"});
  CHECK(values(home, {"add", "outgoing", "n", "u", "--event", "inv"}) ==
        Words{"invoice.*", "invoice.paid"});
  CHECK(values(home, {"add", "outgoing", "n", "u", "--event", "project.created,inv"}) ==
        Words{"project.created,invoice.*", "project.created,invoice.paid"});
  CHECK(values(home, {"add", "outgoing", "n", "u", "--event=prd.approved,project.cr"}) ==
        Words{"--event=prd.approved,project.created"});
  CHECK(values(home, {"add", "outgoing", "n", "u", "--event", "invoice.*,inv"}) ==
        Words{"invoice.*,invoice.paid"});
  CHECK(values(home, {"add", "outgoing", "n", "u", "--event=invoice.paid,inv"}) ==
        Words{"--event=invoice.paid,invoice.*"});
  CHECK(offers(home, {"add", "outgoing", "n", "u", "--event", ""}, "*"));
}

TEST_CASE("ids of deliveries, events and requests, newest first") {
  CliHome home;
  home.add("crm");
  home.must({"emit", "project.created"});
  home.clock().advance(std::chrono::seconds(1));
  home.must({"emit", "prd.approved"});
  const std::string listed = home.must({"deliveries", "--json"});
  Words ids;
  for (const auto row : json_elements(listed)) ids.push_back(*json_text(*json_find(row, "id")));
  REQUIRE(ids.size() == 2);
  CHECK(values(home, {"deliveries", "show", "dlv_"}) == ids);
  CHECK(values(home, {"deliveries", "--event", "evt_"}).size() == 2);
  CHECK(home.must({"__complete", "fish", "0", "deliveries", "show", ids[0]}) ==
        ids[0] + "\tprd.approved to crm, pending\n");
  CHECK(values(home, {"requests", "show", ""}).empty());
}

TEST_CASE("names of files and folders are the shell's business") {
  CliHome home;
  CHECK(values(home, {"list", "--db", ""}) == Words{":files"});
  CHECK(values(home, {"list", "--db=/x"}) == Words{":files"});
  CHECK(values(home, {"add", "incoming", "n", "--directory", ""}) == Words{":folders"});
}

TEST_CASE("--db, --config and the configuration say where to look") {
  CliHome home;
  home.add("crm");
  home.environment["THIG_HOOKS_DB"] = home.path("none.db");
  CHECK(values(home, {"show", ""}).empty());
  CHECK(values(home, {"--db", home.database(), "show", ""}) == Words{"crm"});
  CHECK(values(home, {"show", "--db=" + home.database(), ""}) == Words{"crm"});
  CHECK(values(home, {"show", "--db", "~/hooks.db", ""}) == Words{"crm"});
  home.environment.erase("THIG_HOOKS_DB");
  const std::string config = home.file("c.json", R"({"database": "hooks.db"})");
  CHECK(values(home, {"show", ""}).empty());
  CHECK(values(home, {"show", "--config", config, ""}) == Words{"crm"});
  CHECK(values(home, {"show", "--config", config, "--db", home.path("none.db"), ""}).empty());
}

TEST_CASE("whatever is wrong, nothing is said, made or changed") {
  CliHome home;
  home.environment["THIG_HOOKS_DB"] = home.path("sub/none.db");
  CHECK(values(home, {"show", ""}).empty());
  CHECK_FALSE(std::ifstream(home.path("sub/none.db")).good());
  home.environment["THIG_HOOKS_DB"] = home.file("broken.db", "This is no database at all, is it?");
  CHECK(values(home, {"show", ""}).empty());
  CHECK(offers(home, {"emit", "project.cr"}, "project.created"));
  home.environment.clear();
  CHECK(values(home, {"show", ""}).empty());
  CHECK(home.must({"__complete"}) == "");
  CHECK(home.must({"__complete", "bash"}) == "");
  CHECK(home.must({"__complete", "bash", "0"}) == "");
  CHECK(values(home, {"show", "x"}, "bash", 99).empty());
}

TEST_CASE("too many are cut so that what they begin with stays the same") {
  CliHome home;
  for (int i = 0; i < 510; ++i)
    home.add("hook-" + std::string(i < 509 ? "a" : "z") + std::to_string(i));
  const Words found = values(home, {"show", "hook"});
  CHECK(found.size() == 500);
  CHECK(found.back() == "hook-z509");
}

}  // namespace thig
