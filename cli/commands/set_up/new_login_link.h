// A link that logs a member in to the page: made by `login-link`, and by `serve-admin` for whoever
// starts it.
#pragma once

#include "cli/app/context.h"
#include "core/base/error.h"
#include "core/model/session.h"

#include <string>

namespace thig {

struct NewLoginLink {
  LoginCode code;
  std::string url;  // opens the door once: to be shown to its member alone
};

// For `member`; empty: whoever gives the command. Below `public_url`. Noted in the trail. `usage`
// for root without a member: several people may work as root, and the trail says who did what; and
// what Sessions::make_code refuses.
Result<NewLoginLink> new_login_link(Context& context, const std::string& member, Millis period,
                                    const std::string& public_url);

}  // namespace thig
