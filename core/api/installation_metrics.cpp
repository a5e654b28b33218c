#include "core/api/installation_metrics.h"

#include "core/api/stats_metrics.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

double in_seconds(Millis span) {
  return static_cast<double>(span.count()) / 1000;
}

struct LabelledHook {
  std::string name{};  // empty: all that have no label of their own
  IncomingStats stats{};
};

std::vector<LabelledHook> labelled_hooks(std::vector<IncomingView> views) {
  if (views.size() > most_labelled_webhooks) {
    std::ranges::sort(views, {}, [](const IncomingView& view) { return view.hook.id; });
  }
  const std::size_t own = std::min(views.size(), most_labelled_webhooks);
  std::vector<LabelledHook> all;
  for (const IncomingView& view : std::span(views).first(own)) {
    all.push_back({.name = label_value(view.hook.name), .stats = view.stats});
  }
  if (own < views.size()) all.emplace_back();
  for (const IncomingView& view : std::span(views).subspan(own)) {
    IncomingStats& sum = all.back().stats;
    sum.received += view.stats.received;
    sum.duplicates += view.stats.duplicates;
    sum.rejected += view.stats.rejected;
    sum.failed += view.stats.failed;
  }
  return all;
}

void write_requests(const MetricsReport& report, Exposition& metrics) {
  const std::vector<LabelledHook> hooks = labelled_hooks(report.incoming);
  metrics.metric("thig_hooks_incoming_requests_total", "counter",
                 "Requests to incoming webhooks, by result.");
  for (const LabelledHook& hook : hooks) {
    for (const auto& [result, count] :
         {std::pair{"accepted", hook.stats.received}, std::pair{"duplicate", hook.stats.duplicates},
          std::pair{"rejected", hook.stats.rejected}}) {
      metrics.sample({{"webhook", hook.name}, {"result", result}}, count);
    }
  }
  metrics.metric("thig_hooks_incoming_failed_actions_total", "counter",
                 "Actions of incoming webhooks that failed.");
  for (const LabelledHook& hook : hooks) {
    metrics.sample({{"webhook", hook.name}}, hook.stats.failed);
  }
  metrics.metric("thig_hooks_incoming_pending_requests", "gauge",
                 fmt::format("Received requests whose action has not run yet; counted up to {}.",
                             most_waiting_requests));
  metrics.sample({}, report.waiting);
  metrics.metric("thig_hooks_incoming_backlog_age_seconds", "gauge",
                 "Age of the oldest request whose action has not run yet; 0 if there is none.");
  const Millis age =
      report.oldest_waiting ? report.outgoing.now - *report.oldest_waiting : Millis{0};
  metrics.sample({}, in_seconds(std::max(age, Millis{0})));
}

void write_upkeep(const MetricsReport& report, Exposition& metrics) {
  const OperationTally& tally = report.operations;
  metrics.metric("thig_hooks_retries_total", "counter",
                 "Attempts after the first of a delivery, noted once a minute.");
  metrics.sample({}, tally.retries);
  metrics.metric("thig_hooks_pruned_rows_total", "counter", "Pruned rows, by kind.");
  const PruneCounts& pruned = tally.pruned;
  for (const auto& [kind, count] :
       {std::pair{"event", pruned.events}, std::pair{"delivery", pruned.deliveries},
        std::pair{"attempt", pruned.attempts}, std::pair{"request", pruned.requests},
        std::pair{"hourly_figure", pruned.figures}, std::pair{"key", pruned.keys}}) {
    metrics.sample({{"kind", kind}}, count);
  }
  metrics.metric("thig_hooks_last_prune_timestamp_seconds", "gauge",
                 "When pruning last completed, noted at least once an hour.");
  if (tally.pruned_at) metrics.sample({}, in_seconds(tally.pruned_at->time_since_epoch()));
  metrics.metric("thig_hooks_database_used_bytes", "gauge",
                 "Bytes of the database file that are in use.");
  metrics.sample({}, static_cast<std::int64_t>(report.database.used));
  metrics.metric("thig_hooks_database_free_bytes", "gauge",
                 "Bytes of the database file that are free for reuse.");
  metrics.sample({}, static_cast<std::int64_t>(report.database.free));
}

}  // namespace

void write_installation_metrics(const MetricsReport& report, Exposition& metrics) {
  write_requests(report, metrics);
  write_upkeep(report, metrics);
  metrics.metric("thig_hooks_certificate_expiry_timestamp_seconds", "gauge",
                 "When the certificate of a service expires.");
  for (const CertificateEnd& end : report.certificates) {
    metrics.sample({{"service", end.service}}, in_seconds(end.at.time_since_epoch()));
  }
  metrics.metric("thig_hooks_delivering", "gauge",
                 "1 if a process delivers for the database, else 0.");
  metrics.sample({}, std::int64_t{report.delivering});
  metrics.metric("thig_hooks_build_info", "gauge", "The version of the program; always 1.");
  metrics.sample({{"version", label_value(report.version)}}, std::int64_t{1});
}

}  // namespace thig
