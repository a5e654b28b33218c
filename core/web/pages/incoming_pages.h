// What the pages about one incoming webhook have in common.
#pragma once

#include "core/model/incoming_hook.h"
#include "core/setup/incoming_webhooks.h"
#include "core/web/call.h"
#include "core/web/pages/form.h"
#include "core/web/pages/frame.h"
#include "core/web/pages/html.h"

#include <span>
#include <string>
#include <string_view>

namespace thig::pages {

// The one that the path names. `not_found`.
Result<IncomingHook> hook_of(Call& call);
IncomingWebhooks hooks_for(Call& call);

// Its own page, and one below that: "edit". By its id, for a name may go to another one meanwhile.
Link hook_link(const IncomingHook& hook);
Link hook_link(const IncomingHook& hook, std::string_view page);
// "Webhooks / Incoming / issues", and the title.
Html hook_head(const IncomingHook& hook, std::string_view title);
// "thig-hooks rotate issues".
std::string hook_command(std::string_view operation, const IncomingHook& hook);

// A page that asks before something is done to the webhook.
struct HookQuestion {
  std::string title;        // "Remove issues?"
  Html told{};              // what it means
  Html fields{};            // of its form
  std::string_view button;  // "Remove"
  std::string_view page;    // where the form goes, below the webhook's page
  std::string command{};
  int status = 200;
  bool danger = false;
};
HttpResponse hook_question(Call& call, const IncomingHook& hook, const HookQuestion& question);

// A URL that is shown, with what to try it with. `title`: of the note.
Result<Html> shown_url(Call& call, const IncomingHook& hook, std::string_view token,
                       std::string_view title, const Html& more);

}  // namespace thig::pages
