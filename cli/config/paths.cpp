#include "cli/config/paths.h"

#include "core/base/safe_file.h"
#include "core/store/private_folder.h"

#include <fmt/format.h>
#include <unistd.h>

namespace thig {
namespace {

// A folder of the XDG Base Directory Specification, which says to ignore relative paths.
Result<std::string> xdg_folder(const Environment& environment, std::string_view variable,
                               std::string_view below_home) {
  const auto folder = environment.get(variable);
  if (folder && folder->starts_with('/')) return *folder + "/thig-hooks";
  if (const auto home = environment.get("HOME")) {
    return fmt::format("{}/{}/thig-hooks", *home, below_home);
  }
  return fail(ErrorCode::usage,
              fmt::format("neither HOME nor {} is set, so the default paths are unknown", variable),
              "pass --db FILE and --key-file FILE");
}

Result<std::string> named_path(const std::string& path, std::string_view flag) {
  if (path.empty()) return fail(ErrorCode::usage, fmt::format("{}: the path is empty", flag));
  return absolute_path(path);
}

Result<Location> find_database(const std::optional<std::string>& named,
                               const Environment& environment) {
  if (!named) {
    THIG_TRY_ASSIGN(folder, data_folder(environment));
    return parse_location(folder + "/hooks.db");
  }
  auto location = parse_location(*named);
  if (!location) location.error().text = fmt::format("--db: {}", location.error().text);
  return location;
}

Result<std::string> find_key(const std::optional<std::string>& named,
                             const Environment& environment) {
  if (named) return named_path(*named, "--key-file");
  THIG_TRY_ASSIGN(folder, config_folder(environment));
  return folder + "/key";
}

}  // namespace

Environment Environment::of_process() {
  std::map<std::string, std::string, std::less<>> variables;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals == text.npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return Environment(std::move(variables));
}

std::optional<std::string> Environment::get(std::string_view name) const {
  const auto found = variables_.find(name);
  if (found == variables_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

Result<std::string> data_folder(const Environment& environment) {
  return xdg_folder(environment, "XDG_DATA_HOME", ".local/share");
}

Result<std::string> config_folder(const Environment& environment) {
  return xdg_folder(environment, "XDG_CONFIG_HOME", ".config");
}

std::optional<std::string> credentials_key(const Environment& environment) {
  const auto folder = environment.get("CREDENTIALS_DIRECTORY");
  if (!folder) return std::nullopt;
  std::string file = *folder + "/thig-hooks.key";
  if (access(file.c_str(), F_OK) != 0) return std::nullopt;
  return file;
}

Result<Paths> find_paths(const std::optional<std::string>& db,
                         const std::optional<std::string>& key_file,
                         const Environment& environment) {
  THIG_TRY_ASSIGN(database, find_database(db, environment));
  THIG_TRY_ASSIGN(key, find_key(key_file, environment));
  return Paths{.database = std::move(database), .key_file = std::move(key)};
}

}  // namespace thig
