// What a command has at hand: its streams, the global flags, and the database when it asks for it.
#pragma once

#include "cli/app/stop.h"
#include "cli/app/supervisor.h"
#include "cli/config/paths.h"
#include "cli/terminal/log_line.h"
#include "cli/terminal/output.h"
#include "cli/terminal/style.h"
#include "core/api/operator.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/model/member.h"
#include "core/open.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace thig {

struct OsUser {
  std::string name;
  bool is_root = false;
};

// What the process is given; tests make one of their own.
struct Surroundings {
  Output& out;
  Output& err;
  int in = 0;
  bool in_terminal = false;
  Environment environment;
  std::function<OsUser()> os_user;  // asked at most once, and only when it matters
  const Clock& clock;
  Random& random;
  Stop& stop;
  Supervisor& supervisor = unsupervised();
  std::string label = {};  // before what its log lines say, where several write one log: "run: "
};

struct GlobalOptions {
  std::optional<std::string> config;
  std::optional<std::string> db;
  std::optional<std::string> key_file;
  std::string color = "auto";
  std::string output;  // "table", "tsv", "json", "jsonl"; empty: as standard output asks for
  std::vector<std::string> columns;  // of tables, in this order; none: the usual ones
  bool wide = false;                 // no column of a table is hidden or cut
  bool json = false;                 // also of --output
  bool quiet = false;
  bool verbose = false;
  bool help = false;
  bool version = false;
  // The flags that arguments gave, with their values; others have theirs from elsewhere.
  std::map<std::string, std::string, std::less<>> given;
};

class Command;

class Context {
 public:
  Context(Surroundings& surroundings, const GlobalOptions& options);

  // Gives a fresh command of the same kind what the call gave this one, with the environment and
  // the configuration files as they are now; answers the global flags as they would be then. Set by
  // whoever runs commands.
  std::function<Result<GlobalOptions>(Command& fresh)> configure_again;

  Output& out() { return surroundings_.out; }
  Output& err() { return surroundings_.err; }
  int in() const { return surroundings_.in; }
  bool in_terminal() const { return surroundings_.in_terminal; }
  const GlobalOptions& options() const { return options_; }
  const Environment& environment() const { return surroundings_.environment; }
  const Clock& clock() const { return surroundings_.clock; }
  Time now() const { return surroundings_.clock.now().wall; }
  Random& random() { return surroundings_.random; }
  Stop& stop() { return surroundings_.stop; }
  Supervisor& supervisor() { return surroundings_.supervisor; }

  bool json() const { return options_.json; }
  // " --db hooks.db --json": the flags to repeat in a command that is to go on where this one ends.
  std::string flags_to_repeat() const;
  bool quiet() const { return options_.quiet; }
  bool verbose() const { return options_.verbose; }
  // Text on standard output is for eyes: on a terminal, or where a table is asked for.
  bool for_eyes() const {
    if (!options_.output.empty()) return options_.output == "table";
    return !options_.json && surroundings_.out.terminal();
  }
  bool out_colour() const { return out_colour_; }
  bool err_colour() const { return err_colour_; }
  // Whether a person is there to answer a question.
  bool can_ask() const { return !json() && in_terminal() && surroundings_.err.terminal(); }

  // From now on what is said on standard error is lines of a log: always where it is a record,
  // where it is the answer as JSON only. May be called again with other settings.
  void keep_log(const LogSettings& settings, LogIs log);
  const std::optional<LogSettings>& kept_log() const { return log_; }
  bool logs_json() const { return log_ && log_->format == LogSettings::Format::json; }
  // Whether there are lines of that level: by --log-level, --quiet and --verbose.
  bool logs(LogLevel level) const;
  const std::string& label() const { return surroundings_.label; }

  // Lines on standard error, at once, with control characters made visible. A note is left out with
  // --quiet, an explanation is there with --verbose only, a warning always.
  void note(std::string_view text) { log(LogLevel::info, text); }
  void explain(std::string_view text) { log(LogLevel::debug, text); }
  void warn(std::string_view text) { log(LogLevel::warning, text); }
  void log(LogLevel level, std::string_view text);
  void say(std::string_view text);
  // The line as it is, at once.
  void say_line(std::string_view line);

  // The error that the command is about to answer with is one that its help helps with.
  void want_help() { help_wanted_ = true; }
  bool help_wanted() const { return help_wanted_; }

  Result<Paths> paths() const;
  const OsUser& os_user();

  // Opened once. With `create` a database that was not there is made, and a note says where.
  Result<Store*> store(StoreUse use);
  // The command has failed: a database that it has made and written nothing to goes again.
  void remove_unused_database();
  // To be read; null, and a note, if there is no database yet. One that --db names must be there:
  // its absence is a slip of the pen.
  Result<Store*> store_if_any();
  Result<bool> database_exists() const;
  // Who gives the command.
  Result<Member> actor(Store& store);
  // The same with what doing it takes.
  Result<Operator> by(Store& store);

 private:
  void tell(const Upgrade& upgrade);

  Surroundings& surroundings_;
  const GlobalOptions& options_;
  bool out_colour_;
  bool err_colour_;
  bool help_wanted_ = false;
  std::optional<OsUser> os_user_;
  std::unique_ptr<Store> store_;
  bool created_ = false;
  std::optional<LogSettings> log_;
  LogIs log_is_ = LogIs::record;
};

}  // namespace thig
