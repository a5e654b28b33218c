#include "core/api/shell_words.h"
#include "core/api/webhook_query.h"
#include "core/rules/access.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/frame/overview.h"
#include "core/web/pages/frame/webhooks_frame.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/incoming/pages.h"
#include "core/web/pages/outgoing/first_steps.h"
#include "core/web/pages/outgoing/pages.h"
#include "core/web/pages/outgoing/webhook_signs.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::size_t rows_at_once = 50;
constexpr std::size_t chips_shown = 2;
constexpr WebhookStatus statuses[] = {WebhookStatus::failing, WebhookStatus::paused,
                                      WebhookStatus::disabled, WebhookStatus::enabled};

// What the URL asks for.
struct Wanted {
  std::string text;
  std::string state;
  std::string event;
  std::string after;  // the id of the last of the page before

  explicit Wanted(const Query& query)
      : text(query.find("q").value_or("")),
        state(query.find("state").value_or("")),
        event(query.find("event").value_or("")),
        after(query.find("after").value_or("")) {}

  OverviewQuery query() const {
    return {.search = WebhookSearch(text, event),
            .status = parse_webhook_status(state),
            .after = after,
            .limit = rows_at_once};
  }
  Link link() const {
    return Link("/admin/webhooks").with("q", text).with("event", event).with("state", state);
  }
  Link with_state(std::string_view other) const {
    return Link("/admin/webhooks").with("q", text).with("event", event).with("state", other);
  }
};

Html chips(const EndpointSummary& endpoint, const Link& link) {
  Html all;
  for (std::size_t i = 0; i < std::min(chips_shown, endpoint.events.size()); ++i) {
    if (i > 0) all += html<"<br>">();
    all += html<R"(<span class="chip">{}</span>)">(endpoint.events[i]);
  }
  if (endpoint.events.size() <= chips_shown) return all;
  const std::size_t more = endpoint.events.size() - chips_shown;
  all += html<
      R"( <a class="plain dim small" href="{}" aria-label="+{}: {} more events of {}">+{}</a>)">(
      link, more, more, endpoint.name, more);
  return all;
}

std::string_view rate_class(double rate) {
  if (rate < 0.9) return "bad";
  return rate < 0.97 ? "warn" : "";
}

Html rate_cell(const EndpointStats& stats) {
  const auto rate = stats.success_rate();
  if (!rate) return html<R"(<td class="num mid zero">—</td>)">();
  return html<R"(<td class="num mid {}">{}</td>)">(rate_class(*rate), percent(*rate));
}

Html last_cell(const EndpointStats& stats, Time now) {
  if (!stats.last_attempt_at) {
    return html<R"(<td class="mid"><span class="zero">never</span></td>)">();
  }
  const bool ok = stats.last_outcome.starts_with('2');
  return html<R"(<td class="mid"><span class="{}">{}</span><small>{}</small></td>)">(
      ok ? "" : "bad", stats.last_outcome, relative_time(*stats.last_attempt_at, now));
}

std::string brief(const EndpointStats& stats) {
  const auto rate = stats.success_rate();
  if (!rate) return "no deliveries yet";
  return fmt::format("{}, {} pending, {} dead", percent(*rate), grouped(stats.pending),
                     grouped(stats.dead));
}

Html row(const ListedWebhook& webhook, std::span<const HourCount> hours, bool may_change,
         Time now) {
  const EndpointSummary& endpoint = webhook.view.endpoint;
  const EndpointStats& stats = webhook.view.stats;
  const Link link("/admin/webhooks/outgoing/{}", {to_text(endpoint.id)});
  const Link deliveries = Link("/admin/deliveries").with("webhook", to_text(endpoint.id));
  return html<
      R"(<tr id="{}">{}<th scope="row" class="fill"><a class="name" href="{}">{}</a><span class="url cut">{}</span><small class="brief cut">{}</small></th><td>{}{}</td><td class="wide">{}</td>{}{}<td class="num wide">{}</td><td class="num mid">{}</td><td class="num mid">{}</td><td class="wide">{}</td></tr>)">(
      to_text(endpoint.id), may_change ? tick_cell(to_text(endpoint.id), endpoint.name) : Html(),
      link, endpoint.name, endpoint.url, brief(stats), status_sign(webhook),
      status_reason(webhook, now), chips(endpoint, link), rate_cell(stats), last_cell(stats, now),
      count(stats.attempts()), count_link(stats.pending, deliveries.with("state", "pending")),
      count_link(stats.dead, deliveries.with("state", "dead"), true), sparkline(hours));
}

Html table_head(std::size_t rows, bool may_change) {
  const Html tick = may_change ? tick_head(rows) : Html();
  return html<
      R"(<caption class="aside-text">Outgoing webhooks: those that need attention first, then by name</caption><thead><tr>{}<th scope="col" class="fill">Webhook</th><th scope="col">State</th><th scope="col" class="wide">Events</th><th scope="col" class="num mid">Success rate</th><th scope="col" class="mid">Last delivery</th><th scope="col" class="num wide">Total</th><th scope="col" class="num mid">Pending</th><th scope="col" class="num mid">Dead</th><th scope="col" class="wide">24 h</th></tr></thead>)">(
      tick);
}

Result<Html> table(Call& call, const Overview& listing, bool may_change) {
  const Time now = call.now();
  const Time since = now - std::chrono::hours(23);
  Html rows;
  for (const ListedWebhook& webhook : listing.rows) {
    THIG_TRY_ASSIGN(activity, call.store.statistics().activity(webhook.view.endpoint.id, since));
    const auto hours = every_hour(activity.hours, since, now, 24);
    rows += row(webhook, hours, may_change, now);
  }
  return html<R"(<table>{}<tbody>{}</tbody></table>)">(table_head(listing.rows.size(), may_change),
                                                       rows);
}

Html in_bulk(const Html& table) {
  return html<
      R"(<form method="post" action="{}">{}<div class="bulk acts" role="group" aria-label="Actions on the selected webhooks"><strong>selected</strong><button name="do" value="enable">Enable</button><button name="do" value="disable">Disable…</button><button name="do" value="recover">Recover…</button><button type="reset" class="quiet">Clear</button></div></form>)">(
      Link("/admin/webhooks"), table);
}

Html search(const Wanted& wanted) {
  return html<
      R"(<form class="acts" role="search" action="{}"><input type="hidden" name="state" value="{}"><input type="search" name="q" value="{}" placeholder="Name or URL" aria-label="Name or URL" aria-keyshortcuts="/"><input name="event" value="{}" placeholder="Event type" aria-label="Event type"><button>Filter</button></form>)">(
      Link("/admin/webhooks"), wanted.state, wanted.text, wanted.event);
}

Html facets(const Overview& listing, const Wanted& wanted) {
  Html all = facet("All", wanted.with_state(""), wanted.state.empty(), listing.matching);
  for (const WebhookStatus status : statuses) {
    const std::string_view word = to_text(status);
    all += facet(capital(word), wanted.with_state(word), wanted.state == word,
                 listing.by_status[static_cast<std::size_t>(status)]);
  }
  return html<
      R"(<div class="bar"><nav class="facets" aria-label="Filter by state">{}</nav>{}</div>)">(
      all, search(wanted));
}

Html figures_line(const WebhookTotals& totals) {
  const Link deliveries("/admin/deliveries");
  const auto of = [&](std::int64_t number, std::string_view state, std::string_view kind) {
    const std::string words = fmt::format("{} {}", grouped(number), state);
    if (number == 0) return plain(words);
    return html<R"(<a class="plain {}" href="{}">{}</a>)">(kind, deliveries.with("state", state),
                                                           words);
  };
  return html<R"(<p class="small dim">{} · {} · {}</p>)">(of(totals.pending, "pending", ""),
                                                          of(totals.dead, "dead", "bad"),
                                                          of(totals.missed, "missed", "bad"));
}

// Its button stands in the head, as it does above a list.
Html none_yet() {
  return html<
      R"(<div class="blank"><h2>No outgoing webhooks yet</h2><p>A webhook sends a signed HTTPS request to your endpoint for each event that it is subscribed to, and retries for an hour if that fails.</p><p class="small">In a shell:</p>{}</div>)">(
      command("thig-hooks add outgoing crm https://crm.example.com/hooks --event 'project.*'"));
}

Html none_matches(const Wanted& wanted, const Overview& listing) {
  std::string filters;
  const auto add = [&](std::string_view what, std::string_view value) {
    if (value.empty()) return;
    filters += fmt::format("{}{} {}", filters.empty() ? "" : ", ", what, value);
  };
  add("state is", wanted.state);
  add("name or URL contains", wanted.text);
  add("event is", wanted.event);
  Html without_state;
  if (!wanted.state.empty() && listing.matching > 0) {
    without_state = html<R"(<p><a href="{}">{} without the state</a></p>)">(
        wanted.with_state(""), counted(listing.matching, "webhook matches", "webhooks match"));
  }
  return html<
      R"(<div class="blank"><h2>No webhook matches</h2><p>Filters: {}.</p>{}<a class="btn" href="{}">Clear filters</a></div>)">(
      filters, without_state, Link("/admin/webhooks"));
}

Html foot(const Wanted& wanted, const Overview& listing) {
  const std::size_t last = listing.first + listing.rows.size();
  const std::string told = fmt::format("{}–{} of {}, those that need attention first, then by name",
                                       listing.first + 1, last, grouped(listing.total));
  std::optional<Link> newest;
  std::optional<Link> older;
  if (listing.first > 0) newest = wanted.link();
  if (static_cast<std::int64_t>(last) < listing.total) {
    older = wanted.link().with("after", to_text(listing.rows.back().view.endpoint.id));
  }
  return pager(newest, older, told);
}

Result<Html> body_of(Call& call, const Overview& listing, const Wanted& wanted) {
  const bool may_change = may(call.caller.actor.role, Action::configure);
  if (!listing.foremost) return none_yet();
  Html body = facets(listing, wanted);
  if (listing.rows.empty()) {
    body += none_matches(wanted, listing);
    return body;
  }
  THIG_TRY_ASSIGN(rows, table(call, listing, may_change));
  body += may_change ? in_bulk(rows) : rows;
  body += foot(wanted, listing);
  return body;
}

std::string shell_command(const Wanted& wanted) {
  ShellCommand command("thig-hooks list outgoing");
  if (!wanted.state.empty()) command.flag("--state", wanted.state);
  if (!wanted.event.empty()) command.flag("--event", wanted.event);
  return command.text();
}

}  // namespace

Result<HttpResponse> go_to_webhooks(Call& call) {
  return redirect(call, Link("/admin/webhooks"));
}

Result<HttpResponse> show_webhooks(Call& call) {
  if (call.query.find("tab") == "incoming") return show_incoming_webhooks(call);
  const Wanted wanted(call.query);
  THIG_TRY_ASSIGN(overview, read_overview(call.store, wanted.query(), call.now()));
  THIG_TRY_ASSIGN(hooks, call.store.incoming().hooks());
  THIG_TRY_ASSIGN(body, body_of(call, overview, wanted));
  Html content = webhooks_head(overview.foremost ? figures_line(overview.totals) : Html(),
                               Link("/admin/webhooks/new"), call.caller.actor);
  content +=
      direction_tabs(overview.totals.webhooks, static_cast<std::int64_t>(hooks.size()), true);
  content += told_to_lookers(call.caller.actor);
  THIG_TRY_ASSIGN(start, first_steps(call, overview));
  content += start;
  content += body;
  return page_answer(call, {.title = "Webhooks",
                            .section = Section::webhooks,
                            .content = content,
                            .command = shell_command(wanted),
                            .totals = &overview.totals});
}

}  // namespace thig::pages
