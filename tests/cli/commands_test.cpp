#include "cli/app/commands.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace thig {

TEST_CASE("the table of commands is sorted, so that a command is found by halving") {
  CHECK(std::ranges::is_sorted(command_table(), {}, &CommandEntry::name));
  for (const CommandEntry& entry : command_table()) {
    CHECK_MESSAGE(find_command(entry.name) == &entry, entry.name);
  }
  CHECK(find_command("no-such-command") == nullptr);
  CHECK(find_command("") == nullptr);
}

TEST_CASE("commands of two words are found by their first") {
  CHECK(subcommands_of("add").size() == 2);
  CHECK(subcommands_of("deliveries").front()->name == "deliveries explain");
  CHECK(subcommands_of("del").empty());
}

TEST_CASE("first words are listed once each") {
  const auto words = command_words();
  CHECK(std::ranges::count(words, "deliveries") == 1);
  CHECK(std::ranges::count(words, "add") == 1);
}

}  // namespace thig
