#include "cli/terminal/progress.h"

#include "cli/terminal/width.h"
#include "tests/cli/cli_run.h"

#include <doctest/doctest.h>

namespace thig {

TEST_CASE("the bar fills up") {
  CHECK(progress_line("lines", 0, 10, 80) == "[..............................]   0% lines");
  CHECK(progress_line("lines", 5, 10, 80) == "[###############...............]  50% lines");
  CHECK(progress_line("lines", 10, 10, 80) == "[##############################] 100% lines");
  CHECK(progress_line("lines", 11, 10, 80) == "[##############################] 100% lines");
  CHECK(progress_line("lines", 7, 0, 80) == "7 lines");
  CHECK(display_width(progress_line("lines", 5, 10, 20)) == 19);
}

TEST_CASE("long work draws a line on a terminal and wipes it") {
  Console screen({}, true);
  {
    Progress progress(screen.context, true, "lines", 10);
    progress.update(1);
    CHECK(screen.err.text() == "");
    screen.clock.advance(std::chrono::seconds(1));
    progress.update(5);
    CHECK(screen.err.text().find("50% lines") != std::string::npos);
    const auto drawn = screen.err.text().size();
    progress.update(6);
    CHECK(screen.err.text().size() == drawn);
  }
  CHECK(screen.err.text().ends_with("\r\x1b[K"));
}

TEST_CASE("nothing is drawn elsewhere, when quiet, or when it is not wanted") {
  for (const auto& [terminal, quiet, wanted] :
       {std::tuple{false, false, true}, {true, true, true}, {true, false, false}}) {
    Console screen(with_quiet(quiet), terminal);
    {
      Progress progress(screen.context, wanted, "lines", 10);
      screen.clock.advance(std::chrono::seconds(1));
      progress.update(5);
    }
    CHECK(screen.err.text() == "");
  }
}

}  // namespace thig
