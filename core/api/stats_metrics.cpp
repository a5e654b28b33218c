#include "core/api/stats_metrics.h"

#include "core/api/installation_metrics.h"
#include "core/api/prometheus.h"
#include "core/api/webhook_status.h"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

using Failures = std::map<std::string, std::int64_t>;  // by outcome

// A webhook with its name as a label; or all that have no label of their own, without a name and a
// status.
struct Labelled {
  std::string name{};
  EndpointStats stats{};
  std::optional<WebhookStatus> status{};
  Failures failures{};
};
using Views = std::span<const Labelled>;

std::vector<Labelled> labelled(const StatsReport& report) {
  // Those that were added first: a new webhook changes the series of no other.
  std::vector<SummaryView> views = report.webhooks;
  if (views.size() > most_labelled_webhooks) {
    std::ranges::sort(views, {}, [](const SummaryView& view) { return view.endpoint.id; });
  }
  const std::size_t own = std::min(views.size(), most_labelled_webhooks);
  std::vector<Labelled> all;
  std::unordered_map<EndpointId, std::size_t> places;
  for (const SummaryView& view : std::span(views).first(own)) {
    places[view.endpoint.id] = all.size();
    all.push_back({.name = label_value(view.endpoint.name),
                   .stats = view.stats,
                   .status = status_of(view, report.now)});
  }
  if (own < views.size()) all.push_back({.stats = sum_of(std::span(views).subspan(own))});
  for (const EndpointFailures& each : report.failures) {
    const auto place = places.find(each.id);
    // Webhooks that were removed meanwhile have failures and no figures.
    if (place == places.end() && own == views.size()) continue;
    Labelled& view = place == places.end() ? all.back() : all[place->second];
    for (const FailureCount& failure : each.failures) {
      view.failures[failure.outcome] += failure.attempts;
    }
  }
  return all;
}

double seconds(Millis span) {
  return static_cast<double>(span.count()) / 1000;
}
double seconds(Time time) {
  return seconds(time.time_since_epoch());
}

void write_counters(Exposition& metrics, Views views) {
  metrics.metric("thig_hooks_attempts_total", "counter", "Attempts to deliver, by result.");
  for (const Labelled& view : views) {
    metrics.sample({{"webhook", view.name}, {"result", "ok"}}, view.stats.attempts_ok);
    metrics.sample({{"webhook", view.name}, {"result", "failed"}}, view.stats.attempts_failed);
  }
  // A name that is promised. For what can be recovered there are gauges.
  metrics.metric("thig_hooks_deliveries_total", "counter",
                 "Ended deliveries, by state; those that are sent again are taken off.");
  for (const Labelled& view : views) {
    for (const auto& [state, count] :
         {std::pair{"delivered", view.stats.delivered}, std::pair{"dead", view.stats.dead},
          std::pair{"missed", view.stats.missed}, std::pair{"cancelled", view.stats.cancelled}}) {
      metrics.sample({{"webhook", view.name}, {"state", state}}, count);
    }
  }
}

// Of each webhook that has a name of its own.
template <class Value>
void write_states(Exposition& metrics, Views views, std::string_view name, std::string_view help,
                  const Value& value) {
  metrics.metric(name, "gauge", help);
  for (const Labelled& view : views) {
    if (view.status) metrics.sample({{"webhook", view.name}}, std::int64_t{value(view)});
  }
}

void write_gauges(Exposition& metrics, Views views, Time now) {
  metrics.metric("thig_hooks_pending_deliveries", "gauge", "Pending deliveries.");
  for (const Labelled& view : views) {
    metrics.sample({{"webhook", view.name}}, view.stats.pending);
  }
  metrics.metric("thig_hooks_dead_deliveries", "gauge", "Dead deliveries that can be recovered.");
  for (const Labelled& view : views) {
    metrics.sample({{"webhook", view.name}}, view.stats.dead);
  }
  metrics.metric("thig_hooks_missed_deliveries", "gauge",
                 "Missed deliveries that can be recovered.");
  for (const Labelled& view : views) {
    metrics.sample({{"webhook", view.name}}, view.stats.missed);
  }
  metrics.metric("thig_hooks_backlog_age_seconds", "gauge",
                 "Age of the oldest due delivery; 0 if none is due.");
  for (const Labelled& view : views) {
    metrics.sample({{"webhook", view.name}},
                   seconds(view.stats.backlog_age(now).value_or(Millis{0})));
  }
  write_states(metrics, views, "thig_hooks_webhook_enabled", "1 if the webhook is enabled, else 0.",
               [](const Labelled& view) { return *view.status != WebhookStatus::disabled; });
  write_states(metrics, views, "thig_hooks_webhook_failing",
               "1 if the last attempts of the webhook failed, else 0.",
               [](const Labelled& view) { return view.stats.failing_since.has_value(); });
  write_states(metrics, views, "thig_hooks_webhook_paused",
               "1 if the webhook is paused after failures, else 0.",
               [](const Labelled& view) { return *view.status == WebhookStatus::paused; });
  metrics.metric("thig_hooks_last_attempt_timestamp_seconds", "gauge",
                 "Start time of the most recent attempt.");
  for (const Labelled& view : views) {
    if (!view.stats.last_attempt_at) continue;
    metrics.sample({{"webhook", view.name}}, seconds(*view.stats.last_attempt_at));
  }
}

void write_latencies(Exposition& metrics, Views views, std::string_view span) {
  metrics.metric("thig_hooks_latency_seconds", "summary",
                 fmt::format("Response time of attempts; quantiles of the last {}.", span));
  for (const Labelled& view : views) {
    for (const auto& [quantile, fraction] :
         {std::pair{"0.5", 0.50}, std::pair{"0.95", 0.95}, std::pair{"0.99", 0.99}}) {
      const auto latency = latency_percentile(view.stats.latency, fraction);
      if (!latency) continue;
      metrics.sample({{"webhook", view.name}, {"quantile", quantile}}, seconds(*latency));
    }
    metrics.count({{"webhook", view.name}}, view.stats.attempts());
  }
}

// All of them, whatever has a label.
void write_statuses(Exposition& metrics, const StatsReport& report) {
  std::map<WebhookStatus, std::int64_t> counts;
  for (const SummaryView& view : report.webhooks) ++counts[status_of(view, report.now)];
  metrics.metric("thig_hooks_webhooks", "gauge", "Outgoing webhooks, by status.");
  using enum WebhookStatus;
  for (const WebhookStatus status : {enabled, failing, paused, disabled}) {
    metrics.sample({{"status", to_text(status)}}, counts[status]);
  }
}

}  // namespace

void write_metrics(const MetricsReport& report, const DocumentSink& sink) {
  const StatsReport& outgoing = report.outgoing;
  const std::vector<Labelled> views = labelled(outgoing);
  Exposition metrics(sink);
  const std::string last = format_duration(outgoing.span);
  write_counters(metrics, views);
  write_gauges(metrics, views, outgoing.now);
  write_latencies(metrics, views, last);
  // A gauge: history that is deleted takes its failures with it.
  metrics.metric("thig_hooks_recent_failed_attempts", "gauge",
                 fmt::format("Failed attempts of the last {}, by outcome.", last));
  for (const Labelled& view : views) {
    for (const auto& [outcome, attempts] : view.failures) {
      metrics.sample({{"webhook", view.name}, {"outcome", label_value(outcome)}}, attempts);
    }
  }
  write_statuses(metrics, outgoing);
  write_installation_metrics(report, metrics);
}

}  // namespace thig
