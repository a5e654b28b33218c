#include "core/web/pages/outgoing/webhook_page.h"

#include "core/api/shell_words.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/outgoing/verifiers.h"

#include <fmt/format.h>

namespace thig::pages {

Link webhook_link(const Endpoint& endpoint) {
  return Link("/admin/webhooks/outgoing/{}", {to_text(endpoint.id)});
}

Link webhook_link(const Endpoint& endpoint, std::string_view page) {
  return Link("/admin/webhooks/outgoing/{}/{}", {to_text(endpoint.id), page});
}

Html webhook_head(const Endpoint& endpoint, std::string_view title) {
  Html head =
      crumbs({{"Webhooks", Link("/admin/webhooks")}, {endpoint.name, webhook_link(endpoint)}});
  head += html<R"(<div class="head"><h1>{}</h1></div>)">(title);
  return head;
}

std::string webhook_command(std::string_view operation, std::string_view webhook,
                            std::string_view flags) {
  ShellCommand command(fmt::format("thig-hooks {}", operation));
  if (!flags.empty()) command.words(fmt::format(" {}", flags));
  return command.positional(webhook).text();
}

HttpResponse question_page(Call& call, const Endpoint& endpoint, const Question& question) {
  return question_page(call, question, webhook_head(endpoint, question.title),
                       webhook_link(endpoint, question.page), webhook_link(endpoint));
}

Html verifier_panes() {
  Html choices;
  Html programs;
  for (const Verifier& verifier : verifiers()) {
    choices += html<R"(<label><input type="radio" name="verifier"{}>{}</label>)">(
        flag<"checked">(programs.empty()), verifier.language);
    programs += html<R"(<pre class="box" data-language="{}">{}</pre>)">(verifier.language,
                                                                        verifier.program);
  }
  return html<
      R"(<section class="panes" id="verifiers"><div class="cap"><h2>Verify in your receiver</h2><div class="acts"><fieldset class="seg"><legend class="aside-text">Language</legend>{}</fieldset>{}</div></div>{}<p class="small dim">A complete program: it reads the secret and the headers from WEBHOOK_SECRET, WEBHOOK_ID, WEBHOOK_TIMESTAMP and WEBHOOK_SIGNATURE, and the raw body from standard input. For Go, PHP and C++, and a worked example, see <code>man 7 thig-hooks-signing</code>. To find out why a signature does not match, use <code>thig-hooks verify</code>.</p></section>)">(
      choices, copy_button("verify in your receiver", "verifiers"), programs);
}

}  // namespace thig::pages
