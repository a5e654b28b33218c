// Where this user's database, key and data lie.
#pragma once

#include "core/base/error.h"
#include "core/open.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace thig {

// The variables of the process, as commands see them. A variable that is empty counts as not set.
class Environment {
 public:
  Environment() = default;
  explicit Environment(std::map<std::string, std::string, std::less<>> variables)
      : variables_(std::move(variables)) {}
  // Of this process.
  static Environment of_process();

  std::optional<std::string> get(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> variables_;
};

// Where the database and the key are named, there; else in the data folder (hooks.db) and the
// config folder (key). The database comes back as its real path (all links
// resolved), the key as an absolute one. `usage` if none of these can be told.
Result<Paths> find_paths(const std::optional<std::string>& db,
                         const std::optional<std::string>& key_file,
                         const Environment& environment);

// $XDG_DATA_HOME/thig-hooks or ~/.local/share/thig-hooks.
Result<std::string> data_folder(const Environment& environment);
// $XDG_CONFIG_HOME/thig-hooks or ~/.config/thig-hooks.
Result<std::string> config_folder(const Environment& environment);
// $CREDENTIALS_DIRECTORY/thig-hooks.key, where the service manager has put one.
std::optional<std::string> credentials_key(const Environment& environment);

}  // namespace thig
