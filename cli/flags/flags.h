// What a command can be told: declared once, then read by the parser, the help, the man pages and
// the completions alike. The only user of the CLI11 library.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

class Environment;

class Flags {
 public:
  // A value that a flag gets when it is not given.
  struct Preset {
    std::string value;
    enum class Source { environment, file } source = Source::file;
    std::string where;  // "THIG_HOOKS_DB", "/etc/thig-hooks/config.json:3"
  };

  // One flag or positional argument. The fields after `take` may be set after the declaration.
  struct Item {
    std::string name;      // "--event"; empty for a positional
    std::string value;     // "PATTERN"; empty for a switch
    std::string help;      // one or more sentences without a final full stop
    std::string fallback;  // what holds when it is not given; empty: nothing worth saying
    // Takes one value as it was given ("" for a switch). An error's text goes on after the name.
    std::function<Status(const std::string&)> take;

    std::string short_name;  // "-q"
    std::string config;      // its key in a config file: "retention.age"; empty: it has none
    // Earlier names of the two, which scripts and files may still have: taken, and shown nowhere.
    std::string former_name;
    std::string former_config;
    std::string variable;  // of the environment; empty: named after the key
    // What else in the environment decides it, after that variable and before any file.
    std::function<std::optional<Preset>(const Environment&)> from_environment;
    // How a value is shown that may hold a secret by mistake; not set: as it is.
    std::function<std::string(const std::string&)> as_shown;
    std::vector<std::string> choices;
    bool numeric = false;  // a config file writes it without quotes
    bool required = false;
    bool repeated = false;
    bool commas = false;  // a value may be several, with commas between them; in a file a list
    bool global = false;
    bool file_only = false;  // no flag and no variable: a configuration file alone says it

    bool positional() const { return name.empty() && !file_only; }
    bool is_switch() const { return value.empty(); }
    bool has_key(std::string_view key) const {
      return !key.empty() && (key == config || key == former_config);
    }
    bool has_name(std::string_view given) const {
      return !given.empty() && (given == name || given == former_name);
    }
    // As it is called in messages and help: "--event" or "NAME".
    const std::string& label() const { return positional() ? value : name; }
  };
  struct Example {
    std::string command;
    std::string what;
  };

  // A paragraph of the help, after the summary.
  void about(std::string text) { about_.push_back(std::move(text)); }
  void example(std::string command, std::string what) {
    examples_.push_back({std::move(command), std::move(what)});
  }

  // Declaring. What is bound must outlive the parsing; what it holds now is the default.
  Item& toggle(std::string name, bool& into, std::string help);
  Item& text(std::string name, std::string value, std::string& into, std::string help);
  Item& text(std::string name, std::string value, std::optional<std::string>& into,
             std::string help);
  // May be given several times.
  Item& texts(std::string name, std::string value, std::vector<std::string>& into,
              std::string help);
  // May be given several times, and hold several values with commas between them.
  Item& list(std::string name, std::string value, std::vector<std::string>& into, std::string help);
  // The same, where one empty value stands for an empty list.
  Item& list(std::string name, std::string value, std::optional<std::vector<std::string>>& into,
             std::string help);
  // A list of what is more than a text: each part is taken by itself.
  Item& parts(std::string name, std::string value, std::string help,
              std::function<Status(const std::string&)> take_part);
  Item& number(std::string name, std::string value, int& into, int least, int most,
               std::string help);
  Item& number(std::string name, std::string value, std::optional<int>& into, int least, int most,
               std::string help);
  Item& duration(std::string name, Millis& into, std::string help);
  Item& duration(std::string name, std::optional<Millis>& into, std::string help);
  Item& choice(std::string name, std::string value, std::vector<std::string> choices,
               std::string& into, std::string help);
  Item& custom(std::string name, std::string value, std::string help,
               std::function<Status(const std::string&)> take);

  // What a configuration file alone may say, under this key: whoever calls the command cannot. Not
  // among `items`.
  Item& file_setting(std::string key, std::string value, std::optional<std::string>& into,
                     std::string help);

  Item& positional(std::string value, std::string& into, std::string help);
  Item& positional(std::string value, std::optional<std::string>& into, std::string help);
  // All words that are left: the last positional. May be none unless it is made required.
  Item& positionals(std::string value, std::vector<std::string>& into, std::string help);

  const std::deque<Item>& items() const { return items_; }
  const std::deque<Item>& file_settings() const { return file_settings_; }
  const std::vector<Example>& examples() const { return examples_; }
  const std::vector<std::string>& paragraphs() const { return about_; }
  // "NAME URL --event PATTERN [flags]".
  std::string synopsis() const;

  // Reads all arguments. `usage`, naming the argument, with the nearest flag or choice as a hint.
  // Required arguments are asked for by check_required, so that --help works without them.
  Status parse(std::span<const std::string> arguments);
  Status check_required() const;

  // Gives each item that has a config key and was not given what `find` has for it. An error names
  // where the value stands.
  Status fill(const std::function<std::optional<Preset>(const Item&)>& find);
  // Flags of the same name that were given to `others` count as given to these.
  void inherit(const Flags& others);
  // The last value that an argument gave ("" for a switch); nothing if none did.
  const std::optional<std::string>& given(const Item& item) const;

  // Reads flags up to the first word that is none, and answers that word and all after it.
  Result<std::vector<std::string>> parse_leading(std::span<const std::string> arguments);

 private:
  enum class Extent { all, leading };
  Result<std::vector<std::string>> read_flags(std::span<const std::string> arguments,
                                              Extent extent);
  std::size_t index_of(const Item& item) const;
  Status take(Item& item, const std::string& value);
  static Status fill_one(const Item& item,
                         const std::function<std::optional<Preset>(const Item&)>& find);
  Status take_words(std::span<const std::string> words);
  Error mismatch(std::span<const std::string> arguments) const;
  Error unknown_flag(const std::string& word) const;
  Item& add(Item item);

  std::deque<Item> items_;  // stays where it is when it grows: add answers references
  std::vector<std::optional<std::string>> given_;  // of each item
  std::deque<Item> file_settings_;
  std::vector<Example> examples_;
  std::vector<std::string> about_;
};

}  // namespace thig
