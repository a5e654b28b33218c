// The figures of webhooks, read for a span of time.
#pragma once

#include "core/api/webhook_view.h"
#include "core/base/error.h"
#include "core/model/stats.h"
#include "core/store/store.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thig {

// Their figures together.
EndpointStats sum_of(std::span<const SummaryView> webhooks);

struct StatsReport {
  std::vector<SummaryView> webhooks;  // by name; counts are of all time, latencies of the span
  Activity activity{};                // of all of them together, within the span
  std::vector<EndpointFailures> failures{};  // of each, within the span
  Time now{};
  Millis span{0};  // until now

  Time from() const { return now - span; }
  // Of all webhooks together.
  EndpointStats totals() const { return sum_of(webhooks); }
  // When the first of all their attempts may start.
  std::optional<Time> next_attempt() const;
  // Every hour of the span, those without attempts included; ten years at most.
  std::vector<HourCount> hours() const;
};

// The parts of a report that not every reader wants, and that cost a look at much.
enum class StatsParts { activity, failures };

// Of one webhook, by name or id, with both parts: `not_found`.
Result<StatsReport> read_stats(Store& store, std::string_view webhook, Time now, Millis span);
// Of all of them.
Result<StatsReport> read_stats(Store& store, StatsParts parts, Time now, Millis span);

}  // namespace thig
