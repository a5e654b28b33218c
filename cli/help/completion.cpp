#include "cli/help/completion.h"

#include "cli/config/settings.h"
#include "cli/help/completion_values.h"
#include "cli/help/declared.h"
#include "core/base/codec.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t most_candidates = 500;

// What stands before the cursor, as far as it is understood.
class Line {
 public:
  explicit Line(std::span<const std::string> words) {
    declare_global_flags(flags_, options_);
    for (const std::string& word : words) read(word);
  }

  const Flags& flags() const { return flags_; }
  const CommandEntry* entry() const { return entry_; }
  bool unknown() const { return unknown_; }
  // A first word that others may follow: "events".
  const std::string& group() const { return group_; }
  const std::vector<std::string>& words() const { return words_; }
  // The flag that waits for its value.
  const Flags::Item* waiting() const { return waiting_; }
  bool flags_end() const { return flags_end_; }
  bool was_given(const Flags::Item& item) const { return given_.contains(item.name); }

  const Flags::Item* find_flag(std::string_view name) const {
    for (const Flags::Item& item : flags_.items()) {
      if (!item.positional() && (item.has_name(name) || item.short_name == name)) return &item;
    }
    return nullptr;
  }

  const Flags::Item* next_positional() const {
    const Flags::Item* last = nullptr;
    std::size_t place = 0;
    for (const Flags::Item& item : flags_.items()) {
      if (!item.positional()) continue;
      last = &item;
      if (place++ == words_.size()) return last;
    }
    return last != nullptr && last->repeated ? last : nullptr;
  }

  // What the globals of the line, the environment and the files come to; files that are wrong count
  // as not there.
  const GlobalOptions& options(const Environment& environment) {
    take_globals(environment);
    const auto settings = Settings::load(options_.config, environment);
    const Settings found = settings ? *settings : Settings();
    static_cast<void>(
        flags_.fill([&](const Flags::Item& item) { return found.find(item, environment); }));
    take_globals(environment);
    return options_;
  }

 private:
  void read(const std::string& word) {
    if (waiting_ != nullptr) {
      note_value(*waiting_, word);
      waiting_ = nullptr;
    } else if (!flags_end_ && word == "--") {
      flags_end_ = true;
    } else if (!flags_end_ && word.size() > 1 && word[0] == '-') {
      read_flag(word);
    } else if (entry_ == nullptr || (!group_.empty() && words_.empty())) {
      read_command(word);
    } else {
      words_.push_back(word);
    }
  }

  void read_flag(const std::string& word) {
    const auto equals = word.find('=');
    const Flags::Item* item = find_flag(word.substr(0, equals));
    if (item == nullptr) return;
    given_.insert(item->name);
    if (item->is_switch()) return;
    if (equals == word.npos) {
      waiting_ = item;
    } else {
      note_value(*item, word.substr(equals + 1));
    }
  }

  void read_command(const std::string& word) {
    if (group_.empty()) {
      use(find_command(word));
      if (!subcommands_of(word).empty()) group_ = word;
      unknown_ = entry_ == nullptr && group_.empty();
      return;
    }
    const CommandEntry* second = find_command(group_ + " " + word);
    if (second != nullptr) {
      use(second);
      group_.clear();
    } else if (entry_ != nullptr) {
      words_.push_back(word);
    } else {
      unknown_ = true;
    }
  }

  void use(const CommandEntry* entry) {
    if (entry == nullptr) return;
    entry_ = entry;
    command_ = entry->make();
    flags_ = Flags();
    command_->declare(flags_);
    declare_global_flags(flags_, options_);
  }

  void note_value(const Flags::Item& item, const std::string& value) {
    if (item.global) globals_.push_back({item.name, value});
  }

  // The shell has not had its turn with what stands on the line.
  void take_globals(const Environment& environment) {
    for (const auto& [name, value] : globals_) {
      const Flags::Item* item = find_flag(name);
      if (item == nullptr) continue;
      const bool home = value.starts_with("~/");
      static_cast<void>(
          item->take(home ? environment.get("HOME").value_or("") + value.substr(1) : value));
    }
  }

  GlobalOptions options_;
  const CommandEntry* entry_ = nullptr;
  std::unique_ptr<Command> command_;
  Flags flags_;
  std::string group_;
  std::vector<std::string> words_;
  std::set<std::string> given_;
  std::vector<std::pair<std::string, std::string>> globals_;
  const Flags::Item* waiting_ = nullptr;
  bool flags_end_ = false;
  bool unknown_ = false;
};

class Completer {
 public:
  Completer(Surroundings& surroundings, Line& line) : surroundings_(surroundings), line_(line) {}

  Completion at(const std::string& word) {
    if (line_.unknown()) return {};
    if (line_.waiting() != nullptr) {
      complete_value(*line_.waiting(), "", word);
    } else if (!line_.flags_end() && word.starts_with("--") && word.find('=') != word.npos) {
      const auto equals = word.find('=');
      const Flags::Item* item = line_.find_flag(word.substr(0, equals));
      if (item == nullptr || item->is_switch()) return {};
      complete_value(*item, word.substr(0, equals + 1), word.substr(equals + 1));
    } else if (!line_.flags_end() && word.starts_with('-')) {
      offer_flags(word);
    } else {
      complete_word(word);
    }
    return std::move(completion_);
  }

 private:
  void complete_word(const std::string& word) {
    if (line_.words().empty() && (line_.entry() == nullptr || !line_.group().empty())) {
      offer_all(command_candidates(line_.group()), "", word);
    }
    if (line_.entry() == nullptr) return;
    if (const Flags::Item* item = line_.next_positional()) {
      complete_value(*item, "", word);
    } else if (word.empty() && !line_.flags_end()) {
      offer_flags(word);
    }
  }

  void offer_flags(const std::string& word) {
    for (const Flags::Item& item : line_.flags().items()) {
      if (item.positional() || (line_.was_given(item) && !item.repeated)) continue;
      offer({item.name, item.help}, "", word);
    }
  }

  void complete_value(const Flags::Item& item, std::string before, std::string word) {
    if (item.commas) {
      const auto comma = word.rfind(',') + 1;  // npos + 1 is 0
      before += word.substr(0, comma);
      word.erase(0, comma);
    }
    if (!item.choices.empty()) {
      for (const std::string& choice : item.choices) offer({choice, ""}, before, word);
      return;
    }
    const std::string kind = value_kind(item);
    if (kind == "FILE" || kind == "PATH") {
      completion_.names = Completion::Names::files;
    } else if (kind == "DIR") {
      completion_.names = Completion::Names::folders;
    } else if (kind == "SUBCOMMAND" && !line_.words().empty()) {
      offer_all(command_candidates(line_.words().back()), before, word);
    } else if (has_values(kind)) {
      Context context(surroundings_, line_.options(surroundings_.environment));
      offer_all(values_of(kind, context), before, word);
    }
  }

  void offer_all(std::vector<Candidate> candidates, const std::string& before,
                 const std::string& word) {
    for (Candidate& candidate : candidates) offer(std::move(candidate), before, word);
  }

  void offer(Candidate candidate, const std::string& before, const std::string& word) {
    if (!candidate.value.starts_with(word) || candidate.value.empty()) return;
    // No shell could type it.
    if (printable(candidate.value) != candidate.value) return;
    if (in_list(before, candidate.value)) return;
    candidate.value.insert(0, before);
    completion_.candidates.push_back(std::move(candidate));
  }

  // "--event=a,b,": what is in a list is not wanted twice.
  static bool in_list(const std::string& before, const std::string& value) {
    if (!before.ends_with(',')) return false;
    const std::string list = "," + before.substr(before.find('=') + 1);  // npos + 1 is 0
    return list.find("," + value + ",") != list.npos;
  }

  Surroundings& surroundings_;
  Line& line_;
  Completion completion_;
};

// A shell goes on to what all candidates begin with. If there are too many, the first and the last
// in their order must be among those that are left.
void limit(std::vector<Candidate>& candidates) {
  if (candidates.size() <= most_candidates) return;
  std::ranges::sort(candidates, {}, &Candidate::value);
  std::swap(candidates[most_candidates - 1], candidates.back());
  candidates.resize(most_candidates);
}

// For bash: quoted as the word is in which it stands.
std::string bash_quoted(std::string_view text, char quote) {
  std::string out;
  for (const char c : text) {
    if (quote == '\'') {
      out += c == '\'' ? std::string("'\\''") : std::string(1, c);
      continue;
    }
    constexpr std::string_view special = " !\"#$&'()*;<>?[\\]^`{|}~";
    constexpr std::string_view special_in_quotes = "\"$\\`";
    if ((quote == '"' ? special_in_quotes : special).find(c) != special.npos) out += '\\';
    out += c;
  }
  // Bash closes the quote itself, unless the last character looks as if it had.
  if (quote != '\0' && out.ends_with(quote)) out += quote;
  return out;
}

struct BashWord {
  std::string kept;  // without quotes: what bash leaves as it is
  char quote = '\0';
};

BashWord bash_word(std::string_view typed, std::string_view kept_bytes) {
  std::size_t kept = 0;
  std::from_chars(kept_bytes.data(), kept_bytes.data() + kept_bytes.size(), kept);
  kept = std::min(kept, typed.size());
  BashWord word{.kept = unquoted(typed.substr(0, kept))};
  if (kept < typed.size() && (typed[kept] == '\'' || typed[kept] == '"')) word.quote = typed[kept];
  return word;
}

}  // namespace

std::string unquoted(std::string_view typed) {
  std::string out;
  char quote = '\0';
  for (std::size_t i = 0; i < typed.size(); ++i) {
    const char c = typed[i];
    const bool more = i + 1 < typed.size();
    if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote && quote != '\0') {
      quote = '\0';
    } else if (c == '\\' && quote == '\0') {
      if (more) out += typed[++i];
    } else if (c == '\\' && quote == '"' && more &&
               std::string_view("\"$\\`").find(typed[i + 1]) != std::string_view::npos) {
      out += typed[++i];
    } else {
      out += c;
    }
  }
  return out;
}

Completion complete(Surroundings& surroundings, std::span<const std::string> words) {
  if (words.empty()) return {};
  Line line(words.first(words.size() - 1));
  Completion completion = Completer(surroundings, line).at(words.back());
  limit(completion.candidates);
  return completion;
}

void answer_shell(Surroundings& surroundings, std::span<const std::string> arguments) {
  if (arguments.size() < 3) return;
  const std::string& shell = arguments[0];
  std::vector<std::string> words(arguments.begin() + 2, arguments.end());
  BashWord bash;
  if (shell == "bash") bash = bash_word(words.back(), arguments[1]);
  if (shell != "fish") std::ranges::transform(words, words.begin(), unquoted);

  const Completion completion = complete(surroundings, words);
  Output& out = surroundings.out;
  if (completion.names == Completion::Names::files) out.line(":files");
  if (completion.names == Completion::Names::folders) out.line(":folders");
  for (const Candidate& candidate : completion.candidates) {
    std::string value = candidate.value;
    if (shell == "bash") value = bash_quoted(value.substr(bash.kept.size()), bash.quote);
    out.line(fmt::format("{}\t{}", value, printable(candidate.description)));
  }
}

}  // namespace thig
