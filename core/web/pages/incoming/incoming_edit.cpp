#include "core/dispatch/router.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/incoming/incoming_form.h"
#include "core/web/pages/incoming/incoming_pages.h"
#include "core/web/pages/incoming/incoming_words.h"
#include "core/web/pages/incoming/pages.h"

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::string_view seen_at = "seen";  // the field: what the form was made of

// Somebody may have changed it since the form was shown.
std::string seen_of(const IncomingHook& hook) {
  return std::to_string(to_millis(hook.updated_at));
}

Result<HttpResponse> edit_incoming_page(Call& call, const IncomingHook& hook,
                                        const IncomingFields& fields, const FormErrors& errors) {
  THIG_TRY_ASSIGN(types, known_event_types(call.store.config()));
  Html content = hook_head(hook, fmt::format("Edit {}", hook.name));
  content += errors.summary("Not changed");
  content += html<
      R"(<form method="post" action="{}">{}<p class="small dim">Action: {}. The kind of action cannot be changed.</p>{}{}</form>)">(
      hook_link(hook, "edit"), hidden(seen_at, seen_of(hook)), describe_action(hook.action),
      incoming_form_fields(fields, hook.action.kind, types, false, errors),
      form_end("Save", hook_link(hook)));
  return page_answer(call, {.title = "Edit " + hook.name,
                            .section = Section::webhooks,
                            .content = content,
                            .command = hook_command("edit", hook),
                            .status = errors.status(),
                            .changes_by_itself = false});
}

// What is off with the fields is found out within the transaction, for it is about the settings as
// they are then.
Result<EditedIncoming> edit_by_fields(Call& call, const Form& form, const IncomingFields& fields,
                                      FormErrors& errors) {
  const auto secret = form.find("secret");
  const auto change = [&](IncomingHook& settings) -> Status {
    const bool was_signed = !settings.scheme.empty();
    if (form.text(seen_at) != seen_of(settings)) {
      return fail(
          ErrorCode::conflict, "it was changed meanwhile",
          "your changes are below: save again to overwrite, or cancel to see the current settings");
    }
    read_incoming_fields(fields, settings, errors);
    if (!was_signed && !settings.scheme.empty() && !secret) {
      errors.add("secret", "Paste the sender’s signing secret.");
    }
    if (errors.empty()) return {};
    return fail(ErrorCode::invalid, "some fields need a change");
  };
  return incoming_webhooks_for(call).edit(call.path.front(), change, secret);
}

}  // namespace

Result<HttpResponse> show_edit_incoming(Call& call) {
  THIG_TRY_ASSIGN(hook, hook_of(call));
  THIG_TRY(incoming_webhooks_for(call).check_allowed(hook));
  return edit_incoming_page(call, hook, incoming_fields_of(hook), {});
}

Result<HttpResponse> edit_incoming_webhook(Call& call) {
  const Form form(call);
  const IncomingFields fields = incoming_fields_of(form);
  FormErrors errors;
  const auto edited = edit_by_fields(call, form, fields, errors);
  if (edited) return redirect(call, hook_link(edited->hook));
  if (!is_for_the_form(edited.error())) return std::unexpected(edited.error());
  if (errors.empty()) errors.add(edited.error());
  if (form.find("secret")) errors.add("secret", "Enter it again: secrets are not shown.");
  THIG_TRY_ASSIGN(hook, hook_of(call));
  return edit_incoming_page(call, hook, fields, errors);
}

}  // namespace thig::pages
