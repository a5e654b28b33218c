#include "core/web/pages/access/developer.h"

#include "core/api/api_key_view.h"
#include "core/api/shell_words.h"
#include "core/rules/access.h"
#include "core/web/pages/access/pages.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/parts.h"

#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig::pages {
namespace {

constexpr Millis expires_soon = std::chrono::days(7);

Html key_sign(const ApiKey& key, Time now) {
  switch (fault_of(key, now)) {
    case KeyFault::none:
      return sign("enabled", state_of(key, now));
    case KeyFault::disabled:
      return sign("off", state_of(key, now));
    case KeyFault::expired:
      return sign("disabled", state_of(key, now));
  }
  return {};
}

Html expiry_cell(const ApiKey& key, Time now) {
  if (!key.expires_at) return html<R"(<td class="mid zero">never</td>)">();
  const bool near = *key.expires_at > now && *key.expires_at - now < expires_soon;
  return html<R"(<td class="mid {}">{}</td>)">(near ? "warn" : "",
                                               relative_time(*key.expires_at, now));
}

Html used_cell(const ApiKey& key, Time now) {
  if (!key.last_used_at) return html<R"(<td class="mid zero">never</td>)">();
  return html<R"(<td class="mid">{}</td>)">(relative_time(*key.last_used_at, now));
}

Html key_row(const ApiKey& key, Time now) {
  const std::string id = to_text(key.id);
  return html<
      R"(<tr><th scope="row" class="fill"><span class="name">{}</span><small class="cut mono">{}…</small><small class="brief cut">{}</small></th><td class="mid">{}</td><td class="wide">{}</td><td>{}</td>{}{}<td class="num wide">{}</td><td><form method="post" action="{}"><button aria-label="{} {}">{}</button> <a class="btn danger" href="{}" aria-label="Remove {}…">Remove…</a></form></td></tr>)">(
      key.name, key.prefix, fmt::format("{}: {}", key.member, fmt::join(key.scopes.names(), ", ")),
      shortened(key.member, longest_in_column),
      fmt::format("{}", fmt::join(key.scopes.names(), ", ")), key_sign(key, now),
      expiry_cell(key, now), used_cell(key, now), count(key.requests),
      Link("/admin/settings/developer/keys/{}/{}", {id, key.enabled ? "disable" : "enable"}),
      key.enabled ? "Disable" : "Enable", key.name, key.enabled ? "Disable" : "Enable",
      Link("/admin/settings/developer/keys/{}/remove", {id}), key.name);
}

Html key_table(std::span<const ApiKey> keys, Time now) {
  Html rows;
  for (const ApiKey& key : keys) rows += key_row(key, now);
  return html<
      R"(<table><caption class="aside-text">API keys, by name</caption><thead><tr><th scope="col" class="fill">Name</th><th scope="col" class="mid">Member</th><th scope="col" class="wide">Scopes</th><th scope="col">State</th><th scope="col" class="mid">Expires</th><th scope="col" class="mid">Last used</th><th scope="col" class="num wide">Requests</th><th scope="col"><span class="aside-text">Actions</span></th></tr></thead><tbody>{}</tbody></table>)">(
      rows);
}

Html no_keys() {
  return html<
      R"(<p class="dim">No keys yet. A key lets a program on another machine use the HTTP API as a member.</p>)">();
}

// Whoever may have none learns why.
Result<Html> key_section(Call& call) {
  const auto keys = keys_for(call).list();
  Html body;
  if (keys) {
    body = keys->empty() ? no_keys() : key_table(*keys, call.now());
    body += html<
        R"(<p class="small foot">{} A key may do what both its scopes and its member’s current role allow.</p>)">(
        may(call.caller.actor.role, Action::manage_keys)
            ? "You see the keys of all members."
            : "You see your own keys; Owners see all.");
  } else if (keys.error().code == ErrorCode::not_permitted) {
    body = html<R"(<p class="note">{}</p>)">(sentence_of(keys.error()));
  } else {
    return std::unexpected(keys.error());
  }
  return html<R"(<section><h2>API keys</h2>{}</section>)">(body);
}

std::string curl(std::string_view url, std::string_view more = {}) {
  return fmt::format(R"(curl {} -H "Authorization: Bearer $THIG_KEY"{})", shell_word(url), more);
}

}  // namespace

Html developer_head(std::string_view title, const Html& beside) {
  Html head = crumbs({{"Developer", Link("/admin/settings/developer")}});
  head += html<R"(<div class="head"><h1>{}</h1>{}</div>)">(title, beside);
  return head;
}

HttpResponse developer_question(Call& call, Question question, const Link& action) {
  question.section = Section::developer;
  return question_page(call, question, developer_head(question.title), action,
                       Link("/admin/settings/developer"));
}

std::string api_base(const Call& call) {
  return fmt::format("{}://{}{}", call.service.secure ? "https" : "http",
                     call.request.header("host"), call.service.base_path);
}

Html first_event_steps(const Call& call, std::string_view key, bool may_emit, bool may_read) {
  const std::string base = api_base(call);
  Html steps =
      step("Store the key where the program can read it", fmt::format("export THIG_KEY={}", key));
  if (may_emit) {
    steps += step(
        "Emit an event; it is recorded before the response is sent",
        curl(
            base + "/api/events",
            R"( -H 'Content-Type: application/json' -d '{"event":"project.created","data":{"projectId":"proj_1"}}')"));
  }
  if (may_read) {
    steps += step("See which webhooks get it, with the id from the response",
                  curl(base + "/api/events/EVENT_ID"));
    steps += step("List the deliveries", curl(base + "/api/admin/deliveries?limit=5"));
  }
  steps += step("See the whole API, as OpenAPI", "curl " + shell_word(base + "/api/openapi.json"));
  return html<R"(<ol class="steps">{}</ol>)">(steps);
}

Result<HttpResponse> show_developer(Call& call) {
  THIG_TRY_ASSIGN(keys, key_section(call));
  THIG_TRY_ASSIGN(sessions, session_section(call));
  Html create;
  if (may(call.caller.actor.role, Action::own_keys)) {
    create = html<R"(<a class="btn main" href="{}" aria-keyshortcuts="n">Create API Key</a>)">(
        Link("/admin/settings/developer/keys/new"));
  }
  const std::string base = api_base(call);
  const Html use = html<
      R"(<section><h2>Send a first event</h2><p>The API is at <code id="base">{}</code> {}, described in <a href="{}">openapi.json</a>. It offers programs what these pages offer people.</p><div class="gap">{}</div></section>)">(
      base, copy_button("the base URL", "base"), Link("/api/openapi.json"),
      first_event_steps(call, "thig_…", true, true));
  const Html content = html<
      R"(<div class="head"><h1>Developer</h1><div class="acts"><a class="btn" href="{}">OpenAPI</a>{}</div></div><div class="stack">{}{}{}</div>)">(
      Link("/api/openapi.json"), create, keys, use, sessions);
  return page_answer(call, {.title = "Developer",
                            .section = Section::developer,
                            .content = content,
                            .command = "thig-hooks keys"});
}

}  // namespace thig::pages
