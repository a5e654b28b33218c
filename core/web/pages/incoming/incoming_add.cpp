#include "core/api/shell_words.h"
#include "core/dispatch/router.h"
#include "core/rules/access.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/incoming/incoming_form.h"
#include "core/web/pages/incoming/incoming_pages.h"
#include "core/web/pages/incoming/incoming_words.h"
#include "core/web/pages/incoming/pages.h"

#include <fmt/format.h>

namespace thig::pages {
namespace {

struct KindWords {
  ActionKind kind;
  std::string_view words;
};
constexpr KindWords kinds[] = {
    {ActionKind::create_project, "Create a project"},
    {ActionKind::add_note, "Add a note"},
    {ActionKind::emit, "Emit an event"},
    {ActionKind::run, "Run a command"},
};

// Letting a webhook run a command is for Owners, and is not offered to others.
Status check_may_add(Call& call, ActionKind kind) {
  THIG_TRY(incoming_webhooks_for(call).check_allowed());
  if (kind != ActionKind::run) return {};
  return check_access(call.caller.actor, Action::configure_command);
}

Html kind_facets(ActionKind current, const Member& member) {
  Html all;
  for (const KindWords& one : kinds) {
    if (one.kind == ActionKind::run && !may(member.role, Action::configure_command)) continue;
    all += facet(one.words, Link("/admin/webhooks/incoming/new").with("action", to_text(one.kind)),
                 one.kind == current);
  }
  return html<
      R"(<div class="bar"><nav class="facets" aria-label="Action for each request">{}</nav></div>)">(
      all);
}

std::string add_incoming_command(const IncomingFields& fields, ActionKind kind) {
  ShellCommand shell("thig-hooks add incoming");
  shell.flag("--action", to_text(kind));
  if (!fields.event.empty()) shell.flag("--event", fields.event);
  for (const std::string& rule : fields.set) shell.flag("--set", rule);
  for (const std::string& condition : fields.when) shell.flag("--when", condition);
  for (const std::string& word : fields.command) shell.flag("--command", word);
  if (!fields.scheme.empty()) shell.flag("--scheme", fields.scheme).flag("--secret-file", "FILE");
  return shell.positional(fields.name.empty() ? "issues" : fields.name).text();
}

Result<HttpResponse> add_incoming_page(Call& call, const IncomingFields& fields, ActionKind kind,
                                       bool disabled, const FormErrors& errors) {
  THIG_TRY_ASSIGN(types, known_event_types(call.store.config()));
  Html content = crumbs({{"Webhooks", Link("/admin/webhooks")},
                         {"Incoming", Link("/admin/webhooks").with("tab", "incoming")}});
  content += html<R"(<div class="head"><h1>Add Incoming Webhook</h1></div>)">();
  content += kind_facets(kind, call.caller.actor);
  content += errors.summary("Not added");
  content += html<R"(<form method="post" action="{}">{}{}{}{}</form>)">(
      Link("/admin/webhooks/incoming/new"), hidden("action", to_text(kind)),
      incoming_form_fields(fields, kind, types, true, errors),
      tick("disabled", "yes", "Add it disabled, and enable it later", disabled),
      form_end("Add Webhook", Link("/admin/webhooks").with("tab", "incoming")));
  return page_answer(call, {.title = "Add Incoming Webhook",
                            .section = Section::webhooks,
                            .content = content,
                            .command = add_incoming_command(fields, kind),
                            .status = errors.status(),
                            .changes_by_itself = false});
}

Result<HttpResponse> added_incoming_page(Call& call, const AddedIncoming& added) {
  const IncomingHook& hook = added.hook;
  THIG_TRY_ASSIGN(shown, shown_url(call, hook, added.token, "URL, shown only once", {}));
  if (hook.scheme.empty() && hook.allowed_addresses.empty()) {
    shown += html<
        R"(<p class="small dim">It is not signed: anyone with the URL can send. If the sender can sign, choose how under Edit.</p>)">();
  }
  Html content = crumbs({{"Webhooks", Link("/admin/webhooks")},
                         {"Incoming", Link("/admin/webhooks").with("tab", "incoming")}});
  content += html<
      R"(<div class="head"><h1>{} was added</h1>{}</div><div class="thin stack">{}<div class="acts"><a class="btn main" href="{}">Go to the webhook</a></div></div>)">(
      hook.name, hook.enabled ? sign("enabled", "enabled") : sign("off", "disabled"), shown,
      hook_link(hook));
  return page_answer(call, {.title = hook.name + " was added",
                            .section = Section::webhooks,
                            .content = content,
                            .command = hook_command("show", hook),
                            .status = 201,
                            .changes_by_itself = false});
}

ActionKind kind_of(std::string_view word) {
  return parse_action_kind(word).value_or(ActionKind::create_project);
}

}  // namespace

Result<HttpResponse> show_add_incoming(Call& call) {
  const ActionKind kind = kind_of(call.query.find("action").value_or(""));
  THIG_TRY(check_may_add(call, kind));
  return add_incoming_page(call, incoming_fields_of(IncomingHook()), kind, false, {});
}

Result<HttpResponse> add_incoming_webhook(Call& call) {
  const Form form(call);
  const IncomingFields fields = incoming_fields_of(form);
  const bool disabled = form.ticked("disabled");
  FormErrors errors;
  IncomingDraft draft{.settings = {}, .secret = form.find("secret")};
  draft.settings.action.kind = kind_of(form.text("action"));
  draft.settings.enabled = !disabled;
  THIG_TRY(check_may_add(call, draft.settings.action.kind));
  read_incoming_fields(fields, draft.settings, errors);
  if (!fields.scheme.empty() && !draft.secret) {
    errors.add("secret", "Paste the sender’s signing secret.");
  }
  if (errors.empty()) {
    const auto added = incoming_webhooks_for(call).add(draft);
    if (added) return added_incoming_page(call, *added);
    if (!is_for_the_form(added.error())) return std::unexpected(added.error());
    errors.add(added.error());
  }
  if (draft.secret && errors.of("secret").empty()) {
    errors.add("secret", "Enter it again: secrets are not shown.");
  }
  return add_incoming_page(call, fields, draft.settings.action.kind, disabled, errors);
}

}  // namespace thig::pages
