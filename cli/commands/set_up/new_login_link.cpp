#include "cli/commands/set_up/new_login_link.h"

#include "core/api/session_view.h"
#include "core/setup/sessions.h"

#include <utility>

namespace thig {

Result<NewLoginLink> new_login_link(Context& context, const std::string& member, Millis period,
                                    const std::string& public_url) {
  if (member.empty() && context.os_user().is_root) {
    return fail(ErrorCode::usage, "root must say which member logs in",
                {"name the member: ", Setting{"member", "NAME"},
                 "; see all of them with: ", Operation{"members"}});
  }
  THIG_TRY_ASSIGN(store, context.store(StoreUse::create));
  THIG_TRY_ASSIGN(actor, context.actor(*store));
  Sessions sessions(*store, context.clock(), context.random(), std::move(actor));
  THIG_TRY_ASSIGN(made, sessions.make_code(member, period));
  return NewLoginLink{.code = made.code, .url = login_url(public_url, made.text)};
}

}  // namespace thig
