#include "cli/help/search.h"

#include "cli/app/commands.h"
#include "cli/help/declared.h"
#include "cli/help/topics.h"
#include "cli/terminal/style.h"
#include "cli/terminal/width.h"
#include "core/base/codec.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr int unwrapped = 1'000'000;
constexpr std::size_t before_hit = 30;  // bytes of the line that are shown before the words

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// Of the same length as the text.
std::string folded(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-' || c == '_') c = ' ';
  }
  return out;
}

// "webhook" is in "webhooks", "subscribe" in "subscribed", but "emitt" is a slip.
bool ends_word(std::string_view rest) {
  const auto end = std::ranges::find_if_not(rest, is_word);
  const std::string_view ending(rest.begin(), end);
  return ending.empty() || ending == "s" || ending == "es" || ending == "d";
}

std::size_t find_words(const std::string& line, const std::string& words) {
  for (auto at = line.find(words); at != line.npos; at = line.find(words, at + 1)) {
    const bool starts_word = at == 0 || !is_word(line[at - 1]);
    if (starts_word && ends_word(std::string_view(line).substr(at + words.size()))) return at;
  }
  return line.npos;
}

// From a blank a little before the words on.
std::string neighbourhood(std::string_view line, std::size_t at) {
  if (at <= before_hit) return std::string(line);
  const auto blank = line.rfind(' ', at - before_hit);
  return blank == line.npos ? std::string(line) : "… " + std::string(line.substr(blank + 1));
}

class Search {
 public:
  explicit Search(std::string_view words) : words_(folded(words)) {}

  void look(std::string_view name, std::string_view summary,
            const std::vector<std::string>& lines) {
    HelpHit hit{.name = std::string(name), .summary = std::string(summary), .line = {}, .count = 0};
    for (const std::string& line : lines) {
      const auto at = find_words(folded(line), words_);
      if (at == line.npos) continue;
      if (hit.count++ == 0) hit.line = neighbourhood(line, at);
    }
    const bool named =
        find_words(folded(hit.name + " " + hit.summary), words_) != std::string::npos;
    if (named) hit.count += 100;  // this is what it is about
    if (hit.count > 0) hits_.push_back(std::move(hit));
  }

  std::vector<HelpHit> take() {
    std::ranges::stable_sort(hits_, std::ranges::greater(), &HelpHit::count);
    return std::move(hits_);
  }

 private:
  std::string words_;
  std::vector<HelpHit> hits_;
};

std::vector<std::string> lines_of(const CommandEntry& entry) {
  const DeclaredCommand declared = declare_command(entry);
  std::vector<std::string> lines = declared.flags.paragraphs();
  for (const Flags::Item& item : declared.flags.items()) {
    if (!item.global) lines.push_back(fmt::format("{}: {}", item.label(), item.help));
  }
  for (const Flags::Example& example : declared.flags.examples()) {
    lines.push_back(fmt::format("{}: {}", example.what, example.command));
  }
  return lines;
}

std::vector<std::string> lines_of(const Topic& topic) {
  const std::string text = topic_text(topic, {.columns = unwrapped, .colour = false});
  std::vector<std::string> lines;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    lines.emplace_back(line.substr(std::min(line.find_first_not_of(' '), line.size())));
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  }
  return lines;
}

}  // namespace

std::vector<HelpHit> search_help(std::string_view words) {
  if (words.find_first_not_of(" -_") == words.npos) return {};
  Search search(words);
  for (const CommandEntry& entry : command_table()) {
    search.look(entry.name, entry.summary, lines_of(entry));
  }
  for (const Topic& topic : topics()) search.look(topic.name, topic.summary, lines_of(topic));
  return search.take();
}

std::string search_results(std::string_view words, const std::vector<HelpHit>& hits,
                           const HelpLayout& layout) {
  std::string out = fmt::format("Help that mentions \"{}\":\n", printable(words));
  for (const HelpHit& hit : hits) {
    const std::string call =
        paint(fmt::format("thig-hooks help {}", hit.name), Style::bold, layout.colour);
    out += fmt::format("\n  {}\n      {}\n", call, hit.summary);
    if (!hit.line.empty()) {
      out += fmt::format("      {}\n",
                         paint(fit(hit.line, layout.columns - 6), Style::dim, layout.colour));
    }
  }
  return out;
}

}  // namespace thig
