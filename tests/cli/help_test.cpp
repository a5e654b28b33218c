#include "cli/app/commands.h"
#include "tests/cli/cli_run.h"

#include <doctest/doctest.h>

namespace thig {
namespace {}  // namespace

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

TEST_CASE("a word that stands only before others shows them") {
  CliHome home;
  CHECK(home.must({"add", "--help"}).find("add outgoing") != std::string::npos);
  CHECK(home.must({"help", "add"}).find("add outgoing") != std::string::npos);
}

}  // namespace thig
