#include "tests/cli/cli_run.h"

#include <array>

#include <doctest/doctest.h>

namespace thig {
namespace {

std::string last_line(std::string text) {
  REQUIRE(text.ends_with('\n'));
  text.pop_back();
  return text.substr(text.rfind('\n') + 1);  // npos + 1 is 0
}

struct WrongCall {
  std::vector<std::string> arguments;
  int code;
  std::string error;
  std::string hint;
};

void check_wrong_call(CliHome& home, const WrongCall& row) {
  std::string call;
  for (const std::string& word : row.arguments) call += word + " ";
  CAPTURE(call);
  const CliResult text = home.run(row.arguments);
  CHECK(text.code == row.code);
  CHECK(text.out == "");
  CHECK(text.err.find("thig-hooks: error: ") != std::string::npos);
  CHECK_MESSAGE(text.err.find(row.error) != std::string::npos, text.err);
  CHECK_MESSAGE(text.err.find(row.hint) != std::string::npos, text.err);

  auto with_json = row.arguments;
  with_json.push_back("--json");
  const CliResult json = home.run(with_json);
  CHECK(json.code == row.code);
  CHECK(json.out == "");
  const std::string line = last_line(json.err);
  REQUIRE_MESSAGE(check_json(line), line);
  CHECK(json_members(line).size() == 3);
  CHECK(json_text(*json_find(line, "error")));
  CHECK(json_text(*json_find(line, "code")));
  CHECK(json_find(line, "hint"));
}

}  // namespace

TEST_CASE("wrong calls: the exit code, an empty stdout, and what to do") {
  const WrongCall rows[] = {
      {{"lst"}, 2, "unknown command \"lst\"", "did you mean `thig-hooks list`?"},
      {{"frobnicate"}, 2, "unknown command \"frobnicate\"", "`thig-hooks help` lists"},
      {{"--jsn", "list"}, 2, "unknown flag --jsn", "did you mean --json?"},
      {{"list", "--jsn"}, 2, "unknown flag --jsn", "did you mean --json?"},
      {{"add"}, 2, "`add` needs a subcommand: incoming or outgoing", "`thig-hooks help add`"},
      {{"add", "outgiong", "x"}, 2, "unknown command \"add outgiong\"", "did you mean"},
      {{"add", "outgoing"}, 2, "NAME is required", "usage: thig-hooks add outgoing NAME URL"},
      {{"add", "outgoing", "x", "https://x.test/"}, 2, "--event PATTERN is required", "usage:"},
      {{"list", "incomming"},
       2,
       "\"incomming\" is not one of outgoing, incoming",
       "did you mean \"incoming\"?"},
      {{"list", "--color", "sometimes"}, 2, "is not one of auto, always, never", ""},
      {{"emit"}, 2, "EVENT is required", "thig-hooks events"},
      {{"emit", "project.created", "--atomic"}, 2, "--atomic requires --batch", ""},
      {{"emit", "project.craeted"}, 4, "project.craeted", "project.created"},
      {{"emit", "project.created", "--data", "{"}, 2, "JSON", ""},
      {{"emit", "project.created", "--data", "@/nowhere"}, 3, "/nowhere", ""},
      {{"emit", "--batch", "/nowhere"}, 3, "/nowhere", ""},
      {{"show", "crn"}, 4, "crn", "crm"},
      {{"enable", "nobody"}, 4, "nobody", ""},
      {{"disable", "nobody"}, 4, "nobody", ""},
      {{"remove", "nobody", "--yes"}, 4, "nobody", ""},
      {{"remove", "crm"}, 2, "--yes", "--yes"},
      {{"stats", "nobody"}, 4, "nobody", ""},
      {{"stats", "--since", "x"}, 2, "--since", ""},
      {{"deliveries", "--state", "ded"}, 2, "\"ded\" is not one of", "dead"},
      {{"deliveries", "--event", "evt_x"}, 2, "evt_x", "evt_"},
      {{"deliveries", "--event", "evt_0000000000001"}, 4, "evt_0000000000001", ""},
      {{"deliveries", "--before", "x"}, 2, "not a valid delivery id: \"x\"", "dlv_"},
      {{"deliveries", "--limit", "0"}, 2, "--limit", ""},
      {{"deliveries", "show"}, 2, "DLV is required", "usage:"},
      {{"deliveries", "show", "dlv_0"}, 4, "dlv_0", "thig-hooks deliveries"},
      {{"events", "project.craeted"}, 4, "project.craeted", "project.created"},
      {{"events", "nothing.*"}, 4, "nothing.*", ""},
      {{"events", "show"}, 2, "TYPE is required", "usage:"},
      {{"list", "--db", "/nowhere/hooks.db"}, 4, "/nowhere/hooks.db", "thig-hooks init"},
      {{"version", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, 2, "argument \"whsec_…LaSw\"", ""},
      {{"verify", "--secret-file", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
       3,
       "cannot open whsec_…LaSw",
       "a file that contains the secret"},
      {{"rotate", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "--db", "/nowhere/hooks.db"},
       4,
       "/nowhere/hooks.db",
       ""},
      {{"verify", "--scheme", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
       2,
       "\"whsec_…LaSw\" is not one of",
       ""},
      {{"whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc="}, 2, "command \"…Mbc=\"", ""},
      {{"verify", "--now", "01614265330"}, 2, "not a valid time", ""},
      {{"sign", "--timestamp", "01"}, 2, "not a valid time", "in seconds since 1970"},
      {{"sign", "--timestamp", "+1"}, 2, "not a valid time", ""},
      {{"version", "extra"}, 2, "unexpected argument \"extra\"", ""},
  };
  CliHome home;
  home.add("crm");
  for (const WrongCall& row : rows) check_wrong_call(home, row);
  CHECK(home.must({"list"}).find("crm") == 0);
}

TEST_CASE("without a database, lists are empty and say why") {
  CliHome home;
  for (const std::string command : {"list", "deliveries"}) {
    CHECK(home.must({command, "--json"}) == "[]\n");
    const CliResult text = home.run({command});
    CHECK(text.code == 0);
    CHECK(text.out == "");
    CHECK(text.err.find(home.database()) != std::string::npos);
    CHECK(home.run({command, "-q"}).err == "");
  }
  CHECK(home.run({"show", "crm"}).code == 4);
  CHECK(home.run({"deliver"}).code == 0);
}

TEST_CASE("the first command that writes makes the database and says where") {
  CliHome home;
  const CliResult first = home.run({"emit", "project.created"});
  CHECK(first.code == 0);
  CHECK(first.err.find("created the database " + home.database()) != std::string::npos);
  CHECK(first.err.find("ada is its Owner") != std::string::npos);
  CHECK(home.run({"emit", "project.created"}).err.find("created the database") ==
        std::string::npos);
}

TEST_CASE("who is no member may read, but not configure or emit") {
  CliHome home;
  home.add("crm");
  home.user.name = "eve";
  for (const std::vector<std::string>& arguments : {
           std::vector<std::string>{"emit", "project.created"},
           {"disable", "crm"},
           {"remove", "crm", "--yes"},
           {"show", "crm", "--reveal-secret"},
           {"add", "outgoing", "b", "https://b.test/", "--event", "*"},
       }) {
    const CliResult result = home.run(arguments);
    CHECK(result.code == 77);
    CHECK(result.out == "");
    CHECK(result.err.find("eve") != std::string::npos);
  }
  CHECK(home.run({"list"}).code == 0);
  CHECK(home.run({"show", "crm"}).code == 0);
  home.user = {.name = "root", .is_root = true};
  CHECK(home.run({"disable", "crm"}).code == 0);
}

TEST_CASE("global flags may stand before the command, between its words and after it") {
  CliHome home;
  home.add("crm");
  const std::string document = home.must({"list", "--json"});
  CHECK(document.starts_with("[{"));
  CHECK(home.must({"--json", "list"}) == document);
  const std::string sample = home.must({"events", "show", "project.created", "--json"});
  CHECK(home.must({"events", "--json", "show", "project.created"}) == sample);
  CHECK(home.must({"--json", "events", "show", "project.created"}) == sample);
}

TEST_CASE("the version, as a flag and as a command") {
  CliHome home;
  const std::string text = home.must({"version"});
  CHECK(text == "thig-hooks " + std::string(version()) + "\n");
  CHECK(home.must({"--version"}) == text);
  CHECK(home.must({"--version", "--json"}).find("\"version\":\"" + std::string(version())) !=
        std::string::npos);
  const std::string libraries(*json_find(home.must({"version", "--json"}), "libraries"));
  for (const char* name : {"boost", "curl", "idn2", "openssl", "sqlite"}) {
    CHECK(text_of(libraries, name).find('.') != std::string::npos);
  }
  const std::string made_of = text_of(home.must({"version", "--json"}), "commit");
  CHECK((made_of == "unknown" || made_of.find_first_not_of("0123456789abcdef") >= 40));
}

TEST_CASE("a stdout that cannot be written is a failure; a reader that has gone is none") {
  CliHome home;
  home.add("crm");
  const CliResult full = home.run({"list"}, {.out_full = true});
  CHECK(full.code == 3);
  CHECK(full.err.find("cannot write to standard output") != std::string::npos);
  const CliResult gone = home.run({"list"}, {.out_reader_gone = true});
  CHECK(gone.code == 0);
  CHECK(gone.err == "");
}

TEST_CASE("colour on the error, where standard error is a terminal") {
  CliHome home;
  CHECK(home.run({"lst"}, {.err_terminal = true}).err.find("\x1b[31merror:") != std::string::npos);
  CHECK(home.run({"lst"}).err.find('\x1b') == std::string::npos);
  CHECK(home.run({"lst", "--color", "always"}).err.find('\x1b') == std::string::npos);
  CHECK(home.run({"--color", "always", "lst"}).err.find("\x1b[31m") != std::string::npos);
}

TEST_CASE("what is wrong is named without its control characters") {
  CliHome home;
  const CliResult result = home.run({"\x1b[2Jx"});
  CHECK(result.code == 2);
  CHECK(result.err.find('\x1b') == std::string::npos);
}

}  // namespace thig
