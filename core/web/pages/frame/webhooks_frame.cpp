#include "core/web/pages/frame/webhooks_frame.h"

#include "core/rules/access.h"
#include "core/web/pages/html/parts.h"

namespace thig::pages {

Html webhooks_head(const Html& figures, const Link& add, const Member& member) {
  Html acts;
  if (may(member.role, Action::configure)) {
    acts = html<
        R"(<div class="acts"><a class="btn main" href="{}" aria-keyshortcuts="n">Add Webhook</a></div>)">(
        add);
  }
  return html<R"(<div class="head"><h1>Webhooks</h1>{}{}</div>)">(figures, acts);
}

Html direction_tabs(std::int64_t outgoing, std::int64_t incoming, bool on_outgoing) {
  const Link all("/admin/webhooks");
  return html<R"(<nav class="tabs" aria-label="Direction">{}{}</nav>)">(
      tab("Outgoing", all, on_outgoing, outgoing),
      tab("Incoming", all.with("tab", "incoming"), !on_outgoing, incoming));
}

Html told_to_lookers(const Member& member) {
  if (may(member.role, Action::configure)) return {};
  return html<
      R"(<p class="note">You are a {}: you can see everything here except secrets. Owners and Admins can add and change webhooks.</p>)">(
      capital(to_text(member.role)));
}

}  // namespace thig::pages
