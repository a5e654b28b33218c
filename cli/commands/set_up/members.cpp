#include "core/setup/members.h"

#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/views/render.h"
#include "core/api/setup_view.h"
#include "core/api/words.h"

#include <fmt/format.h>
#include <pwd.h>

namespace thig {
namespace {

const std::vector<std::string> roles = {"owner", "admin", "member", "viewer"};

std::string describe_role(const Member& member) {
  return fmt::format("the role {}", to_text(member.role));
}

class ListMembers final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "A member is a user of this machine. Owners and Admins manage webhooks, test, retry and "
        "see secrets; only Owners may let webhooks run commands, and manage members. Members may "
        "emit events. Anyone not listed is a Viewer: may read lists and statistics only. root is "
        "always an Owner. Roles guard against mistakes only: anyone with write access to the "
        "database file can bypass them.");
    flags.example("thig-hooks members", "List members and their roles");
    flags.example("thig-hooks members --json | jq -r '.[] | select(.role == \"owner\") | .name'",
                  "Print the names of the Owners");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store_if_any());
    std::vector<Member> members;
    if (store) {
      THIG_TRY_ASSIGN(found, store->config().members());
      members = std::move(found);
    }
    if (context.json()) {
      context.out().line(members_document(members));
      return ExitCode::done;
    }
    if (members.empty()) return ExitCode::done;
    Table table({{.header = "NAME", .shrinks = true}, {.header = "ROLE"}});
    for (const Member& member : members) {
      table.row({{.text = member.name, .style = Style::bold},
                 {.text = std::string(to_text(member.role))}});
    }
    THIG_TRY(print_table(context, table));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    if (context.for_eyes()) {
      context.note(fmt::format("you are {}, with the role {}", actor.name, to_text(actor.role)));
    }
    return ExitCode::done;
  }
};

// What the commands that change a member have in common.
class ChangeMember : public Command {
 public:
  Result<ExitCode> run(Context& context) final {
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    Members members(store->config(), context.clock(), std::move(actor));
    THIG_TRY_ASSIGN(done, change(members));
    if (context.json()) context.out().line(member_document(done));
    if (done.result == ChangeResult::unchanged) {
      context.note(fmt::format("unchanged: {} already has {}", done.member.name,
                               describe_role(done.member)));
    } else {
      tell(context, done.member);
    }
    return ExitCode::done;
  }

 protected:
  void declare_name(Flags& flags) { flags.positional("MEMBER", name_, "User of this machine"); }

  void declare_role(Flags& flags) {
    auto& item = flags.positional("ROLE", role_text_, "Role of the member");
    item.choices = roles;
    item.take = [this](const std::string& text) -> Status {
      const auto role = parse_role(text);
      if (!role) return std::unexpected(not_a_choice(text, roles));
      role_ = *role;
      return {};
    };
  }

  virtual Result<MemberChange> change(Members& members) = 0;
  // What was changed.
  virtual void tell(Context& context, const Member& member) = 0;

  std::string name_;
  Role role_ = Role::viewer;

 private:
  std::string role_text_;
};

class AddMember final : public ChangeMember {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "For Owners only. Recorded in `thig-hooks audit`. To add a member again with the same role "
        "changes nothing, and succeeds; another role is given with `thig-hooks members "
        "set-role`.");
    flags.example("thig-hooks members add ann admin", "Let ann manage webhooks");
    flags.example("thig-hooks members add app member", "Let the user app emit events");
    declare_name(flags);
    declare_role(flags);
  }

 private:
  Result<MemberChange> change(Members& members) override { return members.add(name_, role_); }
  void tell(Context& context, const Member& member) override {
    context.note(fmt::format("added member {} with {}", member.name, describe_role(member)));
    if (getpwnam(member.name.c_str()) == nullptr) {
      context.warn(fmt::format("there is no user {} on this machine yet", member.name));
    }
  }
};

class SetRole final : public ChangeMember {
 public:
  void declare(Flags& flags) override {
    flags.about("For Owners only. The last Owner cannot lose the role.");
    flags.example("thig-hooks members set-role ann owner", "Let ann manage members");
    declare_name(flags);
    declare_role(flags);
  }

 private:
  Result<MemberChange> change(Members& members) override { return members.set_role(name_, role_); }
  void tell(Context& context, const Member& member) override {
    context.note(fmt::format("changed the role of {} to {}", member.name, to_text(member.role)));
  }
};

class RemoveMember final : public ChangeMember {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "For Owners only. Anyone not listed is a Viewer: may read lists and statistics only.");
    flags.example("thig-hooks members remove bob", "Remove a member");
    declare_name(flags);
  }

 private:
  Result<MemberChange> change(Members& members) override { return members.remove(name_); }
  void tell(Context& context, const Member& member) override {
    context.note(fmt::format("removed member {}", member.name));
  }
};

}  // namespace

std::unique_ptr<Command> make_members() {
  return std::make_unique<ListMembers>();
}

std::unique_ptr<Command> make_members_add() {
  return std::make_unique<AddMember>();
}

std::unique_ptr<Command> make_members_remove() {
  return std::make_unique<RemoveMember>();
}

std::unique_ptr<Command> make_members_set_role() {
  return std::make_unique<SetRole>();
}

}  // namespace thig
