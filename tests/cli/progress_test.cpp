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
  // The bar gives way to the text.
  const std::string text = "500/1000, 120/s, 4 s left, 3 failed";
  CHECK(progress_line(text, 5, 10, 60) == "[########........]  50% " + text);
  CHECK(progress_line(text, 5, 10, 52) == "[#####.....]  50% 500/1000, 120/s, 4 s left, 3 fai…");
}

TEST_CASE("the pace is a rate and how long the rest takes at it") {
  using std::chrono::seconds;
  CHECK(describe_pace(0, 10, seconds(0)) == "0/10");
  CHECK(describe_pace(0, 10, seconds(5)) == "0/10");
  CHECK(describe_pace(500, 1000, seconds(5)) == "500/1000, 100/s, 5 s left");
  CHECK(describe_pace(1, 1000, seconds(1)) == "1/1000, 1.0/s, 17 min left");
  CHECK(describe_pace(1, 10'000, seconds(2)) == "1/10000, 0.5/s, 6 h left");
  CHECK(describe_pace(10, 10, seconds(5)) == "10/10, 2.0/s");
  CHECK(describe_pace(7, 0, seconds(1)) == "7, 7.0/s");
}

TEST_CASE("what is written beside progress takes its place, on whichever stream it comes") {
  Console screen({}, true);
  TextOutput out(true, 80);
  Surroundings both{.out = out,
                    .err = screen.err,
                    .in = 0,
                    .in_terminal = false,
                    .environment = {},
                    .os_user = screen.surroundings.os_user,
                    .clock = screen.clock,
                    .random = screen.random,
                    .stop = screen.stop};
  Context context(both, screen.options);
  {
    Progress progress(context, true, "", 10, Progress::Beside::lines);
    REQUIRE(progress.shown());
    progress.make_room(out);
    out.line("one");
    screen.clock.advance(std::chrono::seconds(1));
    progress.update(5, [] { return std::string("5/10"); });
    progress.make_room(out);
    out.line("two");
    progress.make_room(screen.err);
    screen.err.line("warning");
    static_cast<void>(out.flush());
    static_cast<void>(screen.err.flush());
  }
  const std::string wipe = "\r\x1b[K";
  CHECK(out.text() ==
        "one\n" + wipe + "[###############...............]  50% 5/10" + wipe + "two\n" + wipe);
  CHECK(screen.err.text() == wipe + "warning\n");
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
