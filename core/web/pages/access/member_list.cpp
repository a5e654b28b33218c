#include "core/api/shell_words.h"
#include "core/rules/access.h"
#include "core/web/pages/access/pages.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/parts.h"

#include <span>

namespace thig::pages {
namespace {

constexpr Role all_roles[] = {Role::owner, Role::admin, Role::member, Role::viewer};

Html member_row(const Member& member, const Member& reader) {
  Html you;
  if (member.name == reader.name) you = html<R"( <span class="dim">you</span>)">();
  return html<
      R"(<tr><th scope="row" class="fill"><span class="name">{}</span>{}</th><td>{}</td><td class="mid"><a class="plain dim" href="{}">changes</a></td></tr>)">(
      member.name, you, capital(to_text(member.role)),
      Link("/admin/audit-logs").with("actor", member.name));
}

Html member_table(std::span<const Member> members, const Member& reader) {
  Html rows;
  for (const Member& member : members) rows += member_row(member, reader);
  return html<
      R"(<table><caption class="aside-text">Members, by name</caption><thead><tr><th scope="col" class="fill">Name</th><th scope="col">Role</th><th scope="col" class="mid">Changes</th></tr></thead><tbody>{}</tbody></table>)">(
      rows);
}

Html right_cell(bool allowed) {
  if (allowed) return html<"<td>{}</td>">(sign("enabled", "yes"));
  return html<R"(<td>{}</td>)">(sign("off", "no"));
}

// Made of the table that every operation asks.
Html rights_table() {
  Html head;
  for (const Role role : all_roles) {
    head += html<R"(<th scope="col">{}</th>)">(capital(to_text(role)));
  }
  Html rows;
  for (const NamedAction& right : all_actions()) {
    Html cells;
    for (const Role role : all_roles) cells += right_cell(may(role, right.action));
    rows += html<R"(<tr><th scope="row" class="fill">{}</th>{}</tr>)">(capital(right.name), cells);
  }
  return html<
      R"(<table><caption class="aside-text">What each role may do</caption><thead><tr><th scope="col" class="fill">May</th>{}</tr></thead><tbody>{}</tbody></table>)">(
      head, rows);
}

Html how_to_change() {
  Html steps = step("Add a member", "thig-hooks members add ann admin");
  steps += step("Change a role", "thig-hooks members set-role ann owner");
  steps += step("Remove a member", "thig-hooks members remove ann");
  steps += step("Let a member log in here", "thig-hooks login-link --member ann");
  return html<
      R"(<section><h2>Change members on the server, as an Owner</h2><ol class="steps">{}</ol></section>)">(
      steps);
}

}  // namespace

Result<HttpResponse> list_members(Call& call) {
  THIG_TRY_ASSIGN(members, call.store.config().members());
  Html content = html<
      R"(<div class="head"><h1>Members</h1></div><div class="thin stack"><section>{}</section>{}<section><h2>Who may do what</h2>{}<p class="small dim gap">On the server’s command line, a member is the system user of that name. root is an Owner there; anyone not listed is a Viewer.</p></section></div>)">(
      members.empty() ? html<"<p>No members yet: root is an Owner.</p>">()
                      : member_table(members, call.caller.actor),
      how_to_change(), rights_table());
  return page_answer(call,
                     {.title = "Members", .content = content, .command = "thig-hooks members"});
}

}  // namespace thig::pages
