#include "core/api/command_wording.h"
#include "core/api/delivery_query.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/history/pages.h"
#include "core/web/pages/html/bodies.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/parts.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::size_t most_told = 200;

// Whether something came of the event for this webhook.
bool got_it(const ToldReception& told) {
  return told.delivery.has_value();
}

std::string_view sign_class(Reception reception) {
  switch (reception) {
    case Reception::delivered:
    case Reception::pending:
    case Reception::dead:
    case Reception::missed:
      return to_text(reception);
    default:
      return "off";
  }
}

std::string in_words(Reception reception) {
  std::string text(to_text(reception));
  std::ranges::replace(text, '_', ' ');
  return text;
}

Html row(const ToldReception& told) {
  const Link webhook("/admin/webhooks/outgoing/{}", {to_text(told.endpoint.id)});
  const Html state =
      sign(sign_class(told.explanation.reception), in_words(told.explanation.reception));
  const Html shown = told.delivery
                         ? html<R"(<a class="plain" href="{}">{}</a>)">(
                               Link("/admin/deliveries/{}", {to_text(*told.delivery)}), state)
                         : state;
  return html<
      R"(<tr><th scope="row" class="fill"><a class="name" href="{}">{}</a><small>{}</small></th><td>{}</td></tr>)">(
      webhook, told.endpoint.name, command_wording().text(told.explanation.why), shown);
}

Html table(std::span<const ToldReception> told) {
  Html rows;
  const std::size_t shown = std::min(told.size(), most_told);
  for (const ToldReception& one : told.first(shown)) rows += row(one);
  Html rest;
  if (shown < told.size()) {
    rest = html<R"(<p class="small dim">and {} more</p>)">(
        grouped(static_cast<std::int64_t>(told.size() - shown)));
  }
  return html<
      R"(<section><h2>Who got it, and why others did not</h2><table><caption class="aside-text">The outcome for each webhook</caption><thead><tr><th scope="col" class="fill">Webhook</th><th scope="col">Outcome</th></tr></thead><tbody>{}</tbody></table>{}</section>)">(
      rows, rest);
}

Html facts(const Event& event, std::size_t webhooks) {
  return html<
      R"(<section><h2>Event</h2><dl class="rows"><dt>Id</dt><dd class="mono">{}</dd><dt>Type</dt><dd class="mono">{}</dd><dt>Emitted</dt><dd>{}</dd><dt>Webhooks</dt><dd>{}</dd></dl></section>)">(
      to_text(event.id), event.type, full_time(time_of(event.id)),
      counted(static_cast<std::int64_t>(webhooks), "webhook got it", "webhooks got it"));
}

}  // namespace

Result<HttpResponse> show_event_page(Call& call) {
  const auto id = parse_event_id(call.path.front());
  if (!id) {
    return fail(ErrorCode::not_found, fmt::format("\"{}\" is not an event id", call.path.front()),
                "an event id looks like evt_0nvpz4gk20400");
  }
  THIG_TRY_ASSIGN(event, call.store.history().event(*id));
  THIG_TRY_ASSIGN(told, tell_receptions(call.store, event, call.now()));
  std::ranges::stable_partition(told, got_it);
  const auto webhooks = static_cast<std::size_t>(std::ranges::count_if(told, got_it));
  Html parts = table(told);
  parts += body_section("Payload", "payload", {.bytes = event.body});
  const Html content = html<
      R"({}<div class="head"><h1>{}</h1></div><div class="split"><div class="stack">{}</div>{}</div>)">(
      crumbs({{"Deliveries", Link("/admin/deliveries").with("event", to_text(event.id))}}),
      event.type, parts, facts(event, webhooks));
  return page_answer(call, {.title = event.type,
                            .section = Section::deliveries,
                            .content = content,
                            .command = "thig-hooks deliveries explain " + to_text(event.id)});
}

}  // namespace thig::pages
