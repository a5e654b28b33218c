// Every command and flag is on its manual page; whether groff takes the pages is in
// e2e/test_shells.py.
#include "cli/help/man_pages.h"

#include "cli/app/commands.h"
#include "cli/config/settings.h"
#include "cli/help/json_documents.h"
#include "cli/help/roff.h"
#include "cli/help/roff_reader.h"
#include "cli/terminal/width.h"
#include "core/web/route.h"
#include "core/web/schemas.h"
#include "tests/cli/cli_run.h"

#include <algorithm>
#include <fstream>
#include <set>

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
      if (!item.short_name.empty()) term.insert(0, item.short_name + ", ");
      CHECK_MESSAGE(has(page, (item.positional() || item.is_switch() ? ".B \"" : ".BI \"") +
                                  roff_text(term) + "\""),
                    term);
    }
    for (const Flags::Example& example : declared.flags.examples()) {
      CHECK(has(page, roff_text(wrapped_command(example.command, 68)) + "\n"));
    }
    CHECK(has(program, ".B \"" + roff_text(declared.entry->name) + "\""));
    CHECK(has(program, ".BR \\%" + roff_text(name) + " (1)"));
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

TEST_CASE("the page of JSON output has every command, and describes every key") {
  // These print no document of ours with --json.
  const std::set<std::string_view> others = {"demo", "events remove", "export", "help"};
  const std::vector<ManPage> pages = man_pages();
  const ManPage& page = page_of(pages, "thig-hooks-json");
  CHECK(page.section == 7);
  for (const CommandEntry& entry : command_table()) {
    const bool listed = std::ranges::find(json_documents(), entry.name, &JsonDocument::command) !=
                        json_documents().end();
    CHECK_MESSAGE(listed != others.contains(entry.name), entry.name);
    if (listed) CHECK(has(page, ".B \"" + roff_text(entry.name) + "\""));
  }
  for (const JsonDocument& document : json_documents()) {
    CAPTURE(document.schema);
    CHECK_FALSE(schema_text(document.schema).empty());
    CHECK(has(page, ".SS \"" + roff_text(document.schema) + "\""));
  }
  // A key without a description, or one that may be absent and does not say when.
  CHECK_FALSE(page.text.contains("\n\\&.\n"));
  CHECK_FALSE(page.text.contains(roff_text("absent if there is nothing to say")));
}

TEST_CASE("a page is called what its title and its NAME line say") {
  for (const ManPage& page : whole_manual()) {
    CAPTURE(page.name);
    const std::string title = roff_text(page.name);
    CHECK((page.text.contains(".TH " + title + " " + std::to_string(page.section)) ||
           page.text.contains(".TH \"" + title + "\" " + std::to_string(page.section))));
    CHECK(has(page, ".SH NAME\n" + title + " \\- "));
    // Names of pages and commands can be copied: no word is hyphenated.
    CHECK(has(page, ".nr HY 0\n.nh\n"));
  }
}

TEST_CASE("every command's page says what its exit status means") {
  for (const ManPage& page : whole_manual()) {
    if (page.section != 1) continue;
    CAPTURE(page.name);
    const std::vector<RoffSection> sections = roff_sections(page.text);
    const auto status = std::ranges::find(sections, "EXIT STATUS", &RoffSection::title);
    REQUIRE(status != sections.end());
    for (const char* code : {".B \"0\"", ".B \"2\"", ".B \"3\"", ".B \"4\"", ".B \"75\""}) {
      CHECK(status->roff.contains(code));
    }
  }
}

TEST_CASE("examples fit into a terminal of 80 columns") {
  // What a shell would need to be broken in the middle of a word: messages, byte for byte.
  const auto is_message = [](std::string_view line) {
    return line.starts_with("webhook-") || !line.contains(' ');
  };
  for (const ManPage& page : whole_manual()) {
    CAPTURE(page.name);
    bool code = false;
    int indent = 7;
    for (const std::string& line : lines_of(page.text)) {
      if (line.starts_with(".RS ")) indent += std::stoi(line.substr(4));
      if (line == ".RE") indent = 7;
      if (line == ".fi" || line == ".EE") code = false;
      if (code) {
        // Behind a blank line, so that what stands first is no request.
        std::string shown = plain_text(".nf\n" + line, {.columns = 1000, .colour = false});
        if (!shown.empty()) shown.erase(0, 2);
        if (!shown.empty() && shown.back() == '\n') shown.pop_back();
        if (!is_message(shown)) CHECK_MESSAGE(display_width(shown) + indent <= 79, shown);
      }
      if (line == ".nf" || line == ".EX") code = true;
    }
  }
}

TEST_CASE("a command is broken between its words, and stays the same command") {
  CHECK(wrapped_command("a b", 10) == "a b");
  CHECK(wrapped_command("abcd efgh ij", 12) == "abcd efgh ij");
  CHECK(wrapped_command("abcd efgh ijk", 12) == "abcd efgh \\\n    ijk");
  CHECK(wrapped_command("abcd 'ef gh ij kl' m", 12) == "abcd \\\n    'ef gh ij kl' \\\n    m");
  CHECK(wrapped_command("abcd \"e'f gh\" 'i\" j'", 12) ==
        "abcd \\\n    \"e'f gh\" \\\n    'i\" j'");
  CHECK(wrapped_command("abcd --ef ghijk", 14) ==
        "abcd \\\n    --ef ghijk");  // a flag keeps its value
  CHECK(wrapped_command("abcd --ef --gh | ij", 15) == "abcd --ef \\\n    --gh | ij");
  CHECK(wrapped_command("", 12).empty());
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
