// What help and the manual say, in the words of docs/words.md. Sources are read by tests/words.py.
#include "cli/help/man_pages.h"
#include "cli/help/roff_reader.h"
#include "cli/help/topics.h"
#include "tests/cli/cli_run.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

namespace thig {
namespace {

constexpr HelpLayout one_line{.columns = 1'000'000, .colour = false};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// The left column of the table under "Instead of".
std::vector<std::string> replaced_phrases() {
  std::ifstream file(THIG_TEST_DATA "/../docs/words.md");
  std::vector<std::string> phrases;
  bool table = false;
  for (std::string line; std::getline(file, line);) {
    table = table || line == "## Instead of";
    if (!table || !line.starts_with("| ")) continue;
    phrases.push_back(line.substr(2, line.find(" | ") - 2));
  }
  if (!phrases.empty()) phrases.erase(phrases.begin());  // its heading
  return phrases;
}

bool has_phrase(const std::string& text, const std::string& phrase) {
  const auto in_word = [&](std::size_t at) {
    return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at]));
  };
  for (auto at = text.find(phrase); at != text.npos; at = text.find(phrase, at + 1)) {
    if ((at == 0 || !in_word(at - 1)) && !in_word(at + phrase.size())) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("phrases that were replaced are in no help and on no page of the manual") {
  const std::vector<std::string> phrases = replaced_phrases();
  REQUIRE(phrases.size() > 20);
  std::map<std::string, std::string> texts;
  for (const ManPage& page : whole_manual()) {
    texts[page.name] = lower(plain_text(page.text, one_line));
  }
  CliHome home;
  texts["help"] = lower(home.must({"help"}));
  for (const auto& [name, text] : texts) {
    for (const std::string& phrase : phrases) {
      CHECK_MESSAGE(!has_phrase(text, phrase), name << ": " << phrase);
    }
  }
}

TEST_CASE("a summary is a sentence that begins with a verb, without a full stop") {
  for (const CommandEntry& entry : command_table()) {
    CAPTURE(entry.summary);
    CHECK(std::isupper(static_cast<unsigned char>(entry.summary.front())));
    CHECK(entry.summary.back() != '.');
    CHECK(entry.summary.size() <= 58);  // beside the longest name, in 80 columns
    CHECK_FALSE(entry.summary.starts_with("The "));
  }
}

}  // namespace thig
