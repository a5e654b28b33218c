// Flags are named alike everywhere: over all commands, one name is one thing and one thing has one
// name.
#include "cli/help/declared.h"
#include "core/base/codec.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace thig {
namespace {

// Flags whose values differ, and why they may: people know the word for both.
struct Shared {
  std::string_view flag;
  std::string_view why;
};

constexpr Shared sorted_other_values[] = {
    {"--before", "the last row of the previous page: the id of what the list has"},
    {"--event", "which events: by id where they have happened, else by type or pattern"},
    {"--id", "of a message, or the key that makes it one event"},
    {"--secret", "one to sign with, or all that may match"},
    {"--secret-file", "as above"},
    {"--secret-out", "a file for one secret, a folder for those of several webhooks"},
    {"--set", "a field of what is made, from a request or as a value"},
    {"--signature", "how to sign, or a signature"},
    {"--state", "one or several, as the list can be searched"},
    {"--status", "one to answer with, or several to search for"},
};
static_assert(std::ranges::is_sorted(sorted_other_values, {}, &Shared::flag));

// Flags that are described in other words: of what is sent and of what has come, for example.
constexpr Shared sorted_other_words[] = {
    {"--dry-run", "what is shown, and what is not done"},
    {"--event", "as above"},
    {"--header", "to send, or received"},
    {"--id", "as above"},
    {"--member", "who acts, or whose rows are listed"},
    {"--signature", "as above"},
    {"--signature-header", "to send, or to read"},
    {"--status", "to answer, or answered"},
    {"--timestamp", "to sign, or received"},
    {"--url", "to send to, or that was sent to"},
    {"--when", "to send an event, or to process a request"},
};
static_assert(std::ranges::is_sorted(sorted_other_words, {}, &Shared::flag));

bool is_among(std::span<const Shared> sorted, std::string_view flag) {
  return std::ranges::binary_search(sorted, flag, {}, &Shared::flag);
}

// What is never the name of a flag, and what the thing is called.
struct Forbidden {
  std::string_view flag;
  std::string_view called;
};

constexpr Forbidden forbidden[] = {
    {"--actor", "--member"},
    {"--after", "--since"},
    {"--assume-yes", "--yes"},
    {"--begin", "--since"},
    {"--confirm", "--yes"},
    {"--cursor", "--before"},
    {"--database", "--db"},
    {"--dest", "--url"},
    {"--dryrun", "--dry-run"},
    {"--end", "--until"},
    {"--endpoint", "--webhook"},
    {"--event-id", "--event"},
    {"--event-type", "--type"},
    {"--events", "--event"},
    {"--expiry", "--expires"},
    {"--for", "--expires"},
    {"--format", "--output"},
    {"--from", "--since"},
    {"--headers-file", "--headers"},
    {"--hook", "--webhook"},
    {"--key", "--key-file"},
    {"--max", "--limit"},
    {"--no-confirm", "--yes"},
    {"--offset", "--before"},
    {"--out", "--output"},
    {"--page", "--before"},
    {"--park-after", "--pause-after"},
    {"--pattern", "--event"},
    {"--silent", "--quiet"},
    {"--simulate", "--dry-run"},
    {"--start", "--since"},
    {"--states", "--state"},
    {"--target", "--url"},
    {"--to", "--until"},
    {"--ttl", "--expires"},
    {"--types", "--type"},
    {"--user", "--member"},
    {"--webhook-id", "--webhook"},
    {"--webhooks", "--webhook"},
};

// The first word of the help, without what it applies to: "Outgoing: maximum …" is "maximum".
std::string first_word(std::string_view help) {
  for (const std::string_view what : {"Outgoing: ", "Incoming: ", "Generic: ", "generic: "}) {
    if (help.starts_with(what)) help.remove_prefix(what.size());
  }
  return ascii_lower(std::string(help.substr(0, help.find_first_of(" ,;"))));
}

// Words that begin the same kind of sentence: a filter says what it leaves, or takes all of it.
std::string kind_of_help(std::string_view help) {
  const std::string word = first_word(help);
  static const std::set<std::string, std::less<>> filters = {"only", "all", "events", "latencies",
                                                             "with"};
  if (filters.contains(word)) return "only";
  return word;
}

// What must be the same wherever the flag is.
std::string shape(const Flags::Item& item) {
  std::string text = item.is_switch() ? "a switch" : item.value;
  if (item.repeated) text += ", repeated";
  if (item.commas) text += ", with commas";
  if (!item.short_name.empty()) text += ", " + item.short_name;
  return text;
}

}  // namespace

TEST_CASE("a flag takes the same kind of value in every command") {
  const auto commands = declare_all_commands();
  std::map<std::string, std::string, std::less<>> shapes;
  std::set<std::string, std::less<>> differ;
  for (const DeclaredCommand& declared : commands) {
    for (const Flags::Item& item : declared.flags.items()) {
      if (item.positional()) continue;
      const std::string& first = shapes.emplace(item.name, shape(item)).first->second;
      if (first == shape(item)) continue;
      differ.insert(item.name);
      CHECK_MESSAGE(is_among(sorted_other_values, item.name), declared.entry->name, " ", item.name,
                    ": ", shape(item), ", elsewhere ", first);
    }
  }
  CHECK(shapes.size() > 100);
  for (const Shared& one : sorted_other_values) CHECK_MESSAGE(differ.contains(one.flag), one.flag);
}

TEST_CASE("a flag is described alike in every command") {
  const auto commands = declare_all_commands();
  std::map<std::string, std::string, std::less<>> kinds;
  std::set<std::string, std::less<>> differ;
  for (const DeclaredCommand& declared : commands) {
    for (const Flags::Item& item : declared.flags.items()) {
      if (item.positional()) continue;
      const std::string kind = kind_of_help(item.help);
      const std::string& first = kinds.emplace(item.name, kind).first->second;
      if (first == kind) continue;
      differ.insert(item.name);
      CHECK_MESSAGE(is_among(sorted_other_words, item.name), declared.entry->name, " ", item.name,
                    ": \"", item.help, "\", elsewhere \"", first, " …\"");
    }
  }
  for (const Shared& one : sorted_other_words) CHECK_MESSAGE(differ.contains(one.flag), one.flag);
}

TEST_CASE("one thing has one name") {
  const auto commands = declare_all_commands();
  for (const DeclaredCommand& declared : commands) {
    for (const Flags::Item& item : declared.flags.items()) {
      for (const Forbidden& one : forbidden) {
        CHECK_MESSAGE(item.name != one.flag, declared.entry->name, ": ", one.flag, " is called ",
                      one.called);
      }
    }
  }
}

TEST_CASE("a short option is the same flag everywhere") {
  const auto commands = declare_all_commands();
  std::map<std::string, std::string> names;
  for (const DeclaredCommand& declared : commands) {
    std::set<std::string, std::less<>> taken;
    for (const Flags::Item& item : declared.flags.items()) {
      if (!item.short_name.empty()) {
        CHECK_MESSAGE(names.emplace(item.short_name, item.name).first->second == item.name,
                      declared.entry->name, " ", item.short_name);
      }
      // An earlier name, too, is one flag's alone.
      for (const std::string& name : {item.name, item.short_name, item.former_name}) {
        if (name.empty()) continue;
        CHECK_MESSAGE(taken.insert(name).second, declared.entry->name, " ", name);
      }
    }
  }
  CHECK(names.size() == 4);
}

TEST_CASE("flags that go together are there together") {
  // What a list that is cut by time, or confirmed, has everywhere.
  constexpr std::pair<std::string_view, std::string_view> together[] = {
      {"--until", "--since"},
      {"--before", "--limit"},
      {"--tls-cert", "--tls-key"},
      {"--tls-key", "--tls-cert"},
      {"--client-cert", "--client-key"},
      {"--secret", "--secret-file"},
      {"--secret-file", "--secret"},
  };
  const auto commands = declare_all_commands();
  for (const DeclaredCommand& declared : commands) {
    const auto has = [&](std::string_view name) {
      return std::ranges::any_of(declared.flags.items(),
                                 [&](const Flags::Item& item) { return item.name == name; });
    };
    for (const auto& [one, other] : together) {
      CHECK_MESSAGE((!has(one) || has(other)), declared.entry->name, " has ", one, " without ",
                    other);
    }
  }
}

}  // namespace thig
