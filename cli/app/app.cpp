#include "cli/app/app.h"

#include "cli/app/commands.h"
#include "cli/app/hidden_commands.h"
#include "cli/app/other_names.h"
#include "cli/config/settings.h"
#include "cli/help/declared.h"
#include "cli/help/help_text.h"
#include "cli/log/background_log.h"
#include "cli/terminal/log_line.h"
#include "core/api/checkup_view.h"
#include "core/api/command_wording.h"
#include "core/api/error_view.h"
#include "core/api/log_lines.h"
#include "core/api/words.h"

#include <algorithm>
#include <csignal>
#include <new>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

class App {
 public:
  App(Surroundings& surroundings, std::span<const std::string> arguments)
      : surroundings_(surroundings), arguments_(arguments) {}

  ExitCode run() {
    Result<ExitCode> ended = choose_and_run_within_memory();
    end_background(surroundings_.out);
    if (ended) {
      if (auto flushed = surroundings_.out.flush(); !flushed) {
        ended = std::unexpected(std::move(flushed).error());
      }
    }
    if (!ended && asks_for_check(arguments_)) ended = tell_unknown(ended.error());
    if (!ended) {
      surroundings_.out.discard();
      report(ended.error());
    }
    end_background(surroundings_.err);
    static_cast<void>(surroundings_.err.flush());
    return ended ? *ended : exit_code(ended.error().code);
  }

 private:
  Result<ExitCode> choose_and_run_within_memory() {
    try {
      return choose_and_run();
    } catch (const std::bad_alloc&) {
      return fail(ErrorCode::internal, "out of memory", "check the limit set with `ulimit -v`");
    }
  }

  Result<ExitCode> choose_and_run() {
    if (!arguments_.empty() && is_hidden_command(arguments_[0])) {
      return run_hidden_command(surroundings_, arguments_);
    }
    declare_global_flags(globals_, options_);
    THIG_TRY_ASSIGN(words, globals_.parse_leading(arguments_));
    if (options_.version) return run_command(*find_command("version"), {});
    if (words.empty()) {
      static_cast<void>(configure(globals_));
      return show(program_help(globals_, layout()));
    }
    if (words[0].starts_with('-')) THIG_TRY(globals_.parse(std::span(words).first(1)));
    return run_words(std::move(words));
  }

  Result<ExitCode> run_words(std::vector<std::string> words) {
    const std::string first = words[0];
    words.erase(words.begin());
    const auto subcommands = subcommands_of(first);
    if (!subcommands.empty()) {
      // Global flags may stand between the two words.
      THIG_TRY_ASSIGN(rest, globals_.parse_leading(words));
      if (!rest.empty()) {
        const CommandEntry* entry = find_command(first + " " + rest[0]);
        if (entry) return run_command(*entry, std::span(rest).subspan(1));
      }
      if (!find_command(first)) return no_subcommand(first, rest);
    }
    if (const CommandEntry* entry = find_command(first)) return run_command(*entry, words);
    return fail(ErrorCode::usage, fmt::format("unknown command \"{}\"", first),
                command_hint(first));
  }

  Result<ExitCode> no_subcommand(const std::string& first, const std::vector<std::string>& rest) {
    if (options_.help) return show(group_help(first, layout()));
    std::vector<std::string> seconds;
    for (const CommandEntry* entry : subcommands_of(first)) {
      seconds.emplace_back(entry->name.substr(first.size() + 1));
    }
    const std::string where = fmt::format("`thig-hooks help {}` lists the subcommands", first);
    if (rest.empty()) {
      return fail(ErrorCode::usage,
                  fmt::format("`{}` needs a subcommand: {}", first, fmt::join(seconds, " or ")),
                  where);
    }
    Error error = not_a_choice(rest[0], seconds);
    error.text = fmt::format("unknown command \"{} {}\"", first, rest[0]);
    if (error.hint.empty()) error.hint = where;
    return std::unexpected(std::move(error));
  }

  Result<ExitCode> run_command(const CommandEntry& entry, std::span<const std::string> arguments) {
    const std::unique_ptr<Command> command = entry.make();
    Flags flags;
    command->declare(flags);
    declare_global_flags(flags, options_);
    auto parsed = flags.parse(arguments);
    if (parsed) {
      auto configured = configure(flags);
      if (options_.help) return show(command_help(entry, flags, layout()));
      if (!configured && command->needs_settings()) {
        return std::unexpected(std::move(configured).error());
      }
    }
    if (parsed) parsed = flags.check_required();
    if (!parsed) {
      Error error = std::move(parsed).error();
      if (error.hint.empty()) {
        error.hint = fmt::format("usage: thig-hooks {} {}", entry.name, flags.synopsis());
      }
      return std::unexpected(std::move(error));
    }
    THIG_TRY(choose_output());
    Context context(surroundings_, options_);
    context.configure_again = [&](Command& fresh) { return configure_again(fresh, arguments); };
    auto ended = command->run(context);
    log_ = context.kept_log();
    if (!ended || *ended != ExitCode::done) context.remove_unused_database();
    if (!ended && context.help_wanted()) {
      surroundings_.err.line(command_help(entry, flags, layout()));
    }
    return ended;
  }

  Status choose_output() {
    const std::string& output = options_.output;
    const bool json = output == "json" || output == "jsonl";
    if (options_.json && !output.empty() && !json) {
      return fail(ErrorCode::usage,
                  fmt::format("--json and --output {} cannot be combined", output));
    }
    options_.json = options_.json || json;
    if (options_.json && !options_.columns.empty()) {
      return fail(ErrorCode::usage, "--columns is for tables, not for JSON",
                  "choose members with jq");
    }
    if (output == "jsonl") {
      surroundings_.out.write_json_lines();
    } else if (options_.json) {
      surroundings_.out.write_json();
    }
    return {};
  }

  Result<GlobalOptions> configure_again(Command& fresh, std::span<const std::string> arguments) {
    Flags flags;
    GlobalOptions options = options_;
    fresh.declare(flags);
    declare_global_flags(flags, options);
    THIG_TRY(flags.parse(arguments));
    THIG_TRY(configure(flags));
    THIG_TRY(flags.check_required());
    return options;
  }

  // What was not given comes from the environment and from files.
  Status configure(Flags& flags) {
    flags.inherit(globals_);
    for (const Flags::Item& item : flags.items()) {
      if (item.global && flags.given(item)) options_.given[item.name] = *flags.given(item);
    }
    const Environment& environment = surroundings_.environment;
    THIG_TRY_ASSIGN(settings, Settings::load(options_.config, environment));
    return flags.fill([&](const Flags::Item& item) { return settings.find(item, environment); });
  }

  Result<ExitCode> show(const std::string& text) {
    surroundings_.out.write(text);
    return ExitCode::done;
  }

  HelpLayout layout() const {
    return help_layout(surroundings_.out, wants_colour(options_.color, surroundings_.environment,
                                                       surroundings_.out.terminal()));
  }

  // A monitoring system takes 2 for critical and reads stdout, so whatever keeps `doctor --check`
  // from looking is told its way, a call that cannot be read included.
  static bool asks_for_check(std::span<const std::string> arguments) {
    const auto end = std::ranges::find(arguments, "--");
    const auto has = [&](std::string_view word) {
      return std::find(arguments.begin(), end, word) != end;
    };
    return has("doctor") && has("--check");
  }

  Result<ExitCode> tell_unknown(const Error& error) {
    surroundings_.out.discard();
    const ShownError shown = shown_error(error, command_wording());
    surroundings_.out.line(monitoring_unknown(shown.text).line);
    THIG_TRY(surroundings_.out.flush());
    return ExitCode::monitoring_unknown;
  }

  // A call that could not be read to its end may have asked for JSON all the same.
  bool json_asked() const {
    const auto end = std::ranges::find(arguments_, "--");
    return options_.json || std::find(arguments_.begin(), end, "--json") != end;
  }

  void report(const Error& error) {
    Output& err = surroundings_.err;
    const ShownError shown = shown_error(error, command_wording());
    if (json_asked()) {
      err.write_json();
      err.line(error_document(shown));
      return;
    }
    if (log_ && log_->format == LogSettings::Format::json) {
      ShownError labelled = shown;
      labelled.text = surroundings_.label + shown.text;
      return err.line(error_line(labelled, surroundings_.clock.now().wall));
    }
    const bool colour =
        wants_colour(options_.color, surroundings_.environment, surroundings_.err.terminal());
    write_error_text(
        fmt::format("thig-hooks: {} {}", paint("error:", Style::bad, colour), shown.text));
    if (!shown.hint.empty()) write_error_text("hint: " + shown.hint);
  }

  // Of whatever command: the journal has its level.
  void write_error_text(const std::string& text) {
    Output& err = surroundings_.err;
    const std::string line = surroundings_.label + text;
    if (err.reader() == LogReader::file) return err.line(line);
    err.line(log_text(LogLevel::error, {}, line, err.reader(), false));
  }

  ExitCode exit_code(ErrorCode code) const {
    if (code == ErrorCode::interrupted) {
      if (surroundings_.stop.signal() == SIGTERM) return ExitCode::terminated;
      if (surroundings_.stop.signal() == SIGHUP) return ExitCode::hung_up;
    }
    return exit_code_of(code);
  }

  Surroundings& surroundings_;
  std::span<const std::string> arguments_;
  GlobalOptions options_;
  std::optional<LogSettings> log_;  // of a command that has kept one
  Flags globals_;
};

}  // namespace

ExitCode run_app(Surroundings& surroundings, std::span<const std::string> arguments) {
  return App(surroundings, arguments).run();
}

}  // namespace thig
