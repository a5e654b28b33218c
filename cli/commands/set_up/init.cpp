#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "core/api/setup_view.h"
#include "core/api/shell_words.h"

#include <fmt/format.h>
#include <pwd.h>

namespace thig {
namespace {

class Init final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Creates the database and the key that seals its secrets; what exists is kept. The first "
        "command that writes does the same, so this is for those who want to choose the place, or "
        "to share it.");
    flags.about(
        "With --group several users of this machine share one database: the database gets mode "
        "0660, its folder 2770, the key 0640, all of that group. It works for an existing "
        "database, "
        "too. The group must be able to reach both paths, and the folder must hold nothing else. "
        "Being in the group opens the files; what a user may do is their role: `thig-hooks members "
        "add`.");
    flags.example("thig-hooks init", "Create the database and the key");
    flags.example(
        "thig-hooks init --group hooks --db /srv/hooks/hooks.db --key-file /etc/thig-hooks/key",
        "Create a database for the users in the group hooks");
    flags.text("--group", "GROUP", group_, "Share the database and the key with this group");
    flags.text("--owner", "USER", owner_,
               "Who is Owner of a new database, and owns its files; for root (default: you)");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(paths, context.paths());
    THIG_TRY_ASSIGN(users, users_for(context));
    THIG_TRY_ASSIGN(done, initialise(paths, users, context.random()));
    if (context.json()) {
      context.out().line(init_document(paths.database.name(), paths.key_file, group_,
                                       done.made_database, done.made_key));
    }
    tell(context, paths, users, done);
    return ExitCode::done;
  }

 private:
  Result<Users> users_for(Context& context) const {
    Users users{.owner = context.os_user().name, .owner_id = {}, .group = group_};
    if (!owner_ || *owner_ == users.owner) return users;
    if (!context.os_user().is_root) {
      return fail(ErrorCode::usage, "only root creates a database for another user",
                  "leave --owner out, or run it as that user");
    }
    const passwd* entry = getpwnam(owner_->c_str());
    if (entry == nullptr) {
      return fail(ErrorCode::usage, fmt::format("there is no user \"{}\" on this machine", *owner_),
                  "`getent passwd` lists them");
    }
    users.owner = *owner_;
    users.owner_id = entry->pw_uid;
    return users;
  }

  void tell(Context& context, const Paths& paths, const Users& users,
            const Initialised& done) const {
    if (done.made_database) {
      context.note(fmt::format("created the database {} ({} is its Owner)", paths.database.name(),
                               users.owner));
    }
    if (done.made_key) {
      context.note(fmt::format("created the key {}: back it up, without it secrets cannot be read",
                               paths.key_file));
    }
    if (!done.made_database && !done.made_key && !done.changed) {
      context.note(fmt::format("no changes: {} and its key exist", paths.database.name()));
    }
    if (!group_) return;
    if (done.changed) context.note(fmt::format("shared with the group {}", *group_));
    ShellCommand command("thig-hooks");
    command.flag("--db", paths.database.name()).flag("--key-file", paths.key_file);
    context.note(
        fmt::format("others in the group use `{}`, or set both in "
                    "/etc/thig-hooks/config.json; `thig-hooks members add USER admin` lets "
                    "them set webhooks up",
                    command.text()));
  }

  std::optional<std::string> group_;
  std::optional<std::string> owner_;
};

}  // namespace

std::unique_ptr<Command> make_init() {
  return std::make_unique<Init>();
}

}  // namespace thig
