#include "cli/app/context.h"

#include "core/api/command_wording.h"
#include "core/api/log_lines.h"
#include "core/api/shell_words.h"
#include "core/base/codec.h"
#include "core/base/file_error.h"
#include "core/care/clock_watch.h"
#include "core/setup/members.h"

#include <cerrno>

#include <fmt/format.h>
#include <sys/stat.h>

namespace thig {

Context::Context(Surroundings& surroundings, const GlobalOptions& options)
    : surroundings_(surroundings),
      options_(options),
      out_colour_(
          wants_colour(options.color, surroundings.environment, surroundings.out.terminal())),
      err_colour_(
          wants_colour(options.color, surroundings.environment, surroundings.err.terminal())) {}

void Context::keep_log(const LogSettings& settings, LogIs log) {
  log_ = settings;
  log_is_ = log;
  out().write_json(logs_json() || json());
  err().write_json(logs_json());
}

bool Context::logs(LogLevel level) const {
  if (quiet() && level > LogLevel::warning) return false;
  const LogLevel usual = verbose() ? LogLevel::debug : LogLevel::info;
  return level <= (log_ ? log_->least.value_or(usual) : usual);
}

void Context::log(LogLevel level, std::string_view text) {
  if (!logs(level)) return;
  if (logs_json()) return say_line(message_line(level, label() + std::string(text), now()));
  const bool record = log_ && log_is_ == LogIs::record;
  if (record || err().reader() == LogReader::journal) {
    return say_line(
        log_text(level, now(), label() + printable(log_field(text)), err().reader(), err_colour()));
  }
  if (level <= LogLevel::warning) {
    err().write(paint("warning:", Style::warn, err_colour()) + " ");
  }
  say(text);
}

void Context::say(std::string_view text) {
  say_line(printable(with_masked_secrets(text)));
}

void Context::say_line(std::string_view line) {
  err().line(line);
  // Where standard error cannot be written, there is nowhere left to say so.
  static_cast<void>(err().flush());
}

std::string Context::flags_to_repeat() const {
  std::string words;
  if (options_.db) words += " --db " + shell_word(*options_.db);
  if (options_.json) words += " --json";
  return words;
}

Result<Paths> Context::paths() const {
  return find_paths(options_.db, options_.key_file, surroundings_.environment);
}

const OsUser& Context::os_user() {
  if (!os_user_) os_user_ = surroundings_.os_user();
  return *os_user_;
}

Result<bool> Context::database_exists() const {
  THIG_TRY_ASSIGN(found, paths());
  struct stat status {};
  if (stat(found.database.file().c_str(), &status) == 0) return true;
  if (errno == ENOENT) return false;
  return file_error("access", found.database.file(), errno, "");
}

Result<Store*> Context::store(StoreUse use) {
  if (store_) return store_.get();
  THIG_TRY_ASSIGN(found, paths());
  THIG_TRY_ASSIGN(existed, database_exists());
  if (!existed && use != StoreUse::create) {
    return fail(
        ErrorCode::not_found, fmt::format("no database at {}", found.database.name()),
        "`thig-hooks init` creates it, and so does the first webhook; --db selects another");
  }
  // The user's name is needed for a new database only; looking it up may cost a network round trip.
  const bool creates = use == StoreUse::create && !existed;
  THIG_TRY_ASSIGN(opened, open_store(found, use, creates ? os_user().name : std::string(), random(),
                                     [this](const Upgrade& done) { tell(done); }));
  store_ = std::move(opened);
  created_ = creates;
  if (creates) THIG_TRY(trust_clock(store_->config(), clock()));
  explain(fmt::format("using {}, with the key {}", found.database.name(), found.key_file));
  if (creates) {
    note(fmt::format("created the database {} ({} is its Owner)", found.database.name(),
                     os_user().name));
  }
  return store_.get();
}

void Context::remove_unused_database() {
  if (!created_) return;
  store_.reset();
  const auto found = paths();
  const auto removed = found ? thig::remove_unused_database(*found) : Result<bool>(false);
  if (removed && *removed) note("removed the new database: nothing was written to it");
}

void Context::tell(const Upgrade& upgrade) {
  warn(fmt::format(
      "upgraded the database from schema {} to {}; a copy of the old one is in {}: remove "
      "it when everything works",
      upgrade.from, upgrade.to, upgrade.copy));
  for (const Remark& one : upgrade.notes) warn(command_wording().text(one));
}

Result<Store*> Context::store_if_any() {
  THIG_TRY_ASSIGN(exists, database_exists());
  if (exists || options_.given.contains("--db")) return store(StoreUse::read);
  THIG_TRY_ASSIGN(found, paths());
  note(fmt::format("no database yet at {}; the first webhook creates it: thig-hooks add outgoing",
                   found.database.name()));
  return nullptr;
}

Result<Member> Context::actor(Store& store) {
  return member_of(store.config(), os_user().name, os_user().is_root);
}

Result<Operator> Context::by(Store& store) {
  THIG_TRY_ASSIGN(member, actor(store));
  return Operator{.clock = clock(), .random = random(), .actor = std::move(member)};
}

}  // namespace thig
