#include "core/api/stats_view.h"

#include "core/documents/json_members.h"

#include <utility>

namespace thig {
namespace {

constexpr std::pair<const char*, double> percentiles[] = {
    {"p50Ms", 0.50}, {"p95Ms", 0.95}, {"p99Ms", 0.99}};

void write_milliseconds(JsonWriter& json, std::string_view key, std::optional<Millis> span) {
  json.key(key);
  span ? json.number(std::int64_t{span->count()}) : json.null();
}

void write_all_figures(JsonWriter& json, const EndpointStats& stats, Time now) {
  write_figures(json, stats);
  for (const auto& [key, fraction] : percentiles) {
    write_milliseconds(json, key, latency_percentile(stats.latency, fraction));
  }
  write_milliseconds(json, "backlogAgeMs", stats.backlog_age(now));
}

}  // namespace

void write_stats_document(const StatsReport& report, const DocumentSink& sink) {
  JsonWriter json;
  json.begin_object();
  write_time(json, "latencySince", report.from());
  json.key("webhooks").begin_array();
  for (const SummaryView& view : report.webhooks) {
    json.begin_object().key("name").text(view.endpoint.name);
    json.key("id").text(to_text(view.endpoint.id));
    json.key("state").text(to_text(view.endpoint.state));
    write_status(json, view, report.now);
    write_all_figures(json, view.stats, report.now);
    json.end_object();
    sink(json.take_part());
  }
  json.end_array().key("totals").begin_object();
  write_all_figures(json, report.totals(), report.now);
  json.end_object().key("hours").begin_array();
  for (const HourCount& hour : report.hours()) {
    json.begin_object().key("hour").text(format_rfc3339(hour.begins));
    json.key("ok").number(hour.ok).key("failed").number(hour.failed).end_object();
  }
  json.end_array().key("failures").begin_array();
  for (const FailureCount& failure : report.activity.failures) {
    json.begin_object().key("outcome").text(failure.outcome);
    json.key("attempts").number(failure.attempts).end_object();
  }
  sink(json.end_array().end_object().take());
}

}  // namespace thig
