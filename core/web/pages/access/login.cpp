#include "core/api/command_wording.h"
#include "core/setup/sessions.h"
#include "core/web/operations.h"
#include "core/web/pages/access/pages.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/parts.h"

namespace thig::pages {
namespace {

// The code stands behind the "#" of the link, where no log and no referrer has it: the script puts
// it into the field, and without a script it is pasted. A button has to be pressed, for links are
// opened by more than people.
HttpResponse login_page(const Call& call, std::string_view to, const Html& above, int status) {
  const Html content = html<
      R"(<h1>Log in</h1>{}<p>Run this on the server and open the printed link. The link works once, for 5 minutes.</p>{}<form method="post" action="{}"><input type="hidden" name="to" value="{}"><label for="code">Or paste the code, the part after <code>#</code></label><input id="code" name="code" autocomplete="one-time-code" required data-hash><button class="main">Log in</button></form><p class="small dim">No account here? An Owner adds you with <code>thig-hooks members add</code>.</p>)">(
      above, command("thig-hooks login-link"), Link("/admin/login"), to);
  return bare_answer(call.request, call.service.base_path, "Log in", content, status);
}

}  // namespace

Result<HttpResponse> show_login(Call& call) {
  return login_page(call, call.query.find("to").value_or(""), {}, 200);
}

Result<HttpResponse> log_in(Call& call) {
  const Form form(call);
  const std::string to = form.text("to");
  const SessionCookie& cookie = call.service.cookie;
  const auto begun =
      begin_session(call.store, call.clock, call.random,
                    {.code = form.text("code"),
                     .client = call.request.header("user-agent"),
                     .replaces = cookie_of(call.request, cookie.name()).value_or("")});
  if (!begun) {
    const Error& error = begun.error();
    if (error.code != ErrorCode::not_permitted) {
      // It was no guess, but the database's affair.
      call.guesses.forget(call.request.peer);
      return std::unexpected(error);
    }
    call.guesses.report(call.request.peer, "login code", error.text);
    const Html hint = html<"<p>{}</p>">(command_wording().text(error.hint));
    return login_page(call, to, note("failed", "disabled", error.text, hint), 403);
  }
  call.guesses.forget(call.request.peer);
  HttpResponse answer = redirect(call, local_link(to));
  answer.headers.push_back({"set-cookie", cookie.begin(begun->token, longest_session)});
  return answer;
}

// To ask is a use of the session, and all that there is to do; only the script asks.
Result<HttpResponse> extend_session(Call& call) {
  Html content = session_end(call.caller);
  content += html<R"(<h1>Logged in</h1><p><a href="{}">Go to the webhooks</a></p>)">(
      Link("/admin/webhooks"));
  return bare_answer(call.request, call.service.base_path, "Logged in", content);
}

Result<HttpResponse> log_out(Call& call) {
  if (call.caller.session != SessionId{}) {
    const std::string id = to_text(call.caller.session);
    const auto ended = sessions_for(call).end({&id, 1});
    // Whoever ends it twice at once wants the same.
    if (!ended && ended.error().code != ErrorCode::not_found) {
      return std::unexpected(ended.error());
    }
  }
  HttpResponse answer = redirect(call, Link("/admin/login"));
  answer.headers.push_back({"set-cookie", call.service.cookie.end()});
  answer.headers.push_back({"clear-site-data", "\"cache\""});
  return answer;
}

}  // namespace thig::pages
