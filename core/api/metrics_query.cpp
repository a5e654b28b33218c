#include "core/api/metrics_query.h"

#include "core/api/webhook_query.h"
#include "core/base/tls_files.h"

#include <algorithm>
#include <utility>

namespace thig {
namespace {

Status read_waiting(Store& store, MetricsReport& report) {
  RequestFilter filter;
  filter.state = RequestState::pending;
  filter.limit = most_waiting_requests;
  THIG_TRY_ASSIGN(waiting, store.requests().list(filter));
  report.waiting = static_cast<std::int64_t>(waiting.size());
  const auto note = [&report](const std::vector<IncomingRequest>& oldest) {
    if (oldest.empty()) return;
    const Time at = oldest.front().received_at;
    report.oldest_waiting = std::min(report.oldest_waiting.value_or(at), at);
  };
  THIG_TRY_ASSIGN(oldest, store.requests().pending(std::nullopt, 1));
  note(oldest);
  THIG_TRY_ASSIGN(commands, store.requests().waiting_commands());
  for (const IncomingHookId hook : commands) {
    THIG_TRY_ASSIGN(oldest_of_it, store.requests().pending_of(hook, 1));
    note(oldest_of_it);
  }
  return {};
}

}  // namespace

MetricsReport no_metrics(Time now, Millis span, const MetricsSources& sources) {
  MetricsReport report;
  report.outgoing.now = now;
  report.outgoing.span = span;
  report.version = sources.version;
  report.delivering = sources.delivering;
  for (const auto& [service, file] : sources.certificates) {
    const auto end = certificate_end(file);
    if (end) report.certificates.push_back({.service = service, .at = *end});
  }
  return report;
}

Result<MetricsReport> read_metrics(Store& store, const std::optional<std::string>& webhook,
                                   Time now, Millis span, const MetricsSources& sources) {
  MetricsReport report = no_metrics(now, span, sources);
  THIG_TRY_ASSIGN(outgoing, webhook ? read_stats(store, *webhook, now, span)
                                    : read_stats(store, StatsParts::failures, now, span));
  report.outgoing = std::move(outgoing);
  THIG_TRY_ASSIGN(incoming, list_incoming_webhooks(store));
  report.incoming = std::move(incoming);
  THIG_TRY(read_waiting(store, report));
  THIG_TRY_ASSIGN(size, store.maintenance().database_size());
  report.database = size;
  THIG_TRY_ASSIGN(operations, read_operations(store.config()));
  report.operations = operations;
  return report;
}

}  // namespace thig
