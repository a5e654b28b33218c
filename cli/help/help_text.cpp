#include "cli/help/help_text.h"

#include "cli/help/topics.h"
#include "cli/terminal/style.h"
#include "cli/terminal/width.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

constexpr int longest_left = 30;  // a flag wider than this has its help on the next line
constexpr int widest = 100;       // longer lines are hard to read

std::string title(std::string_view text, const HelpLayout& layout) {
  return paint(text, Style::bold, layout.colour) + "\n";
}

std::string paragraph(std::string_view text, const HelpLayout& layout) {
  return fmt::format("{}\n", fmt::join(wrap(text, layout.columns), "\n"));
}

std::string flag_syntax(const Flags::Item& item) {
  if (item.positional()) return "  " + item.value;
  std::string text = item.short_name.empty() ? "      " : fmt::format("  {}, ", item.short_name);
  text += item.name;
  if (!item.is_switch()) text += " " + item.value;
  return text;
}

std::string flag_help(const Flags::Item& item) {
  std::string text = item.help;
  const std::vector<std::string> asides = flag_asides(item);
  if (!asides.empty()) text += fmt::format(" ({})", fmt::join(asides, "; "));
  return text;
}

template <class Wanted>
std::string flag_section(std::string_view name, const Flags& flags, const HelpLayout& layout,
                         Wanted wanted) {
  int left = 0;
  for (const Flags::Item& item : flags.items()) {
    const int width = display_width(flag_syntax(item));
    if (wanted(item) && width <= longest_left) left = std::max(left, width);
  }
  std::string out;
  for (const Flags::Item& item : flags.items()) {
    if (!wanted(item)) continue;
    std::string line = flag_syntax(item);
    const int width = display_width(line);
    const auto indent = static_cast<std::size_t>(left + 2);
    if (width > left) {
      out += line + "\n";
      line = std::string(indent, ' ');
    } else {
      line.append(indent - static_cast<std::size_t>(width), ' ');
    }
    for (const std::string& part : wrap(flag_help(item), std::max(20, layout.columns - left - 2))) {
      out += line + part + "\n";
      line = std::string(indent, ' ');
    }
  }
  return out.empty() ? out : "\n" + title(name, layout) + out;
}

std::string examples(const std::vector<Flags::Example>& list, const HelpLayout& layout) {
  std::string out = "\n" + title("EXAMPLES", layout);
  bool first = true;
  for (const Flags::Example& example : list) {
    if (!first) out += "\n";
    first = false;
    out += paint(fmt::format("  # {}", example.what), Style::dim, layout.colour) + "\n";
    out += fmt::format("  {}\n", example.command);
  }
  return out;
}

std::size_t longest_name() {
  std::size_t longest = 0;
  for (const CommandEntry& entry : command_table()) longest = std::max(longest, entry.name.size());
  return longest;
}

std::string command_lines(const std::vector<const CommandEntry*>& entries) {
  std::string out;
  for (const CommandEntry* entry : entries) {
    out += fmt::format("  {:<{}}  {}\n", entry->name, longest_name(), entry->summary);
  }
  return out;
}

}  // namespace

const std::string_view program_summary =
    "Sends signed HTTPS webhooks when events happen, retries failures, and shows what was "
    "delivered, what was not, and why.";

const std::vector<Flags::Example>& program_examples() {
  static const std::vector<Flags::Example> list = {
      {"thig-hooks add outgoing crm https://crm.example.com/hooks --event 'project.*'",
       "Add a webhook; its signing secret is printed once"},
      {R"(thig-hooks emit project.created --data '{"projectId":"proj_123"}')",
       "Emit an event to all subscribed webhooks"},
      {"thig-hooks run", "Deliver events and retry failures, until stopped"},
      {"thig-hooks deliver -q", "Or deliver what is due once, from cron"},
      {"thig-hooks list", "List webhooks with their success rates"},
  };
  return list;
}

std::vector<std::string> flag_asides(const Flags::Item& item) {
  std::vector<std::string> asides;
  if (!item.choices.empty()) asides.push_back(fmt::format("{}", fmt::join(item.choices, ", ")));
  if (!item.fallback.empty()) asides.push_back("default: " + item.fallback);
  if (item.repeated) asides.push_back("repeatable");
  if (!item.config.empty()) asides.push_back("config: " + item.config);
  return asides;
}

HelpLayout help_layout(const Output& out, bool colour) {
  return {.columns = out.columns() > 0 ? std::clamp(out.columns(), 40, widest) : 80,
          .colour = colour};
}

std::string program_help(const Flags& globals, const HelpLayout& layout) {
  std::string out = "Usage: thig-hooks COMMAND [flags]\n\n";
  out += paragraph(program_summary, layout);
  out += examples(program_examples(), layout);
  for (const CommandGroup group : command_groups) {
    std::vector<const CommandEntry*> entries;
    for (const CommandEntry& entry : command_table()) {
      if (entry.group == group) entries.push_back(&entry);
    }
    out += "\n" + title(title_of(group), layout) + command_lines(entries);
  }
  out += flag_section("GLOBAL FLAGS", globals, layout, [](const auto&) { return true; });
  out += "\n" + title("HELP TOPICS", layout);
  for (const Topic& topic : topics()) {
    out += fmt::format("  {:<{}}  {}\n", topic.name, longest_name(), topic.summary);
  }
  return out +
         "\nthig-hooks help COMMAND shows the examples and flags of a command, thig-hooks help "
         "TOPIC a topic;\nthig-hooks help WORD searches the help.\n";
}

std::string command_help(const CommandEntry& entry, const Flags& flags, const HelpLayout& layout) {
  std::string out = fmt::format("Usage: thig-hooks {} {}\n\n", entry.name, flags.synopsis());
  out += paragraph(fmt::format("{}.", entry.summary), layout);
  for (const std::string& text : flags.paragraphs()) out += "\n" + paragraph(text, layout);
  out += examples(flags.examples(), layout);
  out += flag_section("ARGUMENTS", flags, layout, [](const auto& i) { return i.positional(); });
  out += flag_section("FLAGS", flags, layout,
                      [](const auto& i) { return !i.positional() && !i.global; });
  out += flag_section("GLOBAL FLAGS", flags, layout, [](const auto& i) { return i.global; });
  return out;
}

std::string group_help(std::string_view word, const HelpLayout& layout) {
  std::string out = fmt::format("Usage: thig-hooks {} SUBCOMMAND\n\n", word);
  return out + title("SUBCOMMANDS", layout) + command_lines(subcommands_of(word));
}

}  // namespace thig
