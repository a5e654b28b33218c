#include "cli/terminal/style.h"

#include <doctest/doctest.h>

namespace thig {

TEST_CASE("--color beats NO_COLOR, which beats CLICOLOR_FORCE, which beats what the stream is") {
  struct Row {
    const char* flag;
    std::map<std::string, std::string, std::less<>> variables;
    bool terminal;
    bool colour;
  };
  const Row rows[] = {
      {"auto", {}, true, true},
      {"auto", {}, false, false},
      {"auto", {{"TERM", "dumb"}}, true, false},
      {"auto", {{"NO_COLOR", "1"}}, true, false},
      {"auto", {{"NO_COLOR", ""}}, true, true},
      {"auto", {{"CLICOLOR_FORCE", "1"}}, false, true},
      {"auto", {{"CLICOLOR_FORCE", "0"}}, false, false},
      {"auto", {{"NO_COLOR", "1"}, {"CLICOLOR_FORCE", "1"}}, true, false},
      {"always", {{"NO_COLOR", "1"}}, false, true},
      {"never", {{"CLICOLOR_FORCE", "1"}}, true, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.flag);
    CAPTURE(row.terminal);
    CHECK(wants_colour(row.flag, Environment(row.variables), row.terminal) == row.colour);
  }
}

TEST_CASE("without colour, text is left as it is") {
  CHECK(paint("x", Style::bad, false) == "x");
  CHECK(paint("x", Style::bad, true) == "\x1b[31mx\x1b[0m");
  CHECK(paint("", Style::bad, true) == "");
}

}  // namespace thig
