#include "core/api/webhook_view.h"
#include "core/documents/settings_json.h"
#include "core/setup/in_transaction.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/outgoing/pages.h"
#include "core/web/pages/outgoing/webhook_form.h"
#include "core/web/pages/outgoing/webhook_page.h"
#include "core/web/revision.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig::pages {
namespace {

// Of the settings alone: that it was disabled meanwhile is no reason to refuse another URL. Values
// of headers, which the form does not show, stay as they are then.
std::string settings_tag(const Endpoint& endpoint) {
  return web::entity_tag(object_document(
      [&](JsonWriter& json) { write_settings(json, endpoint, SecretParts::hidden); }));
}

// What the form shows besides its fields.
struct EditState {
  WebhookFields fields;
  std::string tag;
  FormErrors errors{};
  Html conflict{};  // it was changed meanwhile
  int status = 200;
};

Result<HttpResponse> edit_page(Call& call, const Endpoint& endpoint, const EditState& state) {
  THIG_TRY_ASSIGN(choices, read_event_choices(call.store, call.now()));
  Html content = webhook_head(endpoint, "Edit " + endpoint.name);
  content += state.conflict;
  content += state.errors.summary("Not saved");
  content += html<R"(<form method="post" action="{}">{}{}{}</form>)">(
      webhook_link(endpoint, "edit"), hidden("tag", state.tag),
      webhook_fields(state.fields, choices, false, state.errors),
      form_end("Save", webhook_link(endpoint)));
  return page_answer(call, {.title = "Edit " + endpoint.name,
                            .section = Section::webhooks,
                            .content = content,
                            .command = webhook_command("edit", endpoint.name, "--timeout 5s"),
                            .status = state.errors.empty() ? state.status : state.errors.status(),
                            .changes_by_itself = false});
}

// What is saved now beside what was sent. Of values of headers it tells nothing.
Html conflict_note(const Endpoint& saved, Endpoint sent) {
  for (Header& header : sent.headers) header.value.clear();
  Endpoint now = saved;
  for (Header& header : now.headers) header.value.clear();
  Html rows;
  for (const ChangedMember& one : changed_members(settings_difference(&now, &sent))) {
    rows += html<R"(<tr><th scope="row">{}</th><td>{}</td><td class="fill">{}</td></tr>)">(
        one.name, one.before, one.after);
  }
  Html body = html<
      R"(<p>Nothing was saved yet. Save again to overwrite the saved settings with yours, or <a href="{}">start again from the saved settings</a>.</p>)">(
      webhook_link(saved, "edit"));
  if (!rows.empty()) {
    body += html<
        R"(<table><caption class="aside-text">Differences</caption><thead><tr><th scope="col">Setting</th><th scope="col">Saved now</th><th scope="col" class="fill">Yours</th></tr></thead><tbody>{}</tbody></table>)">(
        rows);
  }
  return note("warning", "failing", saved.name + " was changed meanwhile", body);
}

// What came of it, when it could be decided.
struct Edited {
  Endpoint endpoint;
  bool changed_meanwhile = false;
};

// It is compared and changed in one transaction.
Result<Edited> save(Call& call, const std::string& id, const std::string& tag,
                    const WebhookFields& fields) {
  return in_transaction(call.store.config(), [&]() -> Result<Edited> {
    THIG_TRY_ASSIGN(before, find_webhook(call.store.config(), id));
    if (settings_tag(before) != tag) {
      return Edited{.endpoint = std::move(before), .changed_meanwhile = true};
    }
    THIG_TRY_ASSIGN(edited, webhooks_for(call).edit(id, [&](Endpoint& settings) -> Status {
      FormErrors none;
      read_fields(fields, settings, none);
      return {};
    }));
    return Edited{.endpoint = std::move(edited.endpoint)};
  });
}

}  // namespace

Result<HttpResponse> show_edit_webhook(Call& call) {
  THIG_TRY(webhooks_for(call).check_allowed());
  THIG_TRY_ASSIGN(endpoint, webhook_of(call));
  return edit_page(call, endpoint, {.fields = fields_of(endpoint), .tag = settings_tag(endpoint)});
}

Result<HttpResponse> edit_webhook(Call& call) {
  THIG_TRY(webhooks_for(call).check_allowed());
  THIG_TRY_ASSIGN(endpoint, webhook_of(call));
  const Form form(call);
  EditState state{.fields = fields_of(form), .tag = form.text("tag")};
  Endpoint wanted = endpoint;
  // Those that are kept have some value; which one, is no matter here.
  for (Header& header : wanted.headers) header.value = "kept";
  read_fields(state.fields, wanted, state.errors);
  if (!state.errors.empty()) return edit_page(call, endpoint, state);
  const auto edited = save(call, to_text(endpoint.id), state.tag, state.fields);
  if (edited && !edited->changed_meanwhile) return redirect(call, webhook_link(endpoint));
  if (edited) {
    state.tag = settings_tag(edited->endpoint);
    state.conflict = conflict_note(edited->endpoint, wanted);
    state.status = 412;
    return edit_page(call, edited->endpoint, state);
  }
  if (!is_for_the_form(edited.error())) return std::unexpected(edited.error());
  state.errors.add(edited.error());
  return edit_page(call, endpoint, state);
}

}  // namespace thig::pages
