#include "core/api/shell_words.h"
#include "core/rules/access.h"
#include "core/web/pages/access/developer.h"
#include "core/web/pages/access/pages.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/parts.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig::pages {
namespace {

constexpr Choice periods[] = {
    {"30", "in 30 days"},
    {"90", "in 90 days"},
    {"365", "in a year"},
    {"never", "never"},
};
constexpr std::string_view usual_period = "90";

struct ScopeWords {
  Scope scope;
  std::string_view words;
};
constexpr ScopeWords scope_words[] = {
    {Scope::emit, "emit: events"},
    {Scope::read, "read: lists, statistics and history"},
    {Scope::manage, "manage: webhooks and deliveries"},
    {Scope::secrets, "secrets: signing secrets and URLs with tokens"},
};

// What stands in the fields.
struct KeyFields {
  std::string name{};
  std::vector<std::string> scopes{};
  std::string expires{usual_period};
  std::string rate = std::to_string(ApiKeyDraft().rate);
  std::string member{};
};

KeyFields key_fields_of(const Form& form) {
  return {.name = form.text("name"),
          .scopes = form.all("scope"),
          .expires = form.text("expires"),
          .rate = form.text("rate"),
          .member = form.text("member")};
}

ApiKeyDraft draft_of(const KeyFields& fields, Time now, FormErrors& errors) {
  ApiKeyDraft draft{.name = fields.name, .member = fields.member, .scopes = {}};
  for (const std::string& scope : fields.scopes) {
    if (const auto known = parse_scope(scope)) draft.scopes.add(*known);
  }
  if (draft.scopes.empty()) errors.add("scope", "Choose what the key may do.");
  const auto period = std::ranges::find(periods, fields.expires, &Choice::value);
  if (period == std::end(periods)) {
    errors.add("expires", "Choose one of these.");
  } else if (fields.expires != "never") {
    draft.expires_at = now + std::chrono::days(std::stoi(fields.expires));
  }
  const char* end = fields.rate.data() + fields.rate.size();
  const auto read = std::from_chars(fields.rate.data(), end, draft.rate);
  if (read.ec != std::errc() || read.ptr != end) {
    errors.add("rate", fmt::format("Must be an integer from 1 to {}.", most_requests_a_minute));
  }
  return draft;
}

Html scope_boxes(const KeyFields& fields, const FormErrors& errors) {
  Html boxes;
  for (const ScopeWords& one : scope_words) {
    const std::string_view name = to_text(one.scope);
    boxes += tick("scope", name, one.words,
                  std::ranges::find(fields.scopes, name) != fields.scopes.end());
  }
  Html wrong;
  if (const std::string_view text = errors.of("scope"); !text.empty()) {
    wrong = html<R"(<p class="error">{}</p>)">(text);
  }
  return html<
      R"(<fieldset class="field" id="scope"><legend class="cap">What the key may do</legend>{}{}<small>The member’s role limits it, too. A program that only emits events needs only emit.</small></fieldset>)">(
      wrong, boxes);
}

// Only Owners make keys for others.
Result<Html> member_field(Call& call, const KeyFields& fields, const FormErrors& errors) {
  if (!may(call.caller.actor.role, Action::manage_keys)) return Html();
  THIG_TRY_ASSIGN(members, call.store.config().members());
  std::vector<Choice> choices{{"", "you"}};
  for (const Member& member : members) choices.push_back({member.name, member.name});
  return choice_field({.name = "member", .help = "The key acts as this member."}, choices,
                      fields.member, errors);
}

std::string add_key_command(const KeyFields& fields) {
  ShellCommand shell("thig-hooks keys add");
  shell.flag("--scope",
             fields.scopes.empty() ? "emit" : fmt::format("{}", fmt::join(fields.scopes, ",")));
  if (fields.expires != "never") shell.flag("--expires", fields.expires + "d");
  if (!fields.member.empty()) shell.flag("--member", fields.member);
  return shell.positional(fields.name.empty() ? "shop" : fields.name).text();
}

Result<HttpResponse> key_form(Call& call, const KeyFields& fields, const FormErrors& errors) {
  THIG_TRY_ASSIGN(member, member_field(call, fields, errors));
  Html all = text_field(
      {.name = "name", .help = "The program that uses it, such as shop or ci.", .required = true},
      fields.name, errors);
  all += scope_boxes(fields, errors);
  all += choice_field({.name = "expires"}, periods, fields.expires, errors);
  all += text_field({.name = "rate",
                     .help = "Maximum; further requests get 429.",
                     .type = "number",
                     .label = "Requests per minute"},
                    fields.rate, errors);
  all += member;
  Html content = developer_head("Create API Key");
  content += html<R"({}<form method="post" action="{}">{}{}</form>)">(
      errors.summary("Not created"), Link("/admin/settings/developer/keys/new"), all,
      form_end("Create API Key", Link("/admin/settings/developer")));
  return page_answer(call, {.title = "Create API Key",
                            .section = Section::developer,
                            .content = content,
                            .command = add_key_command(fields),
                            .status = errors.status(),
                            .changes_by_itself = false});
}

HttpResponse added_key_page(Call& call, const AddedApiKey& added) {
  const ApiKey& key = added.key;
  const Html told =
      html<R"(<p>Store it now: it is not saved here and cannot be shown again.</p>{})">(
          copyable(added.text, "the key"));
  Html content = developer_head(key.name + " was created", sign("enabled", "enabled"));
  content += html<
      R"(<div class="thin stack">{}<section><h2>A first request</h2>{}</section><div class="acts"><a class="btn main" href="{}">Done</a></div></div>)">(
      note("warning", "failing", "API key, shown only once", told),
      first_event_steps(call, added.text, key.scopes.has(Scope::emit), key.scopes.has(Scope::read)),
      Link("/admin/settings/developer"));
  return page_answer(call, {.title = key.name + " was created",
                            .section = Section::developer,
                            .content = content,
                            .command = "thig-hooks keys",
                            .status = 201,
                            .changes_by_itself = false});
}

Result<HttpResponse> switched_key(Call& call, bool enabled) {
  THIG_TRY(keys_for(call).set_enabled(call.path.front(), enabled));
  return redirect(call, Link("/admin/settings/developer"));
}

}  // namespace

Result<HttpResponse> show_add_key(Call& call) {
  THIG_TRY(check_access(call.caller.actor, Action::own_keys));
  return key_form(call, {}, {});
}

Result<HttpResponse> add_key(Call& call) {
  const KeyFields fields = key_fields_of(Form(call));
  FormErrors errors;
  const ApiKeyDraft draft = draft_of(fields, call.now(), errors);
  if (errors.empty()) {
    const auto added = keys_for(call).add(draft);
    if (added) return added_key_page(call, *added);
    if (!is_for_the_form(added.error())) return std::unexpected(added.error());
    errors.add(added.error());
  }
  return key_form(call, fields, errors);
}

Result<HttpResponse> enable_key(Call& call) {
  return switched_key(call, true);
}

Result<HttpResponse> disable_key(Call& call) {
  return switched_key(call, false);
}

Result<HttpResponse> ask_remove_key(Call& call) {
  THIG_TRY_ASSIGN(key, keys_for(call).find(call.path.front()));
  return developer_question(
      call,
      {.title = fmt::format("Remove the key {}?", key.name),
       .told = html<
           R"(<p>Every program that uses {}… of {} is refused immediately, and the key cannot be restored. To stop it temporarily, disable it.</p>)">(
           key.prefix, key.member),
       .button = "Remove",
       .command = ShellCommand("thig-hooks keys remove").positional(key.name).text(),
       .danger = true},
      Link("/admin/settings/developer/keys/{}/remove", {to_text(key.id)}));
}

Result<HttpResponse> remove_key(Call& call) {
  THIG_TRY(keys_for(call).remove(call.path.front()));
  return redirect(call, Link("/admin/settings/developer"));
}

}  // namespace thig::pages
