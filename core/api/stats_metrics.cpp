#include "core/api/stats_metrics.h"

#include "core/api/prometheus.h"

#include <unordered_map>

#include <fmt/format.h>

namespace thig {
namespace {

// A webhook with its name as a label.
struct Labelled {
  std::string name;
  const SummaryView& view;
};
using Views = std::span<const Labelled>;

double seconds(Millis span) {
  return static_cast<double>(span.count()) / 1000;
}
double seconds(Time time) {
  return seconds(time.time_since_epoch());
}

void write_counters(Exposition& metrics, Views views) {
  metrics.metric("thig_hooks_attempts_total", "counter", "Attempts to deliver, by result.");
  for (const auto& [name, view] : views) {
    metrics.sample({{"webhook", name}, {"result", "ok"}}, view.stats.attempts_ok);
    metrics.sample({{"webhook", name}, {"result", "failed"}}, view.stats.attempts_failed);
  }
  metrics.metric("thig_hooks_deliveries_total", "counter", "Ended deliveries, by state.");
  for (const auto& [name, view] : views) {
    for (const auto& [state, count] :
         {std::pair{"delivered", view.stats.delivered}, std::pair{"dead", view.stats.dead},
          std::pair{"missed", view.stats.missed}, std::pair{"cancelled", view.stats.cancelled}}) {
      metrics.sample({{"webhook", name}, {"state", state}}, count);
    }
  }
}

void write_gauges(Exposition& metrics, Views views, Time now) {
  metrics.metric("thig_hooks_pending_deliveries", "gauge", "Pending deliveries.");
  for (const auto& [name, view] : views) {
    metrics.sample({{"webhook", name}}, view.stats.pending);
  }
  metrics.metric("thig_hooks_backlog_age_seconds", "gauge",
                 "Age of the oldest due delivery; 0 if none is due.");
  for (const auto& [name, view] : views) {
    metrics.sample({{"webhook", name}}, seconds(view.stats.backlog_age(now).value_or(Millis{0})));
  }
  metrics.metric("thig_hooks_webhook_enabled", "gauge", "1 if the webhook is enabled, else 0.");
  for (const auto& [name, view] : views) {
    metrics.sample({{"webhook", name}},
                   std::int64_t{view.endpoint.state == EndpointState::enabled});
  }
  metrics.metric("thig_hooks_webhook_failing", "gauge",
                 "1 if the last attempts of the webhook failed, else 0.");
  for (const auto& [name, view] : views) {
    metrics.sample({{"webhook", name}}, std::int64_t{view.stats.failing_since.has_value()});
  }
  metrics.metric("thig_hooks_last_attempt_timestamp_seconds", "gauge",
                 "Start time of the most recent attempt.");
  for (const auto& [name, view] : views) {
    if (!view.stats.last_attempt_at) continue;
    metrics.sample({{"webhook", name}}, seconds(*view.stats.last_attempt_at));
  }
}

void write_latencies(Exposition& metrics, Views views, std::string_view span) {
  metrics.metric("thig_hooks_latency_seconds", "summary",
                 fmt::format("Response time of attempts; quantiles of the last {}.", span));
  for (const auto& [name, view] : views) {
    for (const auto& [quantile, fraction] :
         {std::pair{"0.5", 0.50}, std::pair{"0.95", 0.95}, std::pair{"0.99", 0.99}}) {
      const auto latency = latency_percentile(view.stats.latency, fraction);
      if (!latency) continue;
      metrics.sample({{"webhook", name}, {"quantile", quantile}}, seconds(*latency));
    }
    metrics.count({{"webhook", name}}, view.stats.attempts());
  }
}

}  // namespace

void write_metrics(const StatsReport& report, const DocumentSink& sink) {
  std::vector<Labelled> views;
  std::unordered_map<EndpointId, std::size_t> places;
  for (const SummaryView& view : report.webhooks) {
    places[view.endpoint.id] = views.size();
    views.push_back({.name = label_value(view.endpoint.name), .view = view});
  }
  Exposition metrics(sink);
  const std::string last = format_duration(report.span);
  write_counters(metrics, views);
  write_gauges(metrics, views, report.now);
  write_latencies(metrics, views, last);
  // A gauge: history that is deleted takes its failures with it.
  metrics.metric("thig_hooks_recent_failed_attempts", "gauge",
                 fmt::format("Failed attempts of the last {}, by outcome.", last));
  for (const EndpointFailures& each : report.failures) {
    const auto place = places.find(each.id);
    if (place == places.end()) continue;
    for (const FailureCount& failure : each.failures) {
      metrics.sample(
          {{"webhook", views[place->second].name}, {"outcome", label_value(failure.outcome)}},
          failure.attempts);
    }
  }
}

}  // namespace thig
