#include "cli/views/render.h"

#include "cli/terminal/width.h"
#include "cli/views/detail.h"

#include <doctest/doctest.h>

namespace thig {
namespace {

const Time shown_at = *parse_rfc3339("2026-01-15T10:30:00Z");

Table two_webhooks() {
  Table table({{.header = "NAME", .shrinks = true},
               {.header = "ID", .optional = true},
               {.header = "TOTAL", .right = true},
               {.header = "raw", .where = Column::Where::piped}});
  table.row({{.text = "crm"}, {.text = "wh_1"}, {.text = "7"}, {.text = "a"}});
  table.row({{.text = "billing"}, {.text = "wh_22"}, {.text = "1234"}, {.text = "b"}});
  return table;
}

}  // namespace

TEST_CASE("columns are chosen by their headers, in the order that is asked for") {
  Table table = two_webhooks();
  const std::string names[] = {"total", "Name"};
  REQUIRE(table.choose(names, true).has_value());
  CHECK(table.for_terminal(0, false) == "TOTAL  NAME\n    7  crm\n 1234  billing\n");
  CHECK(table.tab_separated() == "7\tcrm\n1234\tbilling\n");
  const std::string raw[] = {"raw"};
  REQUIRE(table.choose(raw, true).has_value());
  CHECK(table.for_terminal(0, false) == "raw\na\nb\n");
  const std::string unknown[] = {"name", "colour"};
  const auto refused = table.choose(unknown, false);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::usage);
  REQUIRE(table.choose({}, false).has_value());
  CHECK(table.tab_separated() == "crm\twh_1\t7\ta\nbilling\twh_22\t1234\tb\n");
}

TEST_CASE("what is left out for lack of room is named") {
  Table table({{.header = "NAME"}, {.header = "ID", .optional = true}});
  table.row({{.text = "crm"}, {.text = "wh_12345"}});
  std::vector<std::string> hidden;
  CHECK(table.for_terminal(9, false, &hidden) == "NAME\ncrm\n");
  CHECK(hidden == std::vector<std::string>{"ID"});
  hidden.clear();
  static_cast<void>(table.for_terminal(0, false, &hidden));
  CHECK(hidden.empty());
}

TEST_CASE("a table on a terminal is aligned under its header") {
  CHECK(two_webhooks().for_terminal(0, false) ==
        "NAME     ID     TOTAL\n"
        "crm      wh_1       7\n"
        "billing  wh_22   1234\n");
}

TEST_CASE("a table for scripts has tabs, no header, and its own columns") {
  CHECK(two_webhooks().tab_separated() == "crm\twh_1\t7\ta\nbilling\twh_22\t1234\tb\n");
}

TEST_CASE("no line is wider than the terminal") {
  const Table table = two_webhooks();
  for (int width = 1; width < 30; ++width) {
    const std::string text = table.for_terminal(width, false);
    for (std::size_t start = 0; start < text.size();) {
      const std::size_t end = text.find('\n', start);
      CHECK_MESSAGE(display_width(text.substr(start, end - start)) <= width, width);
      start = end + 1;
    }
  }
}

TEST_CASE("optional columns go before others are cut off, the first one first") {
  Table table({{.header = "NAME"},
               {.header = "ID", .optional = true},
               {.header = "NOTE", .shrinks = true, .optional = true, .least = 6}});
  table.row({{.text = "crm"}, {.text = "wh_1"}, {.text = "long reason"}});
  CHECK(table.for_terminal(20, false) == "NAME  ID    NOTE\ncrm   wh_1  long re…\n");
  CHECK(table.for_terminal(13, false) == "NAME  NOTE\ncrm   long r…\n");
  CHECK(table.for_terminal(9, false) == "NAME\ncrm\n");
  CHECK(two_webhooks().for_terminal(15, false) ==
        "NAME     TOTAL\n"
        "crm          7\n"
        "billing   1234\n");
}

TEST_CASE("long cells are cut, and say so") {
  Table table({{.header = "URL", .shrinks = true}, {.header = "N"}});
  table.row({{.text = "https://example.com/a/long/way"}, {.text = "1"}});
  CHECK(table.for_terminal(20, false) ==
        "URL                N\n"
        "https://example.…  1\n");
  CHECK(table.tab_separated() == "https://example.com/a/long/way\t1\n");
}

TEST_CASE("what yields is left out last, and others get its room") {
  Table table({{.header = "NAME", .shrinks = true},
               {.header = "ID", .optional = true},
               {.header = "URL", .shrinks = true, .yields = true},
               {.header = "STATE"}});
  table.row({{.text = "customers of ours"},
             {.text = "wh_1"},
             {.text = "https://example.com/a"},
             {.text = "enabled"}});
  CHECK(table.for_terminal(40, false) ==
        "NAME            URL              STATE\n"
        "customers of …  https://exampl…  enabled\n");
  CHECK(table.for_terminal(30, false) ==
        "NAME               STATE\n"
        "customers of ours  enabled\n");
  CHECK(table.for_terminal(20, false) ==
        "NAME          STATE\n"
        "customers o…  enabl…\n");
}

TEST_CASE("wide characters take two columns") {
  Table table({{.header = "NAME"}, {.header = "N"}});
  table.row({{.text = "日本"}, {.text = "1"}});
  table.row({{.text = "cafe\u0301"}, {.text = "2"}});
  CHECK(table.for_terminal(0, false) ==
        "NAME  N\n"
        "日本  1\n"
        "cafe\u0301  2\n");
}

TEST_CASE("control characters never reach the terminal or break a line of data") {
  Table table({{.header = "NAME"}});
  table.row({{.text = "a\x1b[2J\tb\nc"}});
  CHECK(table.for_terminal(0, false) == "NAME\na\\x1b[2J\\x09b\\x0ac\n");
  CHECK(table.tab_separated() == "a\\x1b[2J\\x09b\\x0ac\n");
}

TEST_CASE("a column without any content is left out on a terminal only") {
  Table table({{.header = "NAME"}, {.header = "NOTE"}});
  table.row({{.text = "crm"}, {}});
  CHECK(table.for_terminal(0, false) == "NAME\ncrm\n");
  CHECK(table.tab_separated() == "crm\t\n");
}

TEST_CASE("times stand as RFC 3339 in data, with a relative form beside them for people") {
  Table table({{.header = "AT"}});
  table.row({time_cell(shown_at - std::chrono::minutes(3), shown_at)});
  CHECK(table.for_terminal(0, false) == "AT\n2026-01-15T10:27:00Z (3 min ago)\n");
  CHECK(table.for_terminal(20, false) == "AT\n3 min ago\n");
  CHECK(table.tab_separated() == "2026-01-15T10:27:00Z\n");
}

TEST_CASE("colour goes around the text, not around its padding") {
  Table table({{.header = "S"}, {.header = "N"}});
  table.row({{.text = "ok", .style = Style::good}, {.text = "1"}});
  CHECK(table.for_terminal(0, true) == "\x1b[1mS\x1b[0m   \x1b[1mN\x1b[0m\n\x1b[32mok\x1b[0m  1\n");
}

TEST_CASE("only a clean record shows 100%, and only a hopeless one 0%") {
  struct Row {
    std::optional<double> rate;
    std::string text;
  };
  for (const Row& row : {Row{std::nullopt, ""}, Row{1.0, "100%"}, Row{0.0, "0%"},
                         Row{0.99999, "99.9%"}, Row{0.00001, "0.1%"}, Row{0.985, "98.5%"}}) {
    CHECK_MESSAGE(format_rate(row.rate) == row.text, row.text);
  }
}

TEST_CASE("text is cut to columns, not to bytes") {
  CHECK(fit("héllo", 5) == "héllo");
  CHECK(fit("héllo!", 5) == "héll…");
  CHECK(fit("日本語", 4) == "日…");
  CHECK(fit("abc", 1) == "…");
  CHECK(fit("abc", 0) == "");
}

TEST_CASE("text is wrapped at blanks") {
  CHECK(wrap("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap("unbreakable x", 5) == std::vector<std::string>{"unbreakable", "x"});
}

TEST_CASE("details are aligned for people and tab-separated for scripts; empty ones are left out") {
  const auto fill = [](Detail detail) {
    detail.add("name", "crm");
    detail.add("description", "");
    detail.add("created", shown_at - std::chrono::hours(2));
    return detail.take();
  };
  CHECK(fill(Detail(true, false, shown_at)) ==
        "name     crm\ncreated  2026-01-15T08:30:00Z (2 h ago)\n");
  CHECK(fill(Detail(false, false, shown_at)) == "name\tcrm\ncreated\t2026-01-15T08:30:00Z\n");
}

}  // namespace thig
