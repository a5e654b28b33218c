// What the pages about one outgoing webhook have in common.
#pragma once

#include "core/web/operations.h"
#include "core/web/pages/frame/question.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/html.h"

#include <string>
#include <string_view>

namespace thig::pages {

// Its own page, and one below that: "edit". By its id, for a name may go to another one meanwhile.
Link webhook_link(const Endpoint& endpoint);
Link webhook_link(const Endpoint& endpoint, std::string_view page);
// "Webhooks / crm", and the title.
Html webhook_head(const Endpoint& endpoint, std::string_view title);

// "thig-hooks enable crm"; `flags` as they are typed: "--timeout 5s".
std::string webhook_command(std::string_view operation, std::string_view webhook,
                            std::string_view flags = {});

HttpResponse question_page(Call& call, const Endpoint& endpoint, const Question& question);

// The programs that verify in a receiver.
Html verifier_panes();

}  // namespace thig::pages
