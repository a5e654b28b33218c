#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/flags/admin_url_flags.h"
#include "core/api/session_view.h"
#include "core/setup/sessions.h"

#include <fmt/format.h>

namespace thig {
namespace {

class LoginLink final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Whoever opens the link in a browser is logged in to the page of `thig-hooks serve-admin` "
        "as that member, once: there are no passwords. The session ends after 12 hours, or when it "
        "was not used for 2. Members make links for themselves; an Owner makes them for any "
        "member. Both are noted in `thig-hooks audit`.");
    flags.about(
        "The code stands behind the \"#\", so it is in no log of a server or proxy. Send the link "
        "to nobody but its member.");
    flags.example("thig-hooks login-link", "Log in to the page yourself");
    flags.example(
        "thig-hooks login-link --member ann --for 30m --public-url https://hooks.example.com",
        "Let ann log in from another machine");
    flags.text("--member", "MEMBER", member_, "Who logs in (others: Owners)").fallback = "you";
    flags.duration("--for", period_, "How long the link is valid: 1m to 1h");
    url_.declare(flags,
                 fmt::format("Where browsers reach serve-admin; else {}", default_admin_url));
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_person(context));
    THIG_TRY_ASSIGN(place, url_.read());
    const std::string base =
        place.public_url.empty() ? std::string(default_admin_url) + place.base_path
                                 : place.public_url;
    THIG_TRY_ASSIGN(store, context.store(StoreUse::create));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    Sessions sessions(*store, context.clock(), context.random(), std::move(actor));
    THIG_TRY_ASSIGN(made, sessions.make_code(member_, period_));
    const std::string url = login_url(base, made.text);
    context.out().line(context.json() ? login_link_document(url, made.code) : url);
    context.note(fmt::format("logs in {}, once, until {}", made.code.member,
                             format_rfc3339(made.code.expires_at)));
    return ExitCode::done;
  }

 private:
  // Several people may work as root. Who is logged in shall be one of them: the trail says who did
  // what.
  Status check_person(Context& context) const {
    if (!member_.empty() || !context.os_user().is_root) return {};
    return fail(ErrorCode::usage, "root is not a person: say who logs in",
                {"name the member: ", Setting{"member", "NAME"},
                 "; see all of them with: ", Operation{"members"}});
  }

  std::string member_;
  Millis period_ = usual_login_period;
  AdminUrlFlags url_;
};

}  // namespace

std::unique_ptr<Command> make_login_link() {
  return std::make_unique<LoginLink>();
}

}  // namespace thig
