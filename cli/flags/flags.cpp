#include "cli/flags/flags.h"

#include "core/api/words.h"
#include "core/base/codec.h"
#include "core/rules/suggest.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

Result<int> parse_number(const std::string& text, int least, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return fail(ErrorCode::usage,
                fmt::format("must be an integer from {1} to {2}, not \"{0}\"", text, least, most));
  }
  return number;
}

Status take_parts(const std::string& text,
                  const std::function<Status(const std::string&)>& take_part) {
  std::string_view rest = text;
  for (;;) {
    const auto comma = rest.find(',');
    std::string_view part = rest.substr(0, comma);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    part = part.substr(0, part.find_last_not_of(' ') + 1);
    if (part.empty()) return fail(ErrorCode::usage, "the list contains an empty item");
    THIG_TRY(take_part(std::string(part)));
    if (comma == rest.npos) return {};
    rest.remove_prefix(comma + 1);
  }
}

auto append_to(std::vector<std::string>& into) {
  return [&into](const std::string& part) -> Status {
    into.push_back(part);
    return {};
  };
}

// A switch is set by a word.
Status take_preset(const Flags::Item& item, const std::string& value) {
  if (item.commas && value.empty()) return {};  // an empty list
  if (!item.is_switch()) return item.take(value);
  if (value == "true" || value == "1") return item.take("");
  if (value == "false" || value == "0") return {};
  return fail(ErrorCode::usage, fmt::format("must be true or false, not \"{}\"", value));
}

// All that it may be called, as CLI11 takes them.
std::string names_of(const Flags::Item& item) {
  std::string names = item.name;
  for (const std::string& other : {item.short_name, item.former_name}) {
    if (!other.empty()) names.append(",").append(other);
  }
  return names;
}

// `--name=` would make CLI11 take the next argument for the value.
std::vector<std::string> with_empty_values_apart(std::span<const std::string> arguments) {
  std::vector<std::string> apart;
  bool flags_end = false;
  for (const std::string& argument : arguments) {
    flags_end = flags_end || argument == "--";
    if (!flags_end && argument.size() > 3 && argument.starts_with("--") &&
        argument.find('=') == argument.size() - 1) {
      apart.push_back(argument.substr(0, argument.size() - 1));
      apart.emplace_back();
    } else {
      apart.push_back(argument);
    }
  }
  return apart;
}

}  // namespace

Flags::Item& Flags::add(Item item) {
  items_.push_back(std::move(item));
  given_.emplace_back();
  return items_.back();
}

Flags::Item& Flags::custom(std::string name, std::string value, std::string help,
                           std::function<Status(const std::string&)> take) {
  Item item;
  item.name = std::move(name);
  item.value = std::move(value);
  item.help = std::move(help);
  item.take = std::move(take);
  return add(std::move(item));
}

Flags::Item& Flags::toggle(std::string name, bool& into, std::string help) {
  return custom(std::move(name), "", std::move(help), [&into](const std::string&) -> Status {
    into = true;
    return {};
  });
}

Flags::Item& Flags::text(std::string name, std::string value, std::string& into, std::string help) {
  Item& item = custom(std::move(name), std::move(value), std::move(help),
                      [&into](const std::string& given) -> Status {
                        into = given;
                        return {};
                      });
  item.fallback = into;
  return item;
}

Flags::Item& Flags::text(std::string name, std::string value, std::optional<std::string>& into,
                         std::string help) {
  return custom(std::move(name), std::move(value), std::move(help),
                [&into](const std::string& given) -> Status {
                  into = given;
                  return {};
                });
}

Flags::Item& Flags::texts(std::string name, std::string value, std::vector<std::string>& into,
                          std::string help) {
  Item& item = custom(std::move(name), std::move(value), std::move(help),
                      [&into](const std::string& given) -> Status {
                        into.push_back(given);
                        return {};
                      });
  item.repeated = true;
  return item;
}

Flags::Item& Flags::list(std::string name, std::string value, std::vector<std::string>& into,
                         std::string help) {
  return parts(std::move(name), std::move(value), std::move(help), append_to(into));
}

Flags::Item& Flags::parts(std::string name, std::string value, std::string help,
                          std::function<Status(const std::string&)> take_part) {
  Item& item = custom(std::move(name), std::move(value), std::move(help),
                      [take_part = std::move(take_part)](const std::string& given) {
                        return take_parts(given, take_part);
                      });
  item.repeated = true;
  item.commas = true;
  return item;
}

Flags::Item& Flags::list(std::string name, std::string value,
                         std::optional<std::vector<std::string>>& into, std::string help) {
  Item& item = custom(std::move(name), std::move(value), std::move(help),
                      [&into](const std::string& given) -> Status {
                        if (!into) into.emplace();
                        return given.empty() ? Status() : take_parts(given, append_to(*into));
                      });
  item.repeated = true;
  item.commas = true;
  return item;
}

Flags::Item& Flags::number(std::string name, std::string value, int& into, int least, int most,
                           std::string help) {
  Item& item = custom(std::move(name), std::move(value), std::move(help),
                      [&into, least, most](const std::string& given) -> Status {
                        THIG_TRY_ASSIGN(number, parse_number(given, least, most));
                        into = number;
                        return {};
                      });
  item.fallback = std::to_string(into);
  item.numeric = true;
  return item;
}

Flags::Item& Flags::number(std::string name, std::string value, std::optional<int>& into, int least,
                           int most, std::string help) {
  Item& item = custom(std::move(name), std::move(value), std::move(help),
                      [&into, least, most](const std::string& given) -> Status {
                        THIG_TRY_ASSIGN(number, parse_number(given, least, most));
                        into = number;
                        return {};
                      });
  item.numeric = true;
  return item;
}

Flags::Item& Flags::duration(std::string name, Millis& into, std::string help) {
  Item& item = custom(std::move(name), "DURATION", std::move(help),
                      [&into](const std::string& given) -> Status {
                        THIG_TRY_ASSIGN(span, parse_duration(given));
                        into = span;
                        return {};
                      });
  item.fallback = format_duration(into);
  return item;
}

Flags::Item& Flags::duration(std::string name, std::optional<Millis>& into, std::string help) {
  return custom(std::move(name), "DURATION", std::move(help),
                [&into](const std::string& given) -> Status {
                  THIG_TRY_ASSIGN(span, parse_duration(given));
                  into = span;
                  return {};
                });
}

Flags::Item& Flags::choice(std::string name, std::string value, std::vector<std::string> choices,
                           std::string& into, std::string help) {
  Item& item = custom(std::move(name), std::move(value), std::move(help),
                      [&into, choices](const std::string& given) -> Status {
                        if (std::ranges::find(choices, given) == choices.end()) {
                          return std::unexpected(not_a_choice(given, choices));
                        }
                        into = given;
                        return {};
                      });
  item.fallback = into;
  item.choices = std::move(choices);
  return item;
}

Flags::Item& Flags::file_setting(std::string key, std::string value,
                                 std::optional<std::string>& into, std::string help) {
  Item item;
  item.file_only = true;
  item.config = std::move(key);
  item.value = std::move(value);
  item.help = std::move(help);
  item.take = [&into](const std::string& given) -> Status {
    into = given;
    return {};
  };
  file_settings_.push_back(std::move(item));
  return file_settings_.back();
}

Flags::Item& Flags::positional(std::string value, std::string& into, std::string help) {
  Item& item = text("", std::move(value), into, std::move(help));
  item.required = true;
  return item;
}

Flags::Item& Flags::positional(std::string value, std::optional<std::string>& into,
                               std::string help) {
  return text("", std::move(value), into, std::move(help));
}

Flags::Item& Flags::positionals(std::string value, std::vector<std::string>& into,
                                std::string help) {
  return texts("", std::move(value), into, std::move(help));
}

std::string Flags::synopsis() const {
  std::string words;
  bool flags = false;
  for (const Item& item : items_) {
    if (item.positional()) {
      const std::string word = item.value + (item.repeated ? "…" : "");
      words += item.required ? " " + word : fmt::format(" [{}]", word);
    }
  }
  for (const Item& item : items_) {
    if (item.positional()) continue;
    if (item.required) {
      words += fmt::format(" {} {}{}", item.name, item.value, item.repeated ? "…" : "");
    } else {
      flags = true;
    }
  }
  if (flags) words += " [flags]";
  return words.empty() ? words : words.substr(1);
}

std::size_t Flags::index_of(const Item& item) const {
  return static_cast<std::size_t>(
      std::ranges::find_if(items_, [&](const Item& each) { return &each == &item; }) -
      items_.begin());
}

const std::optional<std::string>& Flags::given(const Item& item) const {
  return given_[index_of(item)];
}

Status Flags::take(Item& item, const std::string& value) {
  given_[index_of(item)] = value;
  auto taken = item.take(value);
  if (taken) return {};
  Error error = std::move(taken).error();
  error.text = fmt::format("{}: {}", item.label(), error.text);
  return std::unexpected(std::move(error));
}

Status Flags::parse(std::span<const std::string> arguments) {
  THIG_TRY_ASSIGN(words, read_flags(arguments, Extent::all));
  return take_words(words);
}

Result<std::vector<std::string>> Flags::parse_leading(std::span<const std::string> arguments) {
  THIG_TRY_ASSIGN(words, read_flags(arguments, Extent::leading));
  return words;
}

// Answers what is no flag of ours.
Result<std::vector<std::string>> Flags::read_flags(std::span<const std::string> arguments,
                                                   Extent extent) {
  try {
    CLI::App parser;
    parser.set_help_flag();
    parser.allow_extras();
    parser.prefix_command(extent == Extent::leading);
    std::vector<CLI::Option*> options;
    for (const Item& item : items_) {
      const std::string names = names_of(item);
      CLI::Option* option = nullptr;
      if (item.positional()) {
        // Kept apart: CLI11 would take brackets and commas in them for lists.
      } else if (item.is_switch()) {
        option = parser.add_flag(names)->disable_flag_override();
      } else {
        option = parser.add_option(names);
        option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      }
      options.push_back(option);
    }
    auto apart = with_empty_values_apart(arguments);
    std::ranges::reverse(apart);  // CLI11 takes them from the back
    parser.parse(apart);
    for (std::size_t i = 0; i < options.size(); ++i) {
      if (!options[i] || options[i]->count() == 0) continue;
      if (items_[i].is_switch()) {
        THIG_TRY(take(items_[i], ""));
      } else {
        for (const std::string& value : options[i]->results()) THIG_TRY(take(items_[i], value));
      }
    }
    return parser.remaining();
  } catch (const CLI::ArgumentMismatch&) {
    return std::unexpected(mismatch(arguments));
  } catch (const std::exception& error) {
    return fail(ErrorCode::usage, error.what());
  }
}

// A switch that was given a value, or else the last argument, which lacks one.
Error Flags::mismatch(std::span<const std::string> arguments) const {
  for (const std::string& argument : arguments) {
    const std::string name = argument.substr(0, argument.find('='));
    for (const Item& item : items_) {
      if (item.is_switch() && item.has_name(name) && name != argument) {
        return {ErrorCode::usage, fmt::format("{} takes no value", name), ""};
      }
    }
  }
  const std::string last = arguments.empty() ? std::string() : arguments.back();
  for (const Item& item : items_) {
    if (item.has_name(last)) {
      return {ErrorCode::usage, fmt::format("{} needs a value: {}", last, item.value), ""};
    }
  }
  return {ErrorCode::usage, fmt::format("{} needs a value", last), ""};
}

Status Flags::take_words(std::span<const std::string> words) {
  std::vector<Item*> places;
  for (Item& item : items_) {
    if (item.positional()) places.push_back(&item);
  }
  std::size_t next = 0;
  bool flags_end = false;
  for (const std::string& word : words) {
    if (!flags_end && word == "--") {
      flags_end = true;
      continue;
    }
    if (!flags_end && word.size() > 1 && word[0] == '-') {
      return std::unexpected(unknown_flag(word));
    }
    if (next == places.size()) {
      return fail(ErrorCode::usage, fmt::format("unexpected argument \"{}\"", word),
                  next == 0 ? "this command takes flags only" : "put text with spaces in quotes");
    }
    THIG_TRY(take(*places[next], word));
    if (!places[next]->repeated) ++next;
  }
  return {};
}

Status Flags::check_required() const {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].required && !given_[i]) {
      return fail(ErrorCode::usage,
                  items_[i].positional()
                      ? fmt::format("{} is required", items_[i].value)
                      : fmt::format("{} {} is required", items_[i].name, items_[i].value));
    }
  }
  return {};
}

Status Flags::fill(const std::function<std::optional<Preset>(const Item&)>& find) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!items_[i].config.empty() && !given_[i]) THIG_TRY(fill_one(items_[i], find));
  }
  for (const Item& item : file_settings_) THIG_TRY(fill_one(item, find));
  return {};
}

Status Flags::fill_one(const Item& item,
                       const std::function<std::optional<Preset>(const Item&)>& find) {
  const auto preset = find(item);
  if (!preset) return {};
  if (auto taken = take_preset(item, preset->value); !taken) {
    Error error = std::move(taken).error();
    const bool named = preset->source == Preset::Source::environment;
    error.text =
        fmt::format("{}: {}{}", preset->where, named ? "" : item.config + ": ", error.text);
    return std::unexpected(std::move(error));
  }
  return {};
}

void Flags::inherit(const Flags& others) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    for (std::size_t j = 0; j < others.items_.size(); ++j) {
      const bool same = !items_[i].positional() && items_[i].name == others.items_[j].name;
      if (same && !given_[i]) given_[i] = others.given_[j];
    }
  }
}

Error Flags::unknown_flag(const std::string& word) const {
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const Item& item : items_) {
    if (!item.positional()) names.push_back(item.name);
  }
  const std::string near = nearest(name, names);
  return {ErrorCode::usage, fmt::format("unknown flag {}", name),
          near.empty() ? std::string() : fmt::format("did you mean {}?", near)};
}

}  // namespace thig
