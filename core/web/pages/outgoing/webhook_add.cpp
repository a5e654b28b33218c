#include "core/api/shell_words.h"
#include "core/rules/retry_schedule.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/outgoing/pages.h"
#include "core/web/pages/outgoing/webhook_form.h"
#include "core/web/pages/outgoing/webhook_page.h"

#include <fmt/format.h>

namespace thig::pages {
namespace {

std::string add_command(const WebhookFields& fields) {
  ShellCommand command("thig-hooks add outgoing");
  for (const std::string& event : fields.events) command.flag("--event", event);
  for (const std::string& condition : fields.when) command.flag("--when", condition);
  if (fields.events.empty()) command.flag("--event", "project.*");
  command.positional(fields.name.empty() ? "crm" : fields.name);
  command.positional(fields.url.empty() ? "https://crm.example.com/hooks" : fields.url);
  return command.text();
}

Result<HttpResponse> add_page(Call& call, const WebhookFields& fields, bool disabled,
                              const FormErrors& errors) {
  THIG_TRY_ASSIGN(choices, read_event_choices(call.store, call.now()));
  Html content = crumbs({{"Webhooks", Link("/admin/webhooks")},
                         {"Outgoing", Link("/admin/webhooks").with("tab", "outgoing")}});
  content += html<R"(<div class="head"><h1>Add Webhook</h1></div>)">();
  content += errors.summary("Not added");
  content += html<R"(<form method="post" action="{}">{}{}{}</form>)">(
      Link("/admin/webhooks/new"), webhook_fields(fields, choices, true, errors),
      tick("disabled", "yes", "Add it disabled, and enable it when the receiver is ready",
           disabled),
      form_end("Add Webhook", Link("/admin/webhooks")));
  return page_answer(call, {.title = "Add Webhook",
                            .section = Section::webhooks,
                            .content = content,
                            .command = add_command(fields),
                            .status = errors.status(),
                            .changes_by_itself = false});
}

Html notes_about(std::span<const Remark> notes) {
  Html all;
  for (const Remark& note : notes) all += html<"<p>{}</p>">(as_sentence(form_wording().text(note)));
  return all;
}

// A bare t1 is verified otherwise.
Html how_to_verify(const Endpoint& endpoint) {
  if (endpoint.signature != SignatureMode::thig) return verifier_panes();
  return html<
      R"(<section><h2>Verify in your receiver</h2><p>webhook-signature contains the bare t1 hex: see <code>man 7 thig-hooks-signing</code> for the steps. <code>thig-hooks verify</code> explains why a signature does not match.</p></section>)">();
}

HttpResponse added_page(Call& call, const AddedWebhook& added) {
  const Endpoint& endpoint = added.endpoint;
  const bool enabled = endpoint.state == EndpointState::enabled;
  Html told = html<
      "<p>Store it where the receiver can read it. Later, only Owners and Admins can reveal it, "
      "and each reveal is recorded.</p>">();
  told += copyable(added.secret, "the secret");
  told += notes_about(added.notes);
  Html content =
      crumbs({{"Webhooks", Link("/admin/webhooks")}, {endpoint.name, webhook_link(endpoint)}});
  content += html<R"(<div class="head"><h1>{} was added</h1>{}</div>)">(
      endpoint.name, sign(enabled ? "enabled" : "off", to_text(endpoint.state)));
  content += html<
      R"(<div class="thin stack">{}{}<div class="acts"><a class="btn main" href="{}">Send Test</a><a class="btn" href="{}">Go to the webhook</a></div></div>)">(
      note("warning", "failing", "Signing secret, shown only once", told), how_to_verify(endpoint),
      webhook_link(endpoint, "test"), webhook_link(endpoint));
  return page_answer(call, {.title = endpoint.name + " was added",
                            .section = Section::webhooks,
                            .content = content,
                            .command = webhook_command("test", endpoint.name),
                            .status = 201,
                            .changes_by_itself = false});
}

}  // namespace

Result<HttpResponse> show_add_webhook(Call& call) {
  THIG_TRY(webhooks_for(call).check_allowed());
  Endpoint usual;
  usual.retry = default_retry_schedule();
  return add_page(call, fields_of(usual), false, {});
}

Result<HttpResponse> add_webhook(Call& call) {
  THIG_TRY(webhooks_for(call).check_allowed());
  const Form form(call);
  const WebhookFields fields = fields_of(form);
  const bool disabled = form.ticked("disabled");
  FormErrors errors;
  WebhookDraft draft{
      .settings = {}, .signature = {}, .secret = form.find("secret"), .active = !disabled};
  read_fields(fields, draft.settings, errors);
  draft.signature = draft.settings.signature;
  if (const auto there = call.store.config().find_endpoint(fields.name); there) {
    errors.add("name", fmt::format("A webhook named {} already exists.", there->name));
  }
  if (errors.empty()) {
    const auto added = webhooks_for(call).add(draft);
    if (added) return added_page(call, *added);
    if (!is_for_the_form(added.error())) return std::unexpected(added.error());
    errors.add(added.error());
  }
  if (draft.secret) errors.add("secret", "Enter it again: secrets are not shown.");
  return add_page(call, fields, disabled, errors);
}

}  // namespace thig::pages
