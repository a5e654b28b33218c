// What flags get that are not given: from the environment, else from the user's configuration file,
// else from the system's.
#pragma once

#include "cli/config/config_file.h"
#include "cli/config/paths.h"
#include "cli/help/declared.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// All commands and their flags with the keys they can be set by; several flags may share one.
class ConfigKeys {
 public:
  ConfigKeys();
  ConfigKeys(const ConfigKeys&) = delete;
  ConfigKeys& operator=(const ConfigKeys&) = delete;

  struct Key {
    const Flags::Item* item = nullptr;       // the first that has it, with a flag if one has
    std::vector<std::string_view> commands;  // whose flag it is; empty: everyone's
    std::string_view name() const { return item->config; }
  };
  // Sorted by name.
  const std::vector<Key>& all() const { return keys_; }

  // Whether what the file says is something that a flag would take; `usage` names file and line,
  // and the nearest key where there is none of that name.
  Status check(const FileSetting& setting, const Environment& environment) const;

 private:
  std::vector<DeclaredCommand> commands_;
  std::vector<Key> keys_;
};

class Settings {
 public:
  // Nothing is set.
  Settings() = default;

  // Reads and checks the files: `named` (--config) alone, or the file that THIG_HOOKS_CONFIG names
  // alone, or config.json of the config folder and /etc/thig-hooks/config.json
  // (THIG_HOOKS_SYSTEM_CONFIG names another). Those that are named must be there.
  static Result<Settings> load(const std::optional<std::string>& named,
                               const Environment& environment);

  // What the item gets; nothing if nobody says.
  std::optional<Flags::Preset> find(const Flags::Item& item, const Environment& environment) const;

 private:
  Status add(const std::string& file, const Environment& environment, bool must_exist);
  std::vector<FileSetting> settings_;  // the first of a key holds
};

}  // namespace thig
