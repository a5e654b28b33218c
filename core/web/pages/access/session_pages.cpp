#include "core/model/session.h"
#include "core/rules/access.h"
#include "core/setup/sessions.h"
#include "core/web/operations.h"
#include "core/web/pages/access/developer.h"
#include "core/web/pages/access/pages.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/parts.h"

#include <span>

#include <fmt/format.h>

namespace thig::pages {
namespace {

Html session_row(const Session& session, const Call& call) {
  const bool own = session.id == call.caller.session;
  const std::string id = to_text(session.id);
  const std::string browser = own ? session.client + ", this one" : session.client;
  return html<
      R"(<tr><th scope="row" class="fill"><span class="name">{}</span><small class="cut mono">{}</small><small class="brief cut">{}</small></th><td class="mid">{}</td><td class="mid">{}</td><td class="mid">{}</td><td class="mid">{}</td><td><form method="post" action="{}"><button aria-label="End {} of {}">End</button></form></td></tr>)">(
      browser, id, session.member, shortened(session.member, longest_in_column),
      relative_time(session.created_at, call.now()),
      relative_time(session.last_used_at, call.now()), relative_time(end_of(session), call.now()),
      Link("/admin/settings/developer/sessions/{}/end", {id}), id, session.member);
}

Html session_table(std::span<const Session> sessions, const Call& call) {
  Html rows;
  for (const Session& session : sessions) rows += session_row(session, call);
  return html<
      R"(<table><caption class="aside-text">Sessions, newest first</caption><thead><tr><th scope="col" class="fill">Browser</th><th scope="col" class="mid">Member</th><th scope="col" class="mid">Started</th><th scope="col" class="mid">Last used</th><th scope="col" class="mid">Ends</th><th scope="col"><span class="aside-text">Actions</span></th></tr></thead><tbody>{}</tbody></table>)">(
      rows);
}

std::string_view whose_sessions(const Member& member) {
  return may(member.role, Action::manage_sessions) ? "all members" : "you";
}

}  // namespace

Result<Html> session_section(Call& call) {
  THIG_TRY_ASSIGN(sessions, sessions_for(call).list());
  if (sessions.empty()) {
    return html<
        R"(<section><h2>Sessions</h2><p class="dim">Nobody is logged in to these pages.</p></section>)">();
  }
  return html<
      R"(<section><div class="cap"><h2>Sessions</h2><a class="btn" href="{}">End all…</a></div>{}<p class="small foot">The browsers in which {} are logged in. A session ends after 12 hours, or after 2 hours without use.</p></section>)">(
      Link("/admin/settings/developer/sessions/end"), session_table(sessions, call),
      whose_sessions(call.caller.actor));
}

Result<HttpResponse> end_session(Call& call) {
  THIG_TRY(sessions_for(call).end({&call.path.front(), 1}));
  return redirect(call, Link("/admin/settings/developer"));
}

Result<HttpResponse> ask_end_sessions(Call& call) {
  return developer_question(
      call,
      {.title = "End all sessions?",
       .told = html<
           R"(<p>This ends all sessions of {}, including this one, and unused login links. Everyone logged in must log in again.</p>)">(
           whose_sessions(call.caller.actor)),
       .button = "End all",
       .command = "thig-hooks sessions end --all",
       .danger = true},
      Link("/admin/settings/developer/sessions/end"));
}

Result<HttpResponse> end_sessions(Call& call) {
  THIG_TRY(sessions_for(call).end_all());
  return redirect(call, Link("/admin/settings/developer"));
}

}  // namespace thig::pages
