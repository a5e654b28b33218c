// Figures: for eyes, in JSON, and as metrics.
#include "cli/terminal/spark.h"
#include "cli/terminal/width.h"
#include "tests/cli/history.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace thig {
namespace {

// crm: one success, two failures, one pending; wiki: nothing but what is pending.
void fill_history(CliHome& home) {
  home.add("crm", "prd.*");
  home.add("wiki", "prd.*");
  History history(home);
  for (int i = 0; i < 4; ++i) history.emit("prd.approved");
  history.settle("crm", History::answered(200), DeliveryState::delivered);
  history.settle("crm", History::answered(503), DeliveryState::dead);
  home.clock().advance(2 * hour);
  history.settle("crm", History::timed_out(), DeliveryState::dead);
}

}  // namespace

TEST_CASE("a line of bars is as high as its greatest figure, and not longer than asked") {
  const auto line = [](std::vector<std::int64_t> figures, int width = 0) {
    return spark_line(figures, width);
  };
  CHECK(line({}) == "");
  CHECK(line({0, 0}) == "  ");
  CHECK(line({5}) == "█");
  CHECK(line({0, 1, 4, 8}) == " ▂▅█");
  CHECK(line({1, 1'000'000'000'000}) == "▁█");
  CHECK(line({1, 1, 1, 1, 2, 2}, 3) == "▅▅█");
  CHECK(line({9, 1, 1, 1, 1}, 3) == "█▂▂");  // the odd one stands alone at the old end
  CHECK(line({1, 2, 3}, 1) == "█");
  for (int width = 1; width < 30; ++width) {
    CHECK(display_width(line(std::vector<std::int64_t>(25, 3), width)) <= width);
  }
}

TEST_CASE("hours are bars between the times at their ends") {
  const Time first = *parse_rfc3339("2026-01-14T10:00:00Z");
  const auto line = [&](std::size_t hours, int width) {
    const Time now = first + hour * static_cast<int>(hours) - 23 * minute;
    const HourBars bars = hour_bars(std::vector<std::int64_t>(hours, 3), first, now, width);
    const std::string text = bars.before() + bars.bars + bars.after();
    CHECK((width == 0 || display_width(text) <= width));
    return std::to_string(bars.hours_per_bar) + " " + text;
  };
  CHECK(line(3, 80) == "1 10:00 ███ 12:37");
  CHECK(line(25, 80) == "1 01-14 10:00 █████████████████████████ 01-15 10:37");
  CHECK(line(48, 60) == "2 01-14 10:00 ████████████████████████ 01-16 09:37");
  CHECK(line(7 * 24, 80).starts_with("3 01-14 10:00 "));
  CHECK(line(24 * 365, 80).starts_with("152 2026-01-14 "));
  CHECK(line(25, 30) == "1 █████████████████████████");  // no room for times
  CHECK(line(3, 0) == "1 10:00 ███ 12:37");
}

TEST_CASE("stats have hours, failures and percentiles of the asked span") {
  CliHome home;
  fill_history(home);
  const std::string json = home.must({"stats", "--since", "3h", "--json"});
  const auto hours = json_elements(*json_find(json, "hours"));
  REQUIRE(hours.size() == 4);
  CHECK(hours[0] == R"({"hour":"2026-01-15T09:00:00Z","ok":0,"failed":0})");
  CHECK(hours[1] == R"({"hour":"2026-01-15T10:00:00Z","ok":1,"failed":1})");
  CHECK(hours[3] == R"({"hour":"2026-01-15T12:00:00Z","ok":0,"failed":1})");
  CHECK(*json_find(json, "failures") ==
        R"([{"outcome":"503","attempts":1},{"outcome":"timeout","attempts":1}])");
  const auto totals = *json_find(json, "totals");
  CHECK(text_of(totals, "pending") == "5");
  CHECK(text_of(totals, "cancelled") == "0");
  CHECK(text_of(totals, "backlogAgeMs") == "7200000");
  CHECK(text_of(totals, "p99Ms") == "11585");

  const std::string one = home.must({"stats", "crm", "--since", "0s", "--json"});
  CHECK(*json_find(one, "hours") == R"([{"hour":"2026-01-15T12:00:00Z","ok":0,"failed":1}])");
  CHECK(*json_find(one, "failures") == R"([{"outcome":"timeout","attempts":1}])");
  CHECK(*json_find(home.must({"stats", "wiki", "--json"}), "failures") == "[]");
}

TEST_CASE("stats on a terminal draw the hours, and never a line too wide") {
  CliHome home;
  fill_history(home);
  const std::string table = home.must({"stats", "crm"}, {.out_terminal = true, .columns = 100});
  CHECK(
      table.contains("3 attempts in the last 1d, at most 2 per hour\none bar per hour, times in "
                     "UTC:\n01-14 12:00 "));
  CHECK(table.contains(" 01-15 12:00\n"));
  CHECK(table.find("2 failed attempts in the last 1d") != std::string::npos);
  CHECK(table.find("       1  timeout\n") != std::string::npos);
  CHECK(table.find("█") != std::string::npos);
  for (const int columns : {10, 20, 40, 80}) {
    std::string rest =
        home.must({"stats", "--color", "never"}, {.out_terminal = true, .columns = columns});
    for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
      CHECK(display_width(rest.substr(0, end)) <= columns);
      rest.erase(0, end + 1);
    }
  }
  // Scripts get lines of figures and nothing else.
  const std::string piped = home.must({"stats", "crm"});
  CHECK(std::ranges::count(piped, '\n') == 1);
  CHECK(std::ranges::count(piped, '\t') == 15);
  CHECK(piped.ends_with("\t0\t11585\t7200\n"));
}

TEST_CASE("stats reach back to a moment") {
  CliHome home;
  fill_history(home);
  const CliInput terminal{.out_terminal = true, .columns = 80};
  CHECK(home.must({"stats", "--since", "2026-01-15T11:30:00Z"}, terminal)
            .contains("1 attempt since 2026-01-15T11:30:00Z, at most 1 per hour"));
  const std::string of_day = home.must({"stats", "--since", "2026-01-15T00:00:00Z", "--json"});
  CHECK(json_elements(*json_find(of_day, "hours")).size() == 13);
  const CliResult later = home.run({"stats", "--since", "2027-01-01"});
  CHECK(later.code == 2);
  CHECK(later.err.contains("--since must not be in the future"));
}

TEST_CASE("a paused webhook's next attempt is when its pause ends, where that is later") {
  CliHome home;
  fill_history(home);
  const Time now = home.clock().now().wall;
  History(home).pause("crm", now + 10 * minute);
  const CliInput terminal{.out_terminal = true, .columns = 400};
  const std::string until = "2026-01-15T12:10:00Z";
  CHECK(home.must({"stats", "crm"}, terminal).contains(until + " (in 10 min)"));
  CHECK(home.must({"show", "crm"}).contains("next attempt\t" + until));
  CHECK(home.must({"stats", "crm", "--columns", "next-attempt"}) == until + "\n");
  const std::string json = home.must({"stats", "--json"});
  const std::string crm(json_elements(*json_find(json, "webhooks")).front());
  CHECK(text_of(crm, "status") == "paused");
  CHECK(text_of(crm, "pausedUntil") == "2026-01-15T12:10:00.000Z");
  // What is due first of all is another webhook's.
  CHECK(home.must({"stats"}, terminal).contains("total"));
  home.clock().advance(11 * minute);
  CHECK(home.must({"stats", "--json"}).contains(R"("status":"failing","pausedUntil":null)"));
}

TEST_CASE("metrics are in Prometheus' text format") {
  CliHome home;
  home.must({"add", "outgoing", "crm \"x\\y\"", "https://x.test/", "--event", "*", "-q",
             "--print-secret"});
  History history(home);
  for (int i = 0; i < 3; ++i) history.emit("prd.approved");
  history.settle("crm \"x\\y\"", History::answered(200), DeliveryState::delivered);
  history.settle("crm \"x\\y\"", History::answered(503), DeliveryState::dead);
  home.clock().advance(90 * second);
  const std::string text = home.must({"stats", "--prometheus"});
  const std::string label = R"(webhook="crm \"x\\y\"")";
  for (const std::string& line :
       {std::string("# TYPE thig_hooks_attempts_total counter"),
        "thig_hooks_attempts_total{" + label + ",result=\"ok\"} 1",
        "thig_hooks_attempts_total{" + label + ",result=\"failed\"} 1",
        "thig_hooks_deliveries_total{" + label + ",state=\"dead\"} 1",
        "thig_hooks_pending_deliveries{" + label + "} 1",
        "thig_hooks_backlog_age_seconds{" + label + "} 90",
        "thig_hooks_webhook_enabled{" + label + "} 1",
        std::string("# TYPE thig_hooks_latency_seconds summary"),
        "thig_hooks_latency_seconds{" + label + ",quantile=\"0.5\"} 0.045",
        "thig_hooks_latency_seconds_count{" + label + "} 2",
        "thig_hooks_recent_failed_attempts{" + label + ",outcome=\"503\"} 1"}) {
    CHECK_MESSAGE(("\n" + text).find("\n" + line + "\n") != std::string::npos, line);
  }
  // Every sample belongs to the metric that was declared last.
  std::string metric;
  std::string rest = text;
  for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
    const std::string line = rest.substr(0, end);
    rest.erase(0, end + 1);
    if (line.starts_with("# HELP ")) metric = line.substr(7, line.find(' ', 7) - 7);
    CHECK((line.starts_with("# ") || line.starts_with(metric)));
  }
  CHECK(rest == "");
  CHECK(home.run({"stats", "--prometheus", "--json"}).code == 2);
  CHECK(home.must({"stats", "crm \"x\\y\"", "--prometheus"}) == text);
}

TEST_CASE("a list of names of every kind fits into any terminal") {
  CliHome home;
  for (const std::string name :
       {"🦔🦔🦔🦔🦔🦔🦔🦔🦔🦔🦔🦔", "it's \"quoted\" $(x)", "a b  c",
        "日本語の長い名前のウェブフック", "e\xcc\x81\xcc\x81t\xcc\x81"}) {
    home.must({"add", "outgoing", name, "https://x.test/" + std::string(300, 'p'), "--event", "*",
               "-q", "--print-secret"});
  }
  for (const int columns : {1, 2, 20, 33, 80}) {
    std::string rest =
        home.must({"list", "--color", "never"}, {.out_terminal = true, .columns = columns});
    CHECK(std::ranges::count(rest, '\n') == 6);
    for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
      CHECK(display_width(rest.substr(0, end)) <= columns);
      rest.erase(0, end + 1);
    }
  }
  const std::string piped = home.must({"list"});
  CHECK(piped.find("it's \"quoted\" $(x)\twh_") != std::string::npos);
  CHECK(check_json(home.must({"list", "--json"})));
}

}  // namespace thig
