#include "core/api/stats_query.h"

#include "core/api/webhook_query.h"
#include "core/setup/webhooks.h"

#include <utility>

namespace thig {
namespace {

constexpr std::size_t most_hours = std::size_t{24} * 366 * 10;

void add_figures(EndpointStats& total, const EndpointStats& stats) {
  total.attempts_ok += stats.attempts_ok;
  total.attempts_failed += stats.attempts_failed;
  total.pending += stats.pending;
  total.delivered += stats.delivered;
  total.dead += stats.dead;
  total.missed += stats.missed;
  total.cancelled += stats.cancelled;
  if (stats.last_attempt_at > total.last_attempt_at) {
    total.last_attempt_at = stats.last_attempt_at;
    total.last_outcome = stats.last_outcome;
  }
  if (stats.next_due && (!total.next_due || *stats.next_due < *total.next_due)) {
    total.next_due = stats.next_due;
  }
  add_latencies(total.latency, stats.latency);
}

}  // namespace

EndpointStats sum_of(std::span<const SummaryView> webhooks) {
  EndpointStats total;
  for (const SummaryView& view : webhooks) add_figures(total, view.stats);
  return total;
}

std::optional<Time> StatsReport::next_attempt() const {
  std::optional<Time> first;
  for (const SummaryView& view : webhooks) {
    const auto next = thig::next_attempt(view);
    if (next && (!first || *next < *first)) first = next;
  }
  return first;
}

std::vector<HourCount> StatsReport::hours() const {
  return every_hour(activity.hours, from(), now, most_hours);
}

Result<StatsReport> read_stats(Store& store, std::string_view webhook, Time now, Millis span) {
  StatsReport report{.webhooks = {}, .now = now, .span = span};
  THIG_TRY_ASSIGN(endpoint, find_webhook(store.config(), webhook));
  THIG_TRY_ASSIGN(stats, store.statistics().stats_of(endpoint.id, report.from()));
  THIG_TRY_ASSIGN(activity, store.statistics().activity(endpoint.id, report.from()));
  report.activity = std::move(activity);
  report.failures.push_back({.id = endpoint.id, .failures = report.activity.failures});
  report.webhooks.push_back(
      {.endpoint = summary_of(std::move(endpoint)), .stats = std::move(stats)});
  THIG_TRY(add_healths(store, report.webhooks));
  return report;
}

Result<StatsReport> read_stats(Store& store, StatsParts parts, Time now, Millis span) {
  StatsReport report{.webhooks = {}, .now = now, .span = span};
  THIG_TRY_ASSIGN(endpoints, store.config().endpoint_summaries());
  THIG_TRY_ASSIGN(stats, store.statistics().stats(report.from()));
  report.webhooks = with_figures(std::move(endpoints), std::move(stats));
  THIG_TRY(add_healths(store, report.webhooks));
  if (parts == StatsParts::failures) {
    THIG_TRY_ASSIGN(failures, store.statistics().failures(report.from()));
    report.failures = std::move(failures);
    return report;
  }
  THIG_TRY_ASSIGN(activity, store.statistics().activity(std::nullopt, report.from()));
  report.activity = std::move(activity);
  return report;
}

}  // namespace thig
