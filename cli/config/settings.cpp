#include "cli/config/settings.h"

#include "core/rules/suggest.h"
#include "core/store/location.h"
#include "core/store/private_folder.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view system_file = "/etc/thig-hooks/config.json";

// As the flag would be given it: paths are relative to the file that names them.
std::string value_of(const FileSetting& setting, const Flags::Item& item,
                     const Environment& environment) {
  const bool path = item.value == "FILE" || item.value == "DIR";
  if (!path || setting.value.empty() || setting.value.starts_with('/')) return setting.value;
  if (setting.value.starts_with("~/")) {
    return environment.get("HOME").value_or("") + setting.value.substr(1);
  }
  return folder_of(absolute_path(setting.file)) + "/" + setting.value;
}

std::string_view kind_of(const Flags::Item& item) {
  if (item.is_switch()) return "true or false";
  if (item.commas) return "a list of strings: [\"…\"]";
  return item.numeric ? "a number, without quotes" : "a string, in quotes";
}

bool has_kind(const Flags::Item& item, JsonKind kind) {
  if (item.is_switch()) return kind == JsonKind::boolean;
  if (item.commas) return kind == JsonKind::array;
  return kind == (item.numeric ? JsonKind::number : JsonKind::string);
}

std::unexpected<Error> wrong(const FileSetting& setting, std::string_view text, Remark hint) {
  return fail(ErrorCode::usage, fmt::format("{}: {}: {}", setting.where(), setting.key, text),
              std::move(hint));
}

Status check_value(const Flags::Item& item, const FileSetting& setting,
                   const Environment& environment) {
  if (item.config == "database") {
    // Before it becomes a path beside the file.
    if (auto sound = check_location(setting.value); !sound) {
      return wrong(setting, sound.error().text, sound.error().hint);
    }
  }
  auto taken = item.take(value_of(setting, item, environment));
  return taken ? Status() : wrong(setting, taken.error().text, taken.error().hint);
}

std::unexpected<Error> unknown(const FileSetting& setting,
                               const std::vector<ConfigKeys::Key>& keys) {
  std::vector<std::string> names;
  for (const ConfigKeys::Key& key : keys) names.emplace_back(key.name());
  std::string text = fmt::format("{}: unknown key \"{}\"", setting.where(), setting.key);
  const std::string group = setting.key + ".";
  const auto inside =
      std::ranges::find_if(names, [&](const std::string& name) { return name.starts_with(group); });
  if (inside != names.end()) {
    return fail(ErrorCode::usage, std::move(text),
                fmt::format(R"(it is an object, as in "{}": {{"{}": …}})", setting.key,
                            inside->substr(group.size())));
  }
  const std::string near = nearest(setting.key, names);
  return fail(ErrorCode::usage, std::move(text),
              near.empty() ? "`thig-hooks config show` lists the keys"
                           : fmt::format("did you mean \"{}\"?", near));
}

}  // namespace

ConfigKeys::ConfigKeys() : commands_(declare_all_commands()) {
  const auto add = [this](const DeclaredCommand& declared, const Flags::Item& item) {
    if (item.config.empty()) return;
    auto known = std::ranges::find(keys_, item.config, &Key::name);
    if (known == keys_.end()) known = keys_.insert(keys_.end(), {.item = &item, .commands = {}});
    // Whoever only reads the key of another command's flag says nothing about it.
    if (known->item->file_only && !item.file_only) *known = {.item = &item, .commands = {}};
    if (item.file_only != known->item->file_only) return;
    if (!item.global) known->commands.push_back(declared.entry->name);
  };
  for (const DeclaredCommand& declared : commands_) {
    for (const Flags::Item& item : declared.flags.items()) add(declared, item);
    for (const Flags::Item& item : declared.flags.file_settings()) add(declared, item);
  }
  std::ranges::sort(keys_, {}, &Key::name);
}

Status ConfigKeys::check(const FileSetting& setting, const Environment& environment) const {
  const auto key =
      std::ranges::find_if(keys_, [&](const Key& one) { return one.item->has_key(setting.key); });
  if (key == keys_.end()) return unknown(setting, keys_);
  const Flags::Item& item = *key->item;
  if (!has_kind(item, setting.kind)) {
    return wrong(setting, fmt::format("must be {}", kind_of(item)), "");
  }
  if (item.is_switch()) return {};
  if (item.commas) {
    for (const FileSetting& part : setting.parts) THIG_TRY(check_value(item, part, environment));
    return {};
  }
  return check_value(item, setting, environment);
}

Result<Settings> Settings::load(const std::optional<std::string>& named,
                                const Environment& environment) {
  Settings settings;
  if (named && named->empty()) return fail(ErrorCode::usage, "--config: the path is empty");
  if (const auto only = named ? named : environment.get("THIG_HOOKS_CONFIG")) {
    THIG_TRY(settings.add(*only, environment, true));
    return settings;
  }
  // Without a home there is no file of the user's.
  if (const auto folder = config_folder(environment)) {
    THIG_TRY(settings.add(*folder + "/config.json", environment, false));
  }
  const auto system = environment.get("THIG_HOOKS_SYSTEM_CONFIG");
  THIG_TRY(settings.add(system.value_or(std::string(system_file)), environment, false));
  return settings;
}

Status Settings::add(const std::string& file, const Environment& environment, bool must_exist) {
  THIG_TRY_ASSIGN(read, read_config_file(file));
  if (!read) {
    if (!must_exist || file == "/dev/null") return {};
    return fail(ErrorCode::file, fmt::format("no such configuration file: {}", file),
                "--config and THIG_HOOKS_CONFIG must name an existing file");
  }
  if (read->empty()) return {};
  const ConfigKeys keys;
  for (const FileSetting& setting : *read) THIG_TRY(keys.check(setting, environment));
  settings_.insert(settings_.end(), read->begin(), read->end());
  return {};
}

std::optional<Flags::Preset> Settings::find(const Flags::Item& item,
                                            const Environment& environment) const {
  for (const std::string& variable : {variable_of(item), former_variable_of(item)}) {
    if (const auto value = variable.empty() ? std::nullopt : environment.get(variable)) {
      return Flags::Preset{
          .value = *value, .source = Flags::Preset::Source::environment, .where = variable};
    }
  }
  if (item.from_environment) {
    if (auto preset = item.from_environment(environment)) return preset;
  }
  const auto setting = std::ranges::find_if(
      settings_, [&](const FileSetting& one) { return item.has_key(one.key); });
  if (setting == settings_.end()) return std::nullopt;
  return Flags::Preset{.value = value_of(*setting, item, environment),
                       .source = Flags::Preset::Source::file,
                       .where = setting->where()};
}

}  // namespace thig
