// What the pages about one outgoing webhook have in common.
#pragma once

#include "core/setup/webhooks.h"
#include "core/web/call.h"
#include "core/web/pages/form.h"
#include "core/web/pages/html.h"

#include <string>
#include <string_view>

namespace thig::pages {

// The one that the path names; an incoming webhook of that name is not meant. `not_found`.
Result<Endpoint> webhook_of(Call& call);
Webhooks webhooks_for(Call& call);

// Its own page, and one below that: "edit". By its id, for a name may go to another one meanwhile.
Link webhook_link(const Endpoint& endpoint);
Link webhook_link(const Endpoint& endpoint, std::string_view page);
// "Webhooks / crm", and the title.
Html webhook_head(const Endpoint& endpoint, std::string_view title);

// "thig-hooks enable crm"; `flags` as they are typed: "--timeout 5s".
std::string webhook_command(std::string_view operation, std::string_view webhook,
                            std::string_view flags = {});

// A page that asks before something is done. `fields`: of its form.
struct Question {
  std::string_view title;  // "Disable crm?"
  Html told{};             // what it means
  Html fields{};
  std::string_view button;  // "Disable"
  std::string_view page;    // where the form goes, below the webhook's page: "disable"
  std::string command{};
  int status = 200;
  bool danger = false;
};
HttpResponse question_page(Call& call, const Endpoint& endpoint, const Question& question);

// A secret, to be copied.
Html secret_code(std::string_view secret);
// The programs that verify in a receiver.
Html verifier_panes();

}  // namespace thig::pages
