#include "core/api/request_query.h"
#include "core/base/json.h"
#include "core/incoming/requests.h"
#include "core/rules/access.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/bodies.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/incoming/incoming_words.h"
#include "core/web/pages/incoming/pages.h"
#include "core/web/pages/incoming/request_verdict.h"

#include <optional>

#include <fmt/format.h>

namespace thig::pages {
namespace {

Html request_head(const IncomingRequest& request, std::string_view name, const Member& actor) {
  Html replay;
  if (can_replay(request) && may(actor.role, Action::replay)) {
    const std::string_view kind = request.state == RequestState::failed ? "main" : "";
    replay = html<
        R"(<form class="acts" method="post" action="{}"><button class="{}">Replay</button></form>)">(
        Link("/admin/requests/{}/replay", {to_text(request.id)}), kind);
  }
  return html<R"(<div class="head"><h1>Request to {}</h1>{}{}</div>)">(
      name, request_sign(request.state), replay);
}

// As the API has them: a value that is sealed is null.
std::string headers_text(const IncomingRequest& request) {
  std::string text;
  for (const JsonMember& header : json_members(request.headers)) {
    text += fmt::format("{}: {}\n", header.name, json_text(header.value).value_or("(sealed)"));
  }
  return text;
}

Html text_box(std::string_view title, std::string_view id, std::string_view text) {
  if (text.empty()) return {};
  return html<
      R"(<section><div class="cap"><h2>{}</h2>{}</div><pre class="box" id="{}">
{}</pre></section>)">(title, copy_button(title, id), id, text);
}

Html as_it_came(const IncomingRequest& request) {
  if (request.state == RequestState::rejected || request.state == RequestState::duplicate) {
    Html all = text_box("Query", "query", request.query);
    all += text_box("Headers", "headers", headers_text(request));
    all += html<R"(<p class="dim">{}</p>)">(
        request.state == RequestState::rejected
            ? "The headers and body of a rejected request are not recorded."
            : "The body of a duplicate is not recorded.");
    return all;
  }
  Html all = body_section("Body", "body",
                          {.bytes = request.body,
                           .content_type = request.content_type,
                           .whole_size = request.body_size});
  all += text_box("Query", "query", request.query);
  all += text_box("Headers", "headers", headers_text(request));
  if (request.masked) {
    all += html<
        R"(<p class="small dim">Values with names such as token, key or authorization are sealed. Owners and Admins can see them with <code>thig-hooks requests show {} --reveal-secret</code>, which is recorded.</p>)">(
        to_text(request.id));
  }
  return all;
}

Html request_facts(const IncomingRequest& request, const std::optional<IncomingHook>& hook) {
  Html all = fact("Id", to_text(request.id), true);
  if (hook) {
    all += html<R"(<dt>Webhook</dt><dd><a href="{}">{}</a></dd>)">(
        Link("/admin/webhooks/incoming/{}", {to_text(hook->id)}), hook->name);
    all += fact("Action", describe_action(hook->action));
    all += fact("Signed by", describe_scheme(hook->scheme));
  }
  all += html<"<dt>Received</dt><dd>{}</dd>">(full_time(request.received_at));
  if (request.ended_at) all += html<"<dt>Ended</dt><dd>{}</dd>">(full_time(*request.ended_at));
  all += fact("From", request.peer, true);
  all += fact("Content type", request.content_type, true);
  all += fact("Sender’s id", request.delivery_id, true);
  all += fact("Size", size_text(request.body_size));
  if (request.runs > 0) all += fact("Action run", counted(request.runs, "time", "times"));
  return html<R"(<section><h2>Request</h2><dl class="rows">{}</dl></section>)">(all);
}

}  // namespace

Result<HttpResponse> show_request(Call& call) {
  THIG_TRY_ASSIGN(id, read_request_id(call.path.front()));
  THIG_TRY_ASSIGN(request, call.store.requests().one(id));
  THIG_TRY_ASSIGN(hook, call.store.incoming().find_by_id(request.hook));
  const std::string name = hook ? hook->name : to_text(request.hook);
  Html content = crumbs({{"Requests", Link("/admin/requests")},
                         {name, Link("/admin/requests").with("webhook", name)}});
  content += request_head(request, name, call.caller.actor);
  content += request_verdict(request, hook);
  content += html<R"(<div class="split"><div class="stack">{}</div>{}</div>)">(
      as_it_came(request), request_facts(request, hook));
  return page_answer(call, {.title = "Request to " + name,
                            .section = Section::requests,
                            .content = content,
                            .command = "thig-hooks requests show " + to_text(id)});
}

Result<HttpResponse> replay_request(Call& call) {
  THIG_TRY_ASSIGN(id, read_request_id(call.path.front()));
  THIG_TRY(thig::replay_request(call.store.requests(), call.caller.actor, id));
  return redirect(call, Link("/admin/requests/{}", {to_text(id)}));
}

}  // namespace thig::pages
