#include "core/api/delivery_query.h"
#include "core/api/stats_query.h"
#include "core/api/webhook_query.h"
#include "core/rules/access.h"
#include "core/rules/request_values.h"
#include "core/rules/retry_schedule.h"
#include "core/setup/webhooks.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/frame/overview.h"
#include "core/web/pages/history/delivery_signs.h"
#include "core/web/pages/html/charts.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/outgoing/pages.h"
#include "core/web/pages/outgoing/webhook_signs.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig::pages {
namespace {

using std::chrono::hours;

constexpr Millis shown_span = hours(23);  // and the hour that is not over
constexpr std::size_t shown_hours = 24;
constexpr std::size_t latest_rows = 8;

// Everything that the page tells of.
struct Told {
  WebhookDetails details;
  ListedWebhook listed;
  Activity activity;
  std::vector<Delivery> latest;

  const Endpoint& endpoint() const { return details.view.endpoint; }
  const EndpointStats& stats() const { return details.view.stats; }
  std::string id() const { return to_text(endpoint().id); }
  // Names can hold anything, and are longer; but they are what people know.
  const std::string& name() const { return endpoint().name; }
};

Result<Told> read(Call& call) {
  THIG_TRY_ASSIGN(endpoint, find_webhook(call.store.config(), call.path.front()));
  const EndpointId id = endpoint.id;
  THIG_TRY_ASSIGN(details, read_webhook(call.store, std::move(endpoint), call.now(), std::nullopt));
  THIG_TRY_ASSIGN(activity, call.store.statistics().activity(id, call.now() - shown_span));
  DeliveryFilter filter;
  filter.endpoint = id;
  filter.limit = latest_rows;
  THIG_TRY_ASSIGN(latest, call.store.history().deliveries(filter));
  Told told{.details = std::move(details),
            .listed = {},
            .activity = std::move(activity),
            .latest = std::move(latest)};
  told.listed.view = {.endpoint = summary_of(told.endpoint()),
                      .stats = told.stats(),
                      .health = told.details.view.health};
  told.listed.status = status_of(told.listed.view, call.now());
  return told;
}

Html link_button(std::string_view word, const Told& told, const char* path, bool main = false) {
  return html<R"(<a class="btn{}" href="{}">{}</a>)">(main ? " main" : "", Link(path, {told.id()}),
                                                      word);
}

Html menu_item(std::string_view word, const Told& told, const char* path, bool danger = false) {
  return html<R"(<li><a class="btn{}" href="{}">{}</a></li>)">(danger ? " danger" : "",
                                                               Link(path, {told.id()}), word);
}

Html acts(const Told& told, const Member& member) {
  if (!may(member.role, Action::configure)) return {};
  const bool enabled = told.endpoint().state == EndpointState::enabled;
  Html all = link_button("Send Test", told, "/admin/webhooks/outgoing/{}/test", enabled);
  all += link_button("Edit", told, "/admin/webhooks/outgoing/{}/edit");
  if (enabled) {
    all += link_button("Disable…", told, "/admin/webhooks/outgoing/{}/disable");
  }
  const bool paused = told.listed.status == WebhookStatus::paused;
  if (!enabled || paused) {
    all += html<R"(<button class="{}" formaction="{}">{}</button>)">(
        enabled ? "" : "main", Link("/admin/webhooks/outgoing/{}/enable", {told.id()}),
        paused ? "Resume" : "Enable");
  }
  Html more = menu_item("Recover…", told, "/admin/webhooks/outgoing/{}/recover");
  more += menu_item("Reveal the secret…", told, "/admin/webhooks/outgoing/{}/secret");
  more += menu_item("Rotate the secret…", told, "/admin/webhooks/outgoing/{}/rotate");
  more += menu_item("Remove…", told, "/admin/webhooks/outgoing/{}/remove", true);
  all += html<R"(<details class="menu"><summary class="btn">More</summary><ul>{}</ul></details>)">(
      more);
  return html<R"(<form class="acts" method="post">{}</form>)">(all);
}

Html head(const Told& told, const Member& member) {
  const Link all("/admin/webhooks");
  const Link deliveries = Link("/admin/deliveries").with("webhook", told.id());
  const Link changes = Link("/admin/audit-logs").with("subject", told.name());
  Html tabs = tab("Overview", Link("/admin/webhooks/outgoing/{}", {told.id()}), true);
  tabs += tab("Deliveries", deliveries, false);
  tabs += tab("Changes", changes, false);
  return html<
      R"({}<div class="head"><h1>{}</h1>{}{}</div><p class="sub"><span class="url" id="url">{}</span>{}</p><nav class="tabs" aria-label="{}">{}</nav>)">(
      crumbs({{"Webhooks", all}, {"Outgoing", all.with("tab", "outgoing")}}), told.name(),
      status_sign(told.listed), acts(told, member), told.endpoint().url, copy_button("URL", "url"),
      told.name(), tabs);
}

Html step(std::string_view text, const std::string& shell) {
  return html<"<li><span>{}</span>{}</li>">(text, command(shell));
}

// The way back, for one that was disabled or fails.
Html why(const Told& told, Time now) {
  if (told.listed.status == WebhookStatus::enabled) return {};
  const bool by_failures = disabled_by_failures(told.listed.view.endpoint);
  const std::string reason = describe_status(told.listed, now);
  const EndpointStats& stats = told.stats();
  if (told.listed.status != WebhookStatus::disabled) {
    const std::string title =
        told.listed.status == WebhookStatus::paused ? "Paused " + reason : "Failing: " + reason;
    Html advice;
    if (!told.latest.empty() && told.latest.front().last) {
      advice = html<"<p>{}</p>">(advice_for(*told.latest.front().last));
    }
    return note("warning", to_text(told.listed.status), title, advice);
  }
  const std::string lost = fmt::format(
      "{} and {} since. Nothing is lost: when the endpoint is fixed, everything can be sent in "
      "order.",
      stats.pending == 1 ? "1 delivery is pending"
                         : grouped(stats.pending) + " deliveries are pending",
      stats.missed == 1 ? "1 was missed" : grouped(stats.missed) + " were missed");
  Html ways = step("Check the endpoint", "thig-hooks test " + told.id());
  ways += step("Enable the webhook; pending deliveries resume", "thig-hooks enable " + told.id());
  ways += step("Recover what it missed, oldest first",
               fmt::format("thig-hooks recover {} --since {}", told.id(),
                           format_rfc3339(told.endpoint().state_since)));
  const Html body = html<R"(<p>{}</p><ol class="steps">{}</ol>)">(lost, ways);
  return note(by_failures ? "failed" : "", by_failures ? "disabled" : "off", "Disabled: " + reason,
              body);
}

Html figure(std::string_view name, const Html& value, std::string_view below) {
  return html<"<div><dt>{}</dt><dd>{}</dd><dd>{}</dd></div>">(name, value, below);
}

Html lost_count(std::int64_t number, const Link& link) {
  return number == 0 ? html<R"(<span class="zero">0</span>)">()
                     : html<R"(<a class="plain bad" href="{}">{}</a>)">(link, grouped(number));
}

std::string next_attempt_text(const Told& told, Time now) {
  const auto next = next_attempt(told.details.view);
  if (!next) return "none";
  if (told.endpoint().state == EndpointState::disabled) return "when enabled";
  return *next <= now ? "due" : describe_relative(*next, now);
}

Html figures(const Told& told, Time now) {
  std::int64_t ok = 0;
  std::int64_t all = 0;
  for (const HourCount& hour : told.activity.hours) {
    ok += hour.ok;
    all += hour.ok + hour.failed;
  }
  const auto p95 = latency_percentile(told.activity.latency, 0.95);
  const auto backlog = told.stats().backlog_age(now);
  const Link deliveries = Link("/admin/deliveries").with("webhook", told.id());
  Html cells =
      figure("Success rate, 24 h", plain(all == 0 ? "—" : percent(double(ok) / double(all))),
             fmt::format("{} of {} attempts", grouped(ok), grouped(all)));
  cells += figure("Latency, p95", plain(p95 ? span_text(*p95) : "—"),
                  fmt::format("limit {}", format_duration(told.endpoint().timeout)));
  cells += figure("Pending", count_link(told.stats().pending, deliveries.with("state", "pending")),
                  backlog ? "oldest due " + span_text(*backlog) : "none is due");
  cells += figure("Dead", lost_count(told.stats().dead, deliveries.with("state", "dead")),
                  "retries exhausted");
  cells += figure("Missed", lost_count(told.stats().missed, deliveries.with("state", "missed")),
                  "while disabled");
  cells += figure("Next attempt", plain(next_attempt_text(told, now)),
                  counted(told.stats().attempts(), "attempt in total", "attempts in total"));
  return html<R"(<dl class="figures">{}</dl>)">(cells);
}

Html failures(const Told& told) {
  if (told.activity.failures.empty()) {
    return html<
        R"(<section><h2>Failures by outcome</h2><p class="dim">No failures in 24 h.</p></section>)">();
  }
  std::vector<MeterRow> rows;
  for (const FailureCount& failure : told.activity.failures) {
    const Link link = Link("/admin/deliveries")
                          .with("webhook", told.id())
                          .with("status", failure.outcome)
                          .with("since", "24h");
    rows.push_back({.name = html<R"(<a class="plain" href="{}">{}</a>)">(link, failure.outcome),
                    .length = double(failure.attempts),
                    .value = grouped(failure.attempts)});
  }
  return html<R"(<section><h2>Failures by outcome</h2>{}</section>)">(meter(rows, "bad"));
}

Html latencies(const Told& told) {
  struct Share {
    std::string_view name;
    double fraction;
  };
  constexpr Share shares[] = {{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}, {"slowest", 1.0}};
  std::vector<MeterRow> rows;
  for (const Share& share : shares) {
    const auto value = latency_percentile(told.activity.latency, share.fraction);
    if (!value) continue;
    rows.push_back(
        {.name = plain(share.name), .length = double(value->count()), .value = span_text(*value)});
  }
  if (rows.empty()) {
    return html<R"(<section><h2>Latency</h2><p class="dim">No attempts in 24 h.</p></section>)">();
  }
  return html<R"(<section><h2>Latency</h2>{}</section>)">(meter(rows, "good"));
}

Html latest_row(const Delivery& delivery, Time now) {
  const Time at = delivery.last ? delivery.last->started_at : time_of(delivery.id.event);
  return html<
      R"(<tr><td class="dim">{}</td><th scope="row" class="fill"><a class="name event" href="{}">{}</a></th><td>{}</td><td class="mid {}">{}</td><td class="num dim mid">{}</td></tr>)">(
      log_time(at, now), Link("/admin/deliveries/{}", {to_text(delivery.id)}), delivery.event_type,
      delivery_sign(delivery.state), delivery.last && !delivery.last->ok() ? "bad" : "",
      delivery.last ? outcome_of(*delivery.last) : "",
      delivery.last ? span_text(delivery.last->duration) : "");
}

Html latest(const Told& told, Time now) {
  if (told.latest.empty()) {
    return html<
        R"(<section><h2>Latest deliveries</h2><p class="dim">No deliveries yet: it gets one when an event that it is subscribed to is emitted.</p></section>)">();
  }
  Html rows;
  for (const Delivery& delivery : told.latest) rows += latest_row(delivery, now);
  return html<
      R"(<section><div class="cap"><h2>Latest deliveries</h2><a class="small" href="{}">All deliveries</a></div><table><caption class="aside-text">The latest deliveries to {}</caption><tbody>{}</tbody></table></section>)">(
      Link("/admin/deliveries").with("webhook", told.id()), told.name(), rows);
}

std::string signature_words(const Endpoint& endpoint) {
  switch (endpoint.signature) {
    case SignatureMode::both:
      return "v1 and t1";
    case SignatureMode::standard:
      return "v1 (Standard Webhooks)";
    case SignatureMode::thig:
      return "bare hex";
  }
  return {};
}

std::string retry_words(const Endpoint& endpoint) {
  if (endpoint.retry.empty()) return "none";
  std::string text;
  for (const Millis wait : endpoint.retry) {
    text += (text.empty() ? "after " : ", ") + format_duration(wait);
  }
  return text;
}

Html secret_row(const Told& told) {
  if (!told.details.secrets || told.details.secrets->empty()) {
    return html<R"(<dt>Secret</dt><dd class="bad">cannot be read</dd>)">();
  }
  Html all;
  for (const Secret& secret : *told.details.secrets) {
    all += html<"<code>{}</code> ">(masked_secret(secret.text));
    if (secret.expires_at) all += html<"until {} ">(full_time(*secret.expires_at));
  }
  return html<"<dt>Secret</dt><dd>{}</dd>">(all);
}

Html optional_row(std::string_view name, std::string_view value) {
  if (value.empty()) return {};
  return html<R"(<dt>{}</dt><dd>{}</dd>)">(name, value);
}

Html settings(const Told& told, bool may_change) {
  const Endpoint& endpoint = told.endpoint();
  Html events;
  for (const std::string& event : endpoint.events) {
    events += html<R"(<span class="chip">{}</span> )">(event);
  }
  Html edit;
  if (may_change) {
    edit = html<R"(<a class="small" href="{}">Edit</a>)">(
        Link("/admin/webhooks/outgoing/{}/edit", {told.id()}));
  }
  Html rows = optional_row("Description", endpoint.description);
  rows +=
      html<R"(<dt>Id</dt><dd class="mono">{}</dd><dt>Events</dt><dd>{}</dd>)">(told.id(), events);
  for (const Condition& condition : endpoint.conditions) {
    rows += html<R"(<dt>Only if</dt><dd class="mono">{}</dd>)">(to_text(condition));
  }
  rows += secret_row(told);
  rows += optional_row("Signature", signature_words(endpoint));
  rows += optional_row("Extra signature", endpoint.signature_header);
  rows += optional_row("Retries", retry_words(endpoint));
  rows += optional_row("Timeout", format_duration(endpoint.timeout));
  rows += optional_row("Concurrent attempts", fmt::format("up to {}", endpoint.max_in_flight));
  rows += optional_row(
      "Rate", endpoint.rate > 0 ? fmt::format("{:g} per second", endpoint.rate) : "no limit");
  if (!endpoint.headers.empty()) {
    std::vector<std::string> names;
    for (const Header& header : endpoint.headers) names.push_back(header.name);
    rows += optional_row("Extra headers", fmt::format("{}", fmt::join(names, ", ")));
  }
  rows += optional_row("CA file", endpoint.ca_file);
  rows += optional_row("Client certificate", endpoint.client_cert);
  if (endpoint.allow_private) rows += optional_row("Private addresses", "allowed");
  rows += html<"<dt>Created</dt><dd>{}</dd><dt>Changed</dt><dd>{}</dd>">(
      full_time(endpoint.created_at), full_time(endpoint.updated_at));
  return html<
      R"(<section><div class="cap"><h2>Settings</h2>{}</div><dl class="rows">{}</dl></section>)">(
      edit, rows);
}

}  // namespace

Result<HttpResponse> show_webhook_page(Call& call) {
  THIG_TRY_ASSIGN(told, read(call));
  const Time now = call.now();
  Html content = head(told, call.caller.actor);
  content += why(told, now);
  content += figures(told, now);
  const auto shown = every_hour(told.activity.hours, now - shown_span, now, shown_hours);
  content += html<
      R"(<div class="split"><div class="stack">{}<div class="pair">{}{}</div>{}</div>{}</div>)">(
      hour_chart(shown), failures(told), latencies(told), latest(told, now),
      settings(told, may(call.caller.actor.role, Action::configure)));
  return page_answer(call, {.title = told.name(),
                            .section = Section::webhooks,
                            .content = content,
                            .command = "thig-hooks show " + told.id()});
}

}  // namespace thig::pages
