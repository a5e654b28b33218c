#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "core/api/session_view.h"
#include "core/rules/incoming_rules.h"
#include "core/setup/sessions.h"

#include <fmt/format.h>

namespace thig {
namespace {

class LoginLink final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Opening the link in a browser logs that member in to the admin page of `thig-hooks "
        "serve-admin`. A link works once; there are no passwords. The session ends after 12 hours, "
        "or after 2 hours without use. Members create links for themselves, Owners for any member. "
        "Creating and using a link are recorded in `thig-hooks audit`.");
    flags.about(
        "The code is after the \"#\", so no server or proxy logs it. Send the link only to the "
        "member it is for.");
    flags.example("thig-hooks login-link", "Log in to the admin page");
    flags.example(
        "thig-hooks login-link --member ann --for 30m --public-url https://hooks.example.com",
        "Let ann log in from another machine");
    flags.text("--member", "MEMBER", member_, "Member to log in (Owners only)").fallback = "you";
    flags.duration("--for", period_, "How long the link is valid: 1m to 1h");
    flags
        .text("--public-url", "URL", public_url_,
              fmt::format("Base URL of serve-admin for browsers; default: {}", default_admin_url))
        .config = "admin.publicUrl";
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_person(context));
    THIG_TRY_ASSIGN(base, check_public_url(public_url_.value_or(std::string(default_admin_url))));
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
    return fail(ErrorCode::usage, "root is not a member: --member is required",
                {"name the member: ", Setting{"member", "NAME"},
                 "; see all of them with: ", Operation{"members"}});
  }

  std::string member_;
  Millis period_ = usual_login_period;
  std::optional<std::string> public_url_;
};

}  // namespace

std::unique_ptr<Command> make_login_link() {
  return std::make_unique<LoginLink>();
}

}  // namespace thig
