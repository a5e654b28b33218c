#include "core/setup/sessions.h"

#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/views/render.h"
#include "core/api/session_view.h"

#include <fmt/format.h>

namespace thig {
namespace {

Result<Sessions> sessions_of(Context& context, Store& store) {
  THIG_TRY_ASSIGN(actor, context.actor(store));
  return Sessions(store, context.clock(), context.random(), std::move(actor));
}

class ListSessions final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "A session is a browser that is logged in to the admin page of `thig-hooks serve-admin` "
        "with a link of `thig-hooks login-link`. It may do what the member's current role allows. "
        "Owners see all sessions, other members their own.");
    flags.example("thig-hooks sessions", "List sessions");
    flags.text("--member", "MEMBER", member_, "Only sessions of this member (Owners only)");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(all, list(context));
    if (context.json()) {
      context.out().line(sessions_document(all));
      return ExitCode::done;
    }
    if (all.empty()) context.note("no sessions; log in with: thig-hooks login-link");
    if (all.empty()) return ExitCode::done;
    const Time now = context.now();
    Table table({{.header = "SESSION"},
                 {.header = "MEMBER"},
                 {.header = "BROWSER", .shrinks = true},
                 {.header = "BEGAN"},
                 {.header = "LAST USED"},
                 {.header = "EXPIRES"}});
    for (const Session& session : all) {
      table.row({{.text = to_text(session.id), .style = Style::bold},
                 {.text = session.member},
                 {.text = session.client},
                 time_cell(session.created_at, now),
                 time_cell(session.last_used_at, now),
                 time_cell(session.expires_at, now)});
    }
    THIG_TRY(print_table(context, table));
    return ExitCode::done;
  }

 private:
  Result<std::vector<Session>> list(Context& context) {
    THIG_TRY_ASSIGN(store, context.store_if_any());
    if (!store) return std::vector<Session>();
    THIG_TRY_ASSIGN(sessions, sessions_of(context, *store));
    return sessions.list(member_);
  }

  std::optional<std::string> member_;
};

class EndSessions final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Ended sessions have to log in again. --all and --member also invalidate unused login "
        "links. Members end their own sessions, Owners any.");
    flags.example("thig-hooks sessions end ses_0d2k9q1m",
                  "End the session of a browser that was left open");
    flags.example("thig-hooks sessions end --member ann", "Log ann out everywhere");
    flags.positionals("SESSION", ids_, "Session ids");
    flags.toggle("--all", all_, "All sessions that `thig-hooks sessions` lists");
    flags.text("--member", "MEMBER", member_, "All sessions of this member (Owners only)");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_choice());
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(sessions, sessions_of(context, *store));
    THIG_TRY_ASSIGN(ended, ids_.empty() ? sessions.end_all(member_) : sessions.end(ids_));
    if (context.json()) context.out().line(sessions_document(ended));
    for (const Session& session : ended) {
      context.note(
          fmt::format("ended {} of {} ({})", to_text(session.id), session.member, session.client));
    }
    if (ended.empty()) context.note("no sessions to end");
    return ExitCode::done;
  }

 private:
  Status check_choice() const {
    const bool many = all_ || member_;
    if (ids_.empty() != many) {
      return fail(
          ErrorCode::usage,
          many ? "SESSION cannot be combined with --all or --member" : "SESSION is required",
          {"name sessions by id, or pass --all or --member; list sessions with: ",
           Operation{"sessions"}});
    }
    return {};
  }

  std::vector<std::string> ids_;
  bool all_ = false;
  std::optional<std::string> member_;
};

}  // namespace

std::unique_ptr<Command> make_sessions() {
  return std::make_unique<ListSessions>();
}

std::unique_ptr<Command> make_sessions_end() {
  return std::make_unique<EndSessions>();
}

}  // namespace thig
