// What the pages about one incoming webhook have in common.
#pragma once

#include "core/model/incoming_hook.h"
#include "core/web/operations.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/frame/question.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/html.h"

#include <span>
#include <string>
#include <string_view>

namespace thig::pages {

// The one that the path names. `not_found`.
Result<IncomingHook> hook_of(Call& call);

// Its own page, and one below that: "edit". By its id, for a name may go to another one meanwhile.
Link hook_link(const IncomingHook& hook);
Link hook_link(const IncomingHook& hook, std::string_view page);
// "Webhooks / Incoming / issues", and the title.
Html hook_head(const IncomingHook& hook, std::string_view title);
// "thig-hooks rotate issues".
std::string hook_command(std::string_view operation, const IncomingHook& hook);

HttpResponse question_page(Call& call, const IncomingHook& hook, Question question);

// A URL that is shown, with what to try it with. `title`: of the note.
Result<Html> shown_url(Call& call, const IncomingHook& hook, std::string_view token,
                       std::string_view title, const Html& more);

}  // namespace thig::pages
