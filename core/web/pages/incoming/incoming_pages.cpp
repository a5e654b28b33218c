#include "core/web/pages/incoming/incoming_pages.h"

#include "core/api/shell_words.h"
#include "core/rules/incoming_rules.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/incoming/incoming_sample.h"
#include "core/web/pages/incoming/incoming_words.h"

#include <fmt/format.h>

namespace thig::pages {
namespace {

// Where nobody has said what the outside sees, the URL is this machine's own.
Html about_public_url(std::string_view base) {
  if (base != default_public_url) return {};
  return html<
      R"(<p class="small dim">It starts with this machine’s own address. To set the public address: <code>thig-hooks serve-incoming --public-url https://…</code></p>)">();
}

Html first_request(const IncomingHook& hook, std::string_view url) {
  Html signs;
  if (!hook.scheme.empty()) {
    signs = html<
        R"(<p class="small dim">It is not signed, so it is rejected; if it appears in the list of requests, the URL is correct. <code>thig-hooks sign</code> signs like {}.</p>)">(
        describe_scheme(hook.scheme));
  }
  return html<R"(<section><h2>Send a first request</h2>{}{}</section>)">(
      command(sample_curl(hook.action, single_quoted(url))), signs);
}

}  // namespace

Result<IncomingHook> hook_of(Call& call) {
  return find_incoming_webhook(call.store.incoming(), call.path.front());
}

Link hook_link(const IncomingHook& hook) {
  return Link("/admin/webhooks/incoming/{}", {to_text(hook.id)});
}

Link hook_link(const IncomingHook& hook, std::string_view page) {
  return Link("/admin/webhooks/incoming/{}/{}", {to_text(hook.id), page});
}

Html hook_head(const IncomingHook& hook, std::string_view title) {
  Html head = crumbs({{"Webhooks", Link("/admin/webhooks")},
                      {"Incoming", Link("/admin/webhooks").with("tab", "incoming")},
                      {hook.name, hook_link(hook)}});
  head += html<R"(<div class="head"><h1>{}</h1></div>)">(title);
  return head;
}

std::string hook_command(std::string_view operation, const IncomingHook& hook) {
  return ShellCommand(fmt::format("thig-hooks {}", operation)).positional(hook.name).text();
}

HttpResponse question_page(Call& call, const IncomingHook& hook, Question question) {
  if (!question.fields.empty()) {
    question.fields = html<R"(<div class="gap">{}</div>)">(question.fields);
  }
  return question_page(call, question, hook_head(hook, question.title),
                       hook_link(hook, question.page), hook_link(hook));
}

Result<Html> shown_url(Call& call, const IncomingHook& hook, std::string_view token,
                       std::string_view title, const Html& more) {
  THIG_TRY_ASSIGN(base, public_url_of(call.store.config(), std::nullopt));
  const std::string url = incoming_url(base, token);
  Html told = html<
      R"(<p>Give it to the sender. Anyone with the URL can send. Later, only Owners and Admins can reveal it, and each reveal is recorded.</p>{}{}{})">(
      copyable(url, "the URL"), about_public_url(base), more);
  Html all = note("warning", "failing", title, told);
  all += first_request(hook, url);
  return all;
}

}  // namespace thig::pages
