#include "cli/app/command.h"
#include "cli/commands/general/general.h"
#include "cli/config/settings.h"
#include "cli/views/render.h"
#include "core/documents/json_members.h"
#include "core/rules/suggest.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

// A setting as this call uses it.
struct EffectiveSetting {
  std::string key;
  std::string value;
  std::string from;
  std::string variable;
};

class ConfigShow final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Flags override environment variables, which override the user's configuration file, which "
        "overrides the system's. Both files are validated as a whole; thig-hooks-config(5) "
        "describes them. Tab-separated columns when piped: key, value, source (a flag, an "
        "environment variable, a line of a file, or \"default\").");
    flags.example("thig-hooks config show", "Show every setting and its source");
    flags.example("thig-hooks config show database", "Show which database is used");
    flags.example("thig-hooks config show --config new.json",
                  "Validate a configuration file before you install it");
    flags.positional("KEY", key_, "One key; with --json the output is an object instead of a list");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(all, collect(context));
    if (key_) {
      THIG_TRY_ASSIGN(one, find(all));
      if (context.json()) {
        context.out().line(object_document([&](JsonWriter& json) { write(json, one); }));
        return ExitCode::done;
      }
      all = {one};
    } else if (context.json()) {
      context.out().line(list_document(all, write));
      return ExitCode::done;
    }
    Table table({{.header = "KEY"},
                 {.header = "VALUE", .shrinks = true},
                 {.header = "FROM", .shrinks = true}});
    for (const EffectiveSetting& setting : all) {
      table.row({{.text = setting.key, .style = Style::bold},
                 {.text = setting.value},
                 {.text = setting.from, .style = Style::dim}});
    }
    THIG_TRY(print_table(context, table));
    return ExitCode::done;
  }

 private:
  static Result<std::vector<EffectiveSetting>> collect(Context& context) {
    THIG_TRY_ASSIGN(settings, Settings::load(context.options().config, context.environment()));
    const ConfigKeys keys;
    std::vector<EffectiveSetting> all;
    for (const ConfigKeys::Key& key : keys.all()) {
      THIG_TRY_ASSIGN(setting, effective_setting(context, settings, *key.item));
      all.push_back(std::move(setting));
    }
    return all;
  }

  static Result<EffectiveSetting> effective_setting(Context& context, const Settings& settings,
                                                    const Flags::Item& item) {
    EffectiveSetting setting{.key = item.config,
                             .value = item.fallback,
                             .from = "default",
                             .variable = variable_of(item)};
    const auto flag = context.options().given.find(item.name);
    if (item.global && flag != context.options().given.end()) {
      setting.value = flag->second;
      setting.from = "flag " + item.name;
    } else if (const auto preset = settings.find(item, context.environment())) {
      const bool environment = preset->source == Flags::Preset::Source::environment;
      setting.value = item.as_shown ? item.as_shown(preset->value) : preset->value;
      setting.from = (environment ? "environment variable " : "") + preset->where;
    }
    // Their defaults depend on the user.
    if (item.config == "database" || item.config == "keyFile") {
      THIG_TRY_ASSIGN(paths, context.paths());
      setting.value = item.config == "database" ? paths.database.name() : paths.key_file;
    }
    return setting;
  }

  Result<EffectiveSetting> find(const std::vector<EffectiveSetting>& all) const {
    const auto found = std::ranges::find(all, *key_, &EffectiveSetting::key);
    if (found != all.end()) return *found;
    std::vector<std::string> names;
    names.reserve(all.size());
    for (const EffectiveSetting& setting : all) names.push_back(setting.key);
    const std::string near = nearest(*key_, names);
    return fail(ErrorCode::usage, fmt::format("unknown key \"{}\"", *key_),
                near.empty() ? "`thig-hooks config show` lists the keys"
                             : fmt::format("did you mean \"{}\"?", near));
  }

  static void write(JsonWriter& json, const EffectiveSetting& setting) {
    json.key("key").text(setting.key);
    write_text_or_null(json, "value", setting.value);
    json.key("from").text(setting.from);
    write_text_or_null(json, "variable", setting.variable);
  }

  std::optional<std::string> key_;
};

}  // namespace

std::unique_ptr<Command> make_config_show() {
  return std::make_unique<ConfigShow>();
}

}  // namespace thig
