// Every command and flag is on its manual page; whether groff takes the pages is in
// e2e/test_shells.py.
#include "cli/help/man_pages.h"

#include "cli/config/settings.h"
#include "cli/help/roff.h"
#include "core/web/route.h"
#include "tests/cli/cli_run.h"

#include <algorithm>
#include <fstream>

#include <doctest/doctest.h>

namespace thig {
namespace {

const ManPage& page_of(const std::vector<ManPage>& pages, const std::string& name) {
  const auto found = std::ranges::find(pages, name, &ManPage::name);
  REQUIRE_MESSAGE(found != pages.end(), name);
  return *found;
}

bool has(const ManPage& page, const std::string& line) {
  return page.text.find("\n" + line) != std::string::npos;
}

}  // namespace

TEST_CASE("the page of every command has its flags, examples and sections") {
  const std::vector<ManPage> pages = man_pages();
  const ManPage& program = page_of(pages, "thig-hooks");
  for (const DeclaredCommand& declared : declare_all_commands()) {
    std::string name = "thig-hooks-" + std::string(declared.entry->name);
    std::ranges::replace(name, ' ', '-');
    CAPTURE(name);
    const ManPage& page = page_of(pages, name);
    CHECK(page.section == 1);
    CHECK(has(page, roff_text(name) + " \\- "));
    for (const std::string section : {"SYNOPSIS", "DESCRIPTION", "EXAMPLES", "GLOBAL OPTIONS",
                                      "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"}) {
      CHECK_MESSAGE(has(page, ".SH " + section + "\n"), section);
    }
    for (const Flags::Item& item : declared.flags.items()) {
      std::string term = item.label();
      if (!item.short_name.empty()) term = item.short_name + ", " + term;
      CHECK_MESSAGE(has(page, (item.positional() || item.is_switch() ? ".B \"" : ".BI \"") +
                                  roff_text(term) + "\""),
                    term);
    }
    for (const Flags::Example& example : declared.flags.examples()) {
      CHECK(has(page, roff_text(example.command) + "\n"));
    }
    CHECK(has(program, ".B \"" + roff_text(declared.entry->name) + "\""));
    CHECK(has(program, ".BR " + roff_text(name) + " (1)"));
  }
}

TEST_CASE("the page of the configuration has every key") {
  const std::vector<ManPage> pages = man_pages();
  const ManPage& page = page_of(pages, "thig-hooks-config");
  CHECK(page.section == 5);
  const ConfigKeys keys;
  for (const ConfigKeys::Key& key : keys.all()) {
    CHECK_MESSAGE(has(page, ".BI \"" + roff_text(key.name()) + "\""), key.name());
  }
}

TEST_CASE("the page of the HTTP API has every route") {
  const std::vector<ManPage> pages = man_pages();
  const ManPage& page = page_of(pages, "thig-hooks-api");
  CHECK(page.section == 7);
  for (const Route& route : routes()) {
    const std::string term = std::string(route.method) + " " + std::string(route.path);
    CHECK_MESSAGE(has(page, ".B \"" + roff_text(term) + "\""), term);
  }
}

TEST_CASE("nothing in a text is taken for a request or an escape") {
  CHECK(roff_text("a-b") == "a\\-b");
  CHECK(roff_text(".SH x\n'y\n.z") == "\\&.SH x\n\\&\\(aqy\n\\&.z");
  CHECK(roff_text("\\fB") == "\\(rsfB");
  CHECK(roff_text("\"~^`") == "\\(dq\\(ti\\(ha\\(ga");
  CHECK(roff_text("X…é") == "X\\[u2026]\\[u00E9]");
  CHECK(roff_text("\xff") == "\\[uFFFD]");
}

TEST_CASE("pages are the same each time, and written into a folder that is there") {
  CliHome home;
  CHECK(man_pages()[0].text == man_pages()[0].text);
  CHECK(home.must({"__man", home.path("")}) == "");
  CHECK(std::ifstream(home.path("thig-hooks-add-outgoing.1")).good());
  CHECK(home.run({"__man", "/nowhere"}).code == 3);
  CHECK(home.run({"__man"}).code == 2);
}

}  // namespace thig
