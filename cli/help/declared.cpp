#include "cli/help/declared.h"

namespace thig {
namespace {

std::optional<Flags::Preset> colour_from(const Environment& environment) {
  constexpr auto source = Flags::Preset::Source::environment;
  if (environment.get("NO_COLOR")) {
    return Flags::Preset{.value = "never", .source = source, .where = "NO_COLOR"};
  }
  const auto force = environment.get("CLICOLOR_FORCE");
  if (!force || *force == "0") return std::nullopt;
  return Flags::Preset{.value = "always", .source = source, .where = "CLICOLOR_FORCE"};
}

std::optional<Flags::Preset> key_from(const Environment& environment) {
  auto file = credentials_key(environment);
  if (!file) return std::nullopt;
  return Flags::Preset{.value = std::move(*file),
                       .source = Flags::Preset::Source::environment,
                       .where = "CREDENTIALS_DIRECTORY"};
}

}  // namespace

DeclaredCommand declare_command(const CommandEntry& entry) {
  DeclaredCommand declared{.entry = &entry,
                           .command = entry.make(),
                           .options = std::make_unique<GlobalOptions>(),
                           .flags = {}};
  declared.command->declare(declared.flags);
  declare_global_flags(declared.flags, *declared.options);
  return declared;
}

std::vector<DeclaredCommand> declare_all_commands() {
  std::vector<DeclaredCommand> all;
  for (const CommandEntry& entry : command_table()) all.push_back(declare_command(entry));
  return all;
}

void declare_global_flags(Flags& flags, GlobalOptions& options) {
  std::vector<Flags::Item*> items;
  items.push_back(&flags.text("--config", "FILE", options.config,
                              "Configuration file to use instead of "
                              "$XDG_CONFIG_HOME/thig-hooks/config.json and "
                              "/etc/thig-hooks/config.json"));
  items.back()->variable = "THIG_HOOKS_CONFIG";
  items.push_back(&flags.text("--db", "FILE", options.db,
                              "Database file (default: $THIG_HOOKS_DB, or else "
                              "$XDG_DATA_HOME/thig-hooks/hooks.db)"));
  items.back()->config = "database";
  items.back()->variable = "THIG_HOOKS_DB";
  items.push_back(&flags.text("--key-file", "FILE", options.key_file,
                              "File with the key that encrypts secrets (default: "
                              "$CREDENTIALS_DIRECTORY/thig-hooks.key, or else "
                              "$XDG_CONFIG_HOME/thig-hooks/key)"));
  items.back()->config = "keyFile";
  items.back()->from_environment = key_from;
  items.push_back(&flags.toggle("--json", options.json, "Print JSON"));
  items.push_back(&flags.choice("--output", "FORMAT", {"table", "tsv", "json", "jsonl"},
                                options.output,
                                "Output format; jsonl: JSON, one element of a list per line"));
  items.back()->short_name = "-o";
  items.back()->fallback = "table on a terminal, else tsv";
  items.push_back(&flags.list("--columns", "NAMES", options.columns,
                              "Print these columns of a table, in this order"));
  items.push_back(&flags.toggle("--wide", options.wide, "Print all columns of a table, uncut"));
  items.push_back(&flags.toggle("--quiet", options.quiet, "Print only data and errors"));
  items.back()->short_name = "-q";
  items.push_back(&flags.toggle("--verbose", options.verbose, "Explain what happens"));
  items.back()->short_name = "-v";
  items.push_back(&flags.choice("--color", "WHEN", {"auto", "always", "never"}, options.color,
                                "When to use colour"));
  items.back()->config = "color";
  items.back()->from_environment = colour_from;
  items.push_back(&flags.toggle("--help", options.help, "Show this help"));
  items.back()->short_name = "-h";
  items.push_back(&flags.toggle("--version", options.version, "Show the version"));
  for (Flags::Item* item : items) item->global = true;
}

namespace {

std::string variable_for(std::string_view key) {
  std::string name = "THIG_HOOKS_";
  for (const char c : key) {
    if (c >= 'A' && c <= 'Z') name += '_';
    if (c == '.') {
      name += '_';
    } else {
      name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return name;
}

}  // namespace

std::string variable_of(const Flags::Item& item) {
  if (!item.variable.empty() || item.config.empty() || item.file_only) return item.variable;
  return variable_for(item.config);
}

std::string former_variable_of(const Flags::Item& item) {
  return item.former_config.empty() ? std::string() : variable_for(item.former_config);
}

}  // namespace thig
