#include "core/rules/incoming_rules.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/incoming/incoming_pages.h"
#include "core/web/pages/incoming/pages.h"

#include <fmt/format.h>

namespace thig::pages {
namespace {

Result<HttpResponse> switched_hook(Call& call, bool enabled) {
  THIG_TRY_ASSIGN(hook, incoming_webhooks_for(call).set_enabled(call.path.front(), enabled));
  return redirect(call, hook_link(hook));
}

Html older_url(std::string_view url, Time until) {
  return html<
      R"(<p class="small dim">The previous URL works until {}:</p><div class="cmd"><code>{}</code></div>)">(
      full_time(until), url);
}

Html shown_secrets(const RevealedIncoming& revealed) {
  Html all;
  for (const Secret& secret : revealed.secrets) {
    all += copyable(secret.text, "the secret");
    if (secret.expires_at) {
      all +=
          html<R"(<p class="small dim">It is valid until {}.</p>)">(full_time(*secret.expires_at));
    }
  }
  if (!revealed.hook.verify_token.empty()) {
    all += html<R"(<p>Verify token: <code>{}</code></p>)">(revealed.hook.verify_token);
  }
  if (all.empty()) return {};
  return html<R"(<section><h2>Secrets that verify signatures</h2>{}</section>)">(all);
}

}  // namespace

Result<HttpResponse> enable_incoming_webhook(Call& call) {
  return switched_hook(call, true);
}

Result<HttpResponse> disable_incoming_webhook(Call& call) {
  return switched_hook(call, false);
}

Result<HttpResponse> ask_remove_incoming(Call& call) {
  THIG_TRY(incoming_webhooks_for(call).check_allowed());
  THIG_TRY_ASSIGN(hook, hook_of(call));
  return question_page(
      call, hook,
      {.title = fmt::format("Remove {}?", hook.name),
       .told = html<
           R"(<p>Its URL stops working immediately, and its requests are deleted. The projects, notes and events that they created stay. To stop it temporarily, disable it.</p>)">(),
       .button = "Remove",
       .page = "remove",
       .command = hook_command("remove", hook),
       .danger = true});
}

Result<HttpResponse> remove_incoming_webhook(Call& call) {
  THIG_TRY(incoming_webhooks_for(call).remove(call.path.front()));
  return redirect(call, Link("/admin/webhooks").with("tab", "incoming"));
}

// A POST, for that it was seen is recorded.
Result<HttpResponse> reveal_incoming_url(Call& call) {
  THIG_TRY_ASSIGN(revealed, incoming_webhooks_for(call).reveal(call.path.front()));
  const IncomingHook& hook = revealed.hook;
  if (revealed.tokens.empty()) return fail(ErrorCode::key, "the webhook has no URL");
  THIG_TRY_ASSIGN(base, public_url_of(call.store.config(), std::nullopt));
  Html older;
  for (const Secret& token : revealed.tokens) {
    if (token.expires_at) older += older_url(incoming_url(base, token.text), *token.expires_at);
  }
  THIG_TRY_ASSIGN(shown, shown_url(call, hook, revealed.tokens.front().text,
                                   "URL; this reveal was recorded", older));
  Html content = hook_head(hook, fmt::format("URL of {}", hook.name));
  shown += shown_secrets(revealed);
  content += html<
      R"(<div class="thin stack">{}<div class="acts"><a class="btn" href="{}">Go to the webhook</a></div></div>)">(
      shown, hook_link(hook));
  return page_answer(call, {.title = "URL of " + hook.name,
                            .section = Section::webhooks,
                            .content = content,
                            .command = hook_command("show", hook) + " --reveal-secret",
                            .changes_by_itself = false});
}

}  // namespace thig::pages
