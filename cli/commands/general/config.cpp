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

// A setting as it holds for this call.
struct Holding {
  std::string key;
  std::string value;
  std::string from;
  std::string variable;
};

class ConfigShow final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Flags beat the environment, which beats the user's file, which beats the system's. Both "
        "files are checked as a whole; thig-hooks-config(5) describes them. When piped, a line is: "
        "key, value, where it comes from (a flag, a variable of the environment, a line of a file, "
        "or \"default\"); separated by tabs.");
    flags.example("thig-hooks config show", "See every setting, and where it comes from");
    flags.example("thig-hooks config show database", "See which database is used");
    flags.example("thig-hooks config show --config new.json", "Check a file before it is used");
    flags.positional("KEY", key_,
                     "One of the keys; with --json it is shown as an object, not a list");
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
    for (const Holding& holding : all) {
      table.row({{.text = holding.key, .style = Style::bold},
                 {.text = holding.value},
                 {.text = holding.from, .style = Style::dim}});
    }
    print_table(context, table);
    return ExitCode::done;
  }

 private:
  static Result<std::vector<Holding>> collect(Context& context) {
    THIG_TRY_ASSIGN(settings, Settings::load(context.options().config, context.environment()));
    const ConfigKeys keys;
    std::vector<Holding> all;
    for (const ConfigKeys::Key& key : keys.all()) {
      THIG_TRY_ASSIGN(holding, holding_of(context, settings, *key.item));
      all.push_back(std::move(holding));
    }
    return all;
  }

  static Result<Holding> holding_of(Context& context, const Settings& settings,
                                    const Flags::Item& item) {
    Holding holding{.key = item.config,
                    .value = item.fallback,
                    .from = "default",
                    .variable = variable_of(item)};
    const auto flag = context.options().given.find(item.name);
    if (item.global && flag != context.options().given.end()) {
      holding.value = flag->second;
      holding.from = "flag " + item.name;
    } else if (const auto preset = settings.find(item, context.environment())) {
      const bool environment = preset->source == Flags::Preset::Source::environment;
      holding.value = preset->value;
      holding.from = (environment ? "environment variable " : "") + preset->where;
    }
    // Their defaults depend on the user.
    if (item.config == "database" || item.config == "keyFile") {
      THIG_TRY_ASSIGN(paths, context.paths());
      holding.value = item.config == "database" ? paths.database.name() : paths.key_file;
    }
    return holding;
  }

  Result<Holding> find(const std::vector<Holding>& all) const {
    const auto found = std::ranges::find(all, *key_, &Holding::key);
    if (found != all.end()) return *found;
    std::vector<std::string> names;
    names.reserve(all.size());
    for (const Holding& holding : all) names.push_back(holding.key);
    const std::string near = nearest(*key_, names);
    return fail(ErrorCode::usage, fmt::format("there is no key \"{}\"", *key_),
                near.empty() ? "`thig-hooks config show` lists the keys"
                             : fmt::format("did you mean \"{}\"?", near));
  }

  static void write(JsonWriter& json, const Holding& holding) {
    json.key("key").text(holding.key);
    write_text_or_null(json, "value", holding.value);
    json.key("from").text(holding.from).key("variable").text(holding.variable);
  }

  std::optional<std::string> key_;
};

}  // namespace

std::unique_ptr<Command> make_config_show() {
  return std::make_unique<ConfigShow>();
}

}  // namespace thig
