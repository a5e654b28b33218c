#include "core/api/command_wording.h"
#include "core/api/delivery_query.h"
#include "core/api/recovery_flow.h"
#include "core/api/shell_words.h"
#include "core/rules/access.h"
#include "core/web/operations.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/history/delivery_signs.h"
#include "core/web/pages/history/pages.h"
#include "core/web/pages/html/filters.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/parts.h"
#include "core/web/problem.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig::pages {
namespace {

constexpr std::size_t rows_at_once = 50;

// What the URL asks for, as it is written there.
struct Wanted {
  std::string webhook;
  std::string event;
  std::string state;  // several with commas
  std::string type;
  std::string status;
  std::string since;
  std::string until;
  std::string after;

  explicit Wanted(const Query& query)
      : webhook(query.find("webhook").value_or("")),
        event(query.find("event").value_or("")),
        state(fmt::format("{}", fmt::join(query.list("state"), ","))),
        type(query.find("type").value_or("")),
        status(fmt::format("{}", fmt::join(query.list("status"), ","))),
        since(query.find("since").value_or("")),
        until(query.find("until").value_or("")),
        after(query.find("after").value_or("")) {}

  Link with_state(std::string_view other) const {
    return Link("/admin/deliveries")
        .with("webhook", webhook)
        .with("event", event)
        .with("type", type)
        .with("status", status)
        .with("since", since)
        .with("until", until)
        .with("state", other);
  }
  Link link() const { return with_state(state); }
  // Beside the webhook and the state, of which there are counts.
  bool narrows() const {
    return !event.empty() || !type.empty() || !status.empty() || !since.empty() || !until.empty();
  }
};

std::optional<std::string> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

DeliveryQuery query_of(const Call& call, const Wanted& wanted) {
  return {.webhook = given(wanted.webhook),
          .event = given(wanted.event),
          .states = call.query.list("state"),
          .type = wanted.type,
          .outcomes = call.query.list("status"),
          .since = given(wanted.since),
          .until = given(wanted.until),
          .before = given(wanted.after),
          .limit = rows_at_once};
}

Html webhook_link(const Delivery& delivery) {
  return html<R"(<a class="plain" href="{}">{}</a>)">(
      Link("/admin/webhooks/outgoing/{}", {to_text(delivery.id.endpoint)}), delivery.endpoint_name);
}

Html outcome_cell(const Delivery& delivery) {
  if (!delivery.last) return html<R"(<td class="mid dim"></td><td class="num wide dim"></td>)">();
  return html<R"(<td class="mid {}">{}</td><td class="num wide dim">{}</td>)">(
      delivery.last->ok() ? "dim" : "bad", outcome_of(*delivery.last),
      span_text(delivery.last->duration));
}

Html next_cell(const Delivery& delivery, Time now) {
  if (delivery.state != DeliveryState::pending || !delivery.due_at) {
    return html<R"(<td class="wide dim"></td>)">();
  }
  const bool due = *delivery.due_at <= now;
  return html<R"(<td class="wide dim">{}</td>)">(due ? html<"due">()
                                                     : relative_time(*delivery.due_at, now));
}

Html row(const Delivery& delivery, bool may_retry, Time now) {
  const Time at = time_of(delivery.id.event);
  const std::string event = to_text(delivery.id.event);
  return html<
      R"(<tr id="{}">{}<td class="dim mid">{}</td><th scope="row" class="fill"><a class="name event" href="{}">{}</a><small class="brief cut">{} to {}</small></th><td class="wide"><a class="plain dim mono" href="{}">{}</a></td><td class="mid">{}</td><td>{}</td><td class="mid">{}</td>{}{}</tr>)">(
      to_text(delivery.id),
      may_retry ? tick_cell(to_text(delivery.id),
                            fmt::format("{} to {}", delivery.event_type, delivery.endpoint_name))
                : Html(),
      log_time(at, now), Link("/admin/deliveries/{}", {to_text(delivery.id)}), delivery.event_type,
      describe_relative(at, now), delivery.endpoint_name, Link("/admin/events/{}", {event}), event,
      webhook_link(delivery), delivery_sign(delivery.state), attempt_dots(delivery),
      outcome_cell(delivery), next_cell(delivery, now));
}

Html table(const FoundDeliveries& found, bool may_retry, Time now) {
  const Html tick = may_retry ? tick_head(found.deliveries.size()) : Html();
  Html rows;
  for (const Delivery& delivery : found.deliveries) rows += row(delivery, may_retry, now);
  return html<
      R"(<table><caption class="aside-text">Deliveries, newest event first</caption><thead><tr>{}<th scope="col" class="mid" data-utc>Time, UTC</th><th scope="col" class="fill">Event</th><th scope="col" class="wide">Event id</th><th scope="col" class="mid">Webhook</th><th scope="col">State</th><th scope="col" class="mid">Attempts</th><th scope="col" class="mid">Last outcome</th><th scope="col" class="num wide">Duration</th><th scope="col" class="wide">Next attempt</th></tr></thead><tbody>{}</tbody></table>)">(
      tick, rows);
}

Html in_bulk(const Html& table) {
  return html<
      R"(<form method="post" action="{}">{}<div class="bulk acts" role="group" aria-label="Actions on the selected deliveries"><strong>selected</strong><button name="do" value="retry">Retry</button><button name="do" value="cancel">Cancel</button><button type="reset" class="quiet">Clear</button></div></form>)">(
      Link("/admin/deliveries"), table);
}

// What is counted without a walk: all of a webhook, or of all of them.
Result<std::optional<WebhookTotals>> counts_of(Call& call, const Wanted& wanted,
                                               const DeliveryFilter& filter) {
  if (wanted.narrows()) return std::nullopt;
  if (!filter.endpoint) return call.store.statistics().totals();
  THIG_TRY_ASSIGN(stats, call.store.statistics().stats_of(*filter.endpoint, std::nullopt));
  return WebhookTotals{.webhooks = 1,
                       .pending = stats.pending,
                       .delivered = stats.delivered,
                       .dead = stats.dead,
                       .missed = stats.missed,
                       .cancelled = stats.cancelled};
}

Html facets(const Wanted& wanted, const std::optional<WebhookTotals>& counts) {
  const auto of = [&](std::int64_t WebhookTotals::*number) -> std::optional<std::int64_t> {
    return counts ? std::optional((*counts).*number) : std::nullopt;
  };
  const auto one = [&](std::string_view word, std::string_view state, auto number) {
    return facet(word, wanted.with_state(state), wanted.state == state, number);
  };
  Html all = facet("All", wanted.with_state(""), wanted.state.empty());
  all += one("Pending", "pending", of(&WebhookTotals::pending));
  all += one("Delivered", "delivered", of(&WebhookTotals::delivered));
  all += one("Dead", "dead", of(&WebhookTotals::dead));
  all += one("Missed", "missed", of(&WebhookTotals::missed));
  all += one("Cancelled", "cancelled", of(&WebhookTotals::cancelled));
  return html<
      R"(<div class="bar"><nav class="facets" aria-label="Filter by state">{}</nav><form class="acts" role="search" aria-label="By id" action="{}"><input type="search" name="id" placeholder="dlv_…, evt_… or req_…" aria-label="Id of a delivery, an event or a request" aria-keyshortcuts="/"><button>Go</button></form></div>)">(
      all, Link("/admin/deliveries"));
}

Html filters(const Wanted& wanted) {
  return html<
      R"(<form class="filters" role="search" aria-label="Filters" action="{}"><input type="hidden" name="state" value="{}"><label>Webhook<input name="webhook" value="{}" placeholder="any"></label><label>Event type<input name="type" value="{}" placeholder="any, or project.*"></label><label>Last outcome<input name="status" value="{}" placeholder="5xx, timeout"></label><label>Since<input name="since" value="{}" placeholder="2h"></label><label>Until<input name="until" value="{}" placeholder="now"></label><button>Filter</button><a class="btn quiet" href="{}">Clear</a></form>)">(
      Link("/admin/deliveries"), wanted.state, wanted.webhook, wanted.type, wanted.status,
      wanted.since, wanted.until, Link("/admin/deliveries"));
}

std::string shell_command(const Wanted& wanted) {
  ShellCommand command("thig-hooks deliveries");
  const auto flag = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) command.flag(name, value);
  };
  flag("--webhook", wanted.webhook);
  flag("--event", wanted.event);
  flag("--state", wanted.state);
  flag("--type", wanted.type);
  flag("--status", wanted.status);
  flag("--since", wanted.since);
  flag("--until", wanted.until);
  return command.text();
}

Html foot(const Wanted& wanted, const FoundDeliveries& found) {
  std::string told = "No deliveries.";
  if (!found.deliveries.empty()) {
    told = fmt::format(
        "{}, newest first: {} to {}",
        counted(static_cast<std::int64_t>(found.deliveries.size()), "delivery", "deliveries"),
        time_text(time_of(found.deliveries.front().id.event)),
        time_text(time_of(found.deliveries.back().id.event)));
  }
  if (found.searched_to) {
    told += fmt::format("; searched back to {}", time_text(time_of(found.searched_to->event)));
  }
  std::optional<Link> newest;
  std::optional<Link> older;
  if (!wanted.after.empty()) newest = wanted.link();
  if (const auto next = found.next()) older = wanted.link().with("after", to_text(*next));
  return pager(newest, older, told);
}

Html list(const Wanted& wanted, const FoundDeliveries& found, bool may_retry, Time now) {
  if (found.deliveries.empty() && !found.searched_to) {
    if (!wanted.narrows() && wanted.state.empty() && wanted.webhook.empty()) {
      return html<
          R"(<div class="blank"><h2>No deliveries yet</h2><p>When an application emits an event, each webhook that is subscribed to it gets a delivery.</p>{}</div>)">(
          command("thig-hooks emit project.created --data '{\"projectId\":\"proj_123\"}'"));
    }
    return html<
        R"(<div class="blank"><h2>No delivery matches</h2><a class="btn" href="{}">Clear filters</a></div>)">(
        Link("/admin/deliveries"));
  }
  Html all;
  if (!found.deliveries.empty()) {
    const Html rows = table(found, may_retry, now);
    all += may_retry ? in_bulk(rows) : rows;
  }
  all += foot(wanted, found);
  return all;
}

// "Recover all that match" where that is one webhook's.
Html head(const Call& call, const Wanted& wanted, const DeliveryFilter* filter) {
  Html acts;
  if (filter != nullptr && filter->endpoint && may(call.caller.actor.role, Action::retry)) {
    acts = html<R"(<div class="acts"><a class="btn" href="{}">Recover…</a></div>)">(
        Link("/admin/webhooks/outgoing/{}/recover", {to_text(*filter->endpoint)})
            .with("since", wanted.since)
            .with("until", wanted.until));
  }
  return html<R"(<div class="head"><h1>Deliveries</h1>{}</div>)">(acts);
}

HttpResponse list_answer(Call& call, const Wanted& wanted, const Html& content, int status) {
  return page_answer(call, {.title = "Deliveries",
                            .section = Section::deliveries,
                            .content = content,
                            .command = shell_command(wanted),
                            .status = status});
}

// What cannot be meant is said beside the filters, which stay as they were written.
HttpResponse refused(Call& call, const Wanted& wanted, const Error& error) {
  Html content = head(call, wanted, nullptr);
  content += filters(wanted);
  content += wrong_filter(error);
  return list_answer(call, wanted, content, status_of(error.code));
}

// An id leads to what it is of.
std::optional<Link> place_of(const std::string& id) {
  if (id.starts_with("dlv_")) return Link("/admin/deliveries/{}", {id});
  if (id.starts_with("evt_")) return Link("/admin/events/{}", {id});
  if (id.starts_with("req_")) return Link("/admin/requests/{}", {id});
  return std::nullopt;
}

}  // namespace

Result<HttpResponse> show_deliveries(Call& call) {
  const Wanted wanted(call.query);
  if (const auto id = call.query.find("id")) {
    if (const auto place = place_of(*id)) return redirect(call, *place);
    return refused(call, wanted,
                   {ErrorCode::usage, fmt::format("\"{}\" is not an id", *id),
                    "ids begin with dlv_, evt_ or req_"});
  }
  auto filter = read_query(call.store, query_of(call, wanted), call.now(), command_wording());
  if (!filter && is_about_filters(filter.error())) return refused(call, wanted, filter.error());
  THIG_TRY(filter);
  THIG_TRY_ASSIGN(counts, counts_of(call, wanted, *filter));
  THIG_TRY_ASSIGN(found, find_deliveries(call.store.history(), *filter));
  const bool may_retry = may(call.caller.actor.role, Action::retry);
  Html content = head(call, wanted, &*filter);
  content += facets(wanted, counts);
  content += filters(wanted);
  content += list(wanted, found, may_retry, call.now());
  return list_answer(call, wanted, content, 200);
}

Result<HttpResponse> change_deliveries(Call& call) {
  const Form form(call);
  std::vector<DeliveryId> ids;
  for (const std::string& text : form.all("id")) {
    THIG_TRY_ASSIGN(id, read_delivery_id(text));
    ids.push_back(id);
  }
  const std::string wish = form.text("do");
  Recovery recovery = recovery_for(call);
  if (wish == "cancel") {
    THIG_TRY(recovery.cancel(ids));
  } else if (wish == "retry") {
    THIG_TRY(retry_deliveries(call.store, recovery, ids));
  } else {
    return fail(ErrorCode::usage, "choose an action for the deliveries: retry or cancel");
  }
  return redirect(call, ids.size() == 1 ? Link("/admin/deliveries/{}", {to_text(ids.front())})
                                        : Link("/admin/deliveries"));
}

}  // namespace thig::pages
