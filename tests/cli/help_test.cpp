#include "cli/app/commands.h"
#include "cli/app/other_names.h"
#include "cli/help/man_pages.h"
#include "cli/help/roff_reader.h"
#include "cli/help/search.h"
#include "cli/help/topics.h"
#include "tests/cli/cli_run.h"

#include <doctest/doctest.h>

namespace thig {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the help of every command has its usage, then examples, then flags") {
  CliHome home;
  for (const CommandEntry& entry : command_table()) {
    CAPTURE(entry.name);
    auto arguments = words_of(entry.name);
    arguments.push_back("--help");
    const std::string help = home.must(arguments);
    CHECK(help.starts_with("Usage: thig-hooks " + std::string(entry.name)));
    const auto examples = help.find("\nEXAMPLES\n");
    REQUIRE(examples != help.npos);
    CHECK(help.find(std::string(entry.summary)) < examples);
    const auto flags = help.find("\nFLAGS\n");
    if (flags != help.npos) CHECK(flags > examples);
    CHECK(help.find("\nGLOBAL FLAGS\n") > examples);
    CHECK(help.find("thig-hooks", examples) != help.npos);
    CHECK(help.find("--json") != help.npos);

    arguments.pop_back();
    arguments.insert(arguments.begin(), "help");
    CHECK(home.must(arguments) == help);
  }
}

TEST_CASE("every flag has help that starts with a capital and has no final full stop") {
  for (const CommandEntry& entry : command_table()) {
    const auto command = entry.make();
    Flags flags;
    command->declare(flags);
    for (const Flags::Item& item : flags.items()) {
      CAPTURE(entry.name);
      CAPTURE(item.label());
      REQUIRE_FALSE(item.help.empty());
      CHECK(std::isupper(static_cast<unsigned char>(item.help.front())));
      CHECK(item.help.back() != '.');
      CHECK_FALSE(item.help.contains(": cA "));  // of words joined to one text
    }
  }
}

TEST_CASE("help without a command lists all of them") {
  CliHome home;
  const std::string help = home.must({});
  CHECK(help == home.must({"help"}));
  CHECK(help == home.must({"--help"}));
  for (const CommandEntry& entry : command_table()) {
    CHECK_MESSAGE(help.find("\n  " + std::string(entry.name) + " ") != help.npos, entry.name);
  }
}

TEST_CASE("help is wrapped to the terminal, within reason") {
  CliHome home;
  const auto longest = [](const std::string& text) {
    std::size_t longest_line = 0;
    for (std::size_t start = 0; start < text.size();) {
      const std::size_t end = text.find('\n', start);
      const std::string line = text.substr(start, end - start);
      // Examples are to be copied: they stay on one line.
      if (!line.starts_with("  thig-hooks")) longest_line = std::max(longest_line, line.size());
      start = end + 1;
    }
    return longest_line;
  };
  CHECK(longest(home.must({"help", "list"}, {.out_terminal = true, .columns = 60})) <= 80);
  CHECK(longest(home.must({"help", "list"}, {.out_terminal = true, .columns = 300})) <= 120);
}

TEST_CASE("help of what is no command suggests one") {
  CliHome home;
  const auto result = home.run({"help", "emitt"});
  CHECK(result.code == 2);
  CHECK(result.out == "");
  CHECK(result.err.find("did you mean `thig-hooks help emit`?") != std::string::npos);
}

TEST_CASE("a topic shows what the manual says") {
  CliHome home;
  for (const Topic& topic : topics()) {
    CAPTURE(topic.name);
    const std::string text = home.must({"help", std::string(topic.name)});
    CHECK(text.size() > 200);
    CHECK(has(home.must({}), "\n  " + std::string(topic.name) + " "));
    CHECK_FALSE(has(text, "\\-"));
    CHECK_FALSE(has(text, "\n."));
    CHECK(find_command(topic.name) == nullptr);
  }
  const std::string codes = home.must({"help", "exit-codes"});
  for (const char* code : {"\n  0\n", "\n  2\n", "\n  75\n", "\n  77\n"}) CHECK(has(codes, code));
  const std::string environment = home.must({"help", "environment"});
  for (const char* name :
       {"THIG_HOOKS_DB", "THIG_HOOKS_CONFIG", "THIG_HOOKS_SECRET", "NO_COLOR", "XDG_DATA_HOME"}) {
    CHECK(has(environment, name));
  }
  CHECK(has(home.must({"help", "signing"}), "webhook-signature: v1,"));
  CHECK(has(home.must({"help", "config"}), "run.maxInFlight"));
}

TEST_CASE("a page is read as groff sets it") {
  const HelpLayout narrow{.columns = 30, .colour = false};
  CHECK(plain_text(".TH x 1\n.SH NAME\nthig\\-hooks \\- does\n", narrow) ==
        "NAME\n  thig-hooks - does\n");
  CHECK(plain_text(".SH A\n.TP\n.BI \"\\-\\-db\" \" FILE\"\nwhat\nit is\n.PP\nmore\n", narrow) ==
        "A\n  --db FILE\n      what it is\n\n  more\n");
  CHECK(plain_text(".SH A\n.IP \\(bu 2\none two three four five six seven\n", narrow) ==
        "A\n  • one two three four five\n    six seven\n");
  CHECK(plain_text(".SH A\ntext\n.RS 4\n.nf\na  b \\e\n    c\n.fi\n.RE\n.SS \"B C\"\nd\n",
                   narrow) == "A\n  text\n      a  b \\\n          c\n\n B C\n  d\n");
  CHECK(plain_text(".BR a (1),\n.RB ( x \", \" y )\nX\\[u2026]\n", narrow) ==
        "  a(1), (x, y) X…\n");
  CHECK(plain_text("\\", narrow).empty());
  CHECK(plain_text(".SH\n.\n.B \"x", narrow) == "\n  x\n");
}

TEST_CASE("help finds the words of the field") {
  CliHome home;
  struct Row {
    std::vector<std::string> words;
    std::string found;  // a command or topic that has them
  };
  const Row rows[] = {
      {{"dead", "letter"}, "recover"},
      {{"dead-letter"}, "recover"},
      {{"circuit", "breaker"}, "run"},
      {{"idempotency"}, "emit"},
      {{"Idempotency", "Key"}, "emit"},
      {{"backoff"}, "add outgoing"},
      {{"replay"}, "requests replay"},
      {{"endpoint"}, "add outgoing"},
      {{"payload"}, "test"},
      {{"subscribe"}, "add outgoing"},
      {{"HMAC"}, "signing"},
      {{"hmac"}, "signing"},
      {{"retention"}, "prune"},
      {{"deduplicate"}, "add incoming"},
      {{"backfill"}, "recover"},
      {{"certificate"}, "doctor"},
      {{"webhooks"}, "list"},
  };
  for (const Row& row : rows) {
    std::vector<std::string> call = {"help"};
    call.insert(call.end(), row.words.begin(), row.words.end());
    CAPTURE(row.words[0]);
    CHECK(has(home.must(call), "\n  thig-hooks help " + row.found + "\n"));
  }
  const CliResult none = home.run({"help", "flux", "capacitor"});
  CHECK(none.code == 2);
  CHECK(none.out.empty());
  CHECK(has(none.err, "no help found for \"flux capacitor\""));
  CHECK(has(none.err, "`thig-hooks help` lists the commands"));
  CHECK(home.run({"help", ""}).code == 2);
  CHECK(home.run({"help", "-"}).code == 2);
}

TEST_CASE("hits come with the line that has the words, the most important first") {
  const std::vector<HelpHit> hits = search_help("circuit breaker");
  REQUIRE_FALSE(hits.empty());
  CHECK(has(hits[0].line, "circuit breaker"));
  for (const HelpHit& hit : search_help("prune")) {
    CHECK(hit.count > 0);
    CHECK_FALSE(hit.summary.empty());
  }
  CHECK(search_help("prune")[0].name == "prune");
  CHECK(search_help("emitt").empty());  // a slip, though "emitted" is there
}

TEST_CASE("what people type who know other tools leads to the command") {
  CliHome home;
  struct Row {
    std::string typed;
    std::string hint;
  };
  const Row rows[] = {
      {"ls", "`thig-hooks list`"},
      {"rm", "`thig-hooks remove`"},
      {"delete", "`thig-hooks remove`"},
      {"logs", "`thig-hooks deliveries` or `thig-hooks requests`"},
      {"tail", "`thig-hooks run` or `thig-hooks deliveries`"},
      {"replay", "`thig-hooks requests replay` or `thig-hooks retry`"},
      {"resend", "`thig-hooks retry`"},
      {"trigger", "`thig-hooks emit` or `thig-hooks test`"},
      {"status", "`thig-hooks list`, `thig-hooks stats` or `thig-hooks doctor`"},
      {"login", "`thig-hooks login-link`"},
  };
  for (const Row& row : rows) {
    const CliResult result = home.run({row.typed, "crm"});
    CHECK(result.code == 2);
    CHECK(result.out.empty());
    CHECK(has(result.err, "unknown command \"" + row.typed + "\""));
    CHECK_MESSAGE(has(result.err, "hint: did you mean " + row.hint + "?"), result.err);
  }
  CHECK(has(home.run({"help", "ls"}).err, "did you mean `thig-hooks help list`?"));
}

TEST_CASE("other names lead to commands there are, and are none themselves") {
  for (const OtherName& other : other_names()) {
    CAPTURE(other.typed);
    CHECK(find_command(other.typed) == nullptr);
    CHECK(subcommands_of(other.typed).empty());
    std::string_view rest = other.commands;
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      CHECK_MESSAGE(find_command(rest.substr(0, comma)) != nullptr, rest);
      rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
    }
  }
}

TEST_CASE("a word that stands only before others shows them") {
  CliHome home;
  CHECK(home.must({"add", "--help"}).find("add outgoing") != std::string::npos);
  CHECK(home.must({"help", "add"}).find("add outgoing") != std::string::npos);
}

}  // namespace thig
