#include "cli/app/command.h"
#include "cli/commands/set_up/new_login_link.h"
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
        "Opening the link in a browser logs that member in to the admin page of `thig-hooks "
        "serve-admin`. A link works once; there are no passwords. The session ends after 12 hours, "
        "or after 2 hours without use. Members create links for themselves, Owners for any member. "
        "Creating and using a link are recorded in `thig-hooks audit`.");
    flags.about(
        "The code is after the \"#\", so no server or proxy logs it. Send the link only to the "
        "member it is for.");
    flags.example("thig-hooks login-link", "Log in to the admin page");
    flags.example(
        "thig-hooks login-link --member ann --expires 30m --public-url https://hooks.example.com",
        "Let ann log in from another machine");
    flags.text("--member", "MEMBER", member_, "Member to log in (Owners only)").fallback = "you";
    flags.duration("--expires", period_, "How long the link is valid: 1m to 1h").former_name =
        "--for";
    url_.declare(flags,
                 fmt::format("Public base URL of serve-admin; default: {}", default_admin_url));
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(url, url_.read());
    const std::string base =
        url.public_url.empty() ? std::string(default_admin_url) + url.base_path : url.public_url;
    THIG_TRY_ASSIGN(made, new_login_link(context, member_, period_, base));
    context.out().line(context.json() ? login_link_document(made.url, made.code) : made.url);
    context.note(fmt::format("logs in {}, once, until {}", made.code.member,
                             format_rfc3339(made.code.expires_at)));
    return ExitCode::done;
  }

 private:
  std::string member_;
  Millis period_ = usual_login_period;
  AdminUrlFlags url_;
};

}  // namespace

std::unique_ptr<Command> make_login_link() {
  return std::make_unique<LoginLink>();
}

}  // namespace thig
