#include "core/web/pages/frame.h"
#include "core/web/pages/pages.h"
#include "core/web/pages/parts.h"

namespace thig::pages {

// The code stands behind the "#" of the link, where no log and no referrer has it: the script puts
// it into the field, and without a script it is pasted. A button has to be pressed, for links are
// opened by more than people.
Result<HttpResponse> show_login(Call& call) {
  const Html content = html<
      R"(<h1>Sign in</h1><p>Run this on the server and open the link that it prints. The link works once, for 5 minutes.</p>{}<form method="post" action="{}"><input type="hidden" name="to" value="{}"><label for="code">Or paste the code, the part after <code>#</code></label><input id="code" name="code" autocomplete="one-time-code" required data-hash><button class="main">Sign in</button></form><p class="small dim">No account here? An Owner adds you with <code>thig-hooks members add</code>.</p>)">(
      command("thig-hooks login-link"), Link("/admin/login"), call.query.find("to").value_or(""));
  return bare_answer(call.request, call.service.base_path, "Sign in", content);
}

}  // namespace thig::pages
