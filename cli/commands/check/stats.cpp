#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/terminal/spark.h"
#include "cli/terminal/width.h"
#include "cli/views/stats_metrics.h"
#include "cli/views/webhook_view.h"
#include "core/base/codec.h"
#include "core/setup/webhooks.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

constexpr std::size_t most_hours = 24 * 366 * 10;

constexpr std::pair<const char*, double> percentiles[] = {
    {"p50Ms", 0.50}, {"p95Ms", 0.95}, {"p99Ms", 0.99}};

std::string milliseconds(std::optional<Millis> span) {
  return span ? std::to_string(span->count()) : std::string();
}

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

EndpointStats total_of(const std::vector<SummaryView>& views) {
  EndpointStats total;
  for (const SummaryView& view : views) {
    const EndpointStats& stats = view.stats;
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
  return total;
}

// 0 columns: no limit.
std::string fitted(const std::string& line, int columns) {
  return columns > 0 ? fit(line, columns) : line;
}

class Stats final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Counts are of all time; latencies (p50, p95, p99, in milliseconds), attempts by hour and "
        "failures by what came of them are of the attempts within --since, in whole hours. The "
        "backlog's age is how long the delivery that waits longest has been due.");
    flags.about(
        "When piped, a line is: name, success rate, time and status of the last delivery, total, "
        "pending, delivered, dead, missed, p50, p95, failing since, next attempt, cancelled, p99, "
        "age of the backlog in seconds; separated by tabs. Hours and failures are in --json.");
    flags.example("thig-hooks stats", "See how all webhooks fare");
    flags.example("thig-hooks stats crm --since 7d", "See one, hour by hour, over a week");
    flags.example("thig-hooks stats --json | jq .totals.pending", "Watch the backlog");
    flags.example("thig-hooks stats --prometheus > /var/lib/node_exporter/thig_hooks.prom",
                  "Give the figures to a Prometheus node exporter");
    flags.positional("WEBHOOK", webhook_, "Only this webhook, by name or id");
    flags.duration("--since", since_, "How far back latencies, hours and failures go");
    flags.toggle("--prometheus", prometheus_,
                 "Write metrics in Prometheus' text format, 0.0.4, instead");
  }

  Result<ExitCode> run(Context& context) override {
    if (prometheus_ && context.json()) {
      return fail(ErrorCode::usage, "--prometheus and --json exclude each other");
    }
    now_ = context.now();
    from_ = now_ - since_;
    THIG_TRY_ASSIGN(store, webhook_ ? context.store(StoreUse::read) : context.store_if_any());
    if (store) THIG_TRY(webhook_ ? read_one(*store) : read_all(*store));
    context.out().stream();
    if (prometheus_) {
      write_metrics(context.out(), views_, failures_, since_, now_);
    } else if (context.json()) {
      write_json(context);
    } else {
      write_table(context);
    }
    return ExitCode::done;
  }

 private:
  Status read_one(Store& store) {
    THIG_TRY_ASSIGN(endpoint, find_webhook(store.config(), *webhook_));
    THIG_TRY_ASSIGN(stats, store.statistics().stats_of(endpoint.id, from_));
    THIG_TRY_ASSIGN(activity, store.statistics().activity(endpoint.id, from_));
    activity_ = std::move(activity);
    failures_.push_back({.id = endpoint.id, .failures = activity_.failures});
    views_.push_back({.endpoint = {.id = endpoint.id,
                                   .name = std::move(endpoint.name),
                                   .url = std::move(endpoint.url),
                                   .state = endpoint.state},
                      .stats = std::move(stats)});
    return {};
  }

  Status read_all(Store& store) {
    THIG_TRY_ASSIGN(endpoints, store.config().endpoint_summaries());
    THIG_TRY_ASSIGN(stats, store.statistics().stats(from_));
    views_ = with_figures(std::move(endpoints), std::move(stats));
    if (prometheus_) {
      THIG_TRY_ASSIGN(failures, store.statistics().failures(from_));
      failures_ = std::move(failures);
      return {};
    }
    THIG_TRY_ASSIGN(activity, store.statistics().activity(std::nullopt, from_));
    activity_ = std::move(activity);
    return {};
  }

  void write_json(Context& context) const {
    JsonWriter json;
    json.begin_object();
    write_time(json, "latencySince", from_);
    json.key("webhooks").begin_array();
    for (const SummaryView& view : views_) {
      json.begin_object().key("name").text(view.endpoint.name);
      json.key("id").text(to_text(view.endpoint.id));
      json.key("state").text(to_text(view.endpoint.state));
      write_all_figures(json, view.stats, now_);
      json.end_object();
      context.out().write(json.take_part());
    }
    json.end_array().key("totals").begin_object();
    write_all_figures(json, total_of(views_), now_);
    json.end_object().key("hours").begin_array();
    for (const HourCount& hour : every_hour(activity_.hours, from_, now_, most_hours)) {
      json.begin_object().key("hour").text(format_rfc3339(hour.begins));
      json.key("ok").number(hour.ok).key("failed").number(hour.failed).end_object();
    }
    json.end_array().key("failures").begin_array();
    for (const FailureCount& failure : activity_.failures) {
      json.begin_object().key("outcome").text(failure.outcome);
      json.key("attempts").number(failure.attempts).end_object();
    }
    context.out().line(json.end_array().end_object().take());
  }

  void write_table(Context& context) const {
    if (views_.empty()) return;
    using enum Column::Where;
    Table table({{.header = "NAME", .shrinks = true},
                 {.header = "SUCCESS", .right = true},
                 {.header = "LAST DELIVERY"},
                 {.header = "STATUS"},
                 {.header = "TOTAL", .right = true},
                 {.header = "PENDING", .right = true},
                 {.header = "DELIVERED", .right = true},
                 {.header = "DEAD", .right = true},
                 {.header = "MISSED", .right = true},
                 {.header = "CANCELLED", .where = terminal, .right = true, .optional = true},
                 {.header = "P50 ms", .right = true},
                 {.header = "P95 ms", .right = true},
                 {.header = "P99 ms", .where = terminal, .right = true, .optional = true},
                 {.header = "FAILING SINCE", .optional = true},
                 {.header = "NEXT ATTEMPT", .optional = true},
                 {.header = "BACKLOG", .where = terminal, .optional = true},
                 {.header = "cancelled", .where = piped},
                 {.header = "p99", .where = piped},
                 {.header = "backlog", .where = piped}});
    for (const SummaryView& view : views_) {
      if (context.for_eyes()) {
        table.row(cells(view.endpoint.name, view.stats));
      } else {
        context.out().write(table.tab_line(cells(view.endpoint.name, view.stats)));
      }
    }
    if (!context.for_eyes()) return;
    if (views_.size() > 1) table.row(cells("total", total_of(views_)));
    const int columns = context.out().columns();
    context.out().write(table.for_terminal(columns, context.out_colour()));
    write_hours(context, columns);
  }

  std::vector<Cell> cells(const std::string& name, const EndpointStats& stats) const {
    const auto count = [](std::int64_t number, Style style = Style::plain) {
      return Cell{std::to_string(number), number > 0 ? style : Style::plain, {}, {}};
    };
    const auto percentile = [&](double fraction) {
      return Cell{.text = milliseconds(latency_percentile(stats.latency, fraction))};
    };
    const Cell p99 = percentile(0.99);
    const auto age = stats.backlog_age(now_);
    const auto whole_seconds = std::chrono::floor<std::chrono::seconds>(age.value_or(Millis{0}));
    return {{.text = name, .style = Style::bold},
            {.text = format_rate(stats.success_rate())},
            time_cell(stats.last_attempt_at, now_),
            {.text = stats.last_outcome},
            count(stats.attempts()),
            count(stats.pending),
            count(stats.delivered),
            count(stats.dead, Style::bad),
            count(stats.missed, Style::bad),
            stats.cancelled > 0 ? count(stats.cancelled) : Cell{},
            percentile(0.50),
            percentile(0.95),
            p99,
            time_cell(stats.failing_since, now_),
            time_cell(stats.next_due, now_),
            age ? Cell{.text = format_duration(whole_seconds), .style = Style::warn} : Cell{},
            count(stats.cancelled),
            p99,
            {.text = age ? std::to_string(whole_seconds.count()) : std::string()}};
  }

  // The attempts hour by hour, of one webhook or of all together.
  void write_hours(Context& context, int columns) const {
    const auto hours = every_hour(activity_.hours, from_, now_, most_hours);
    std::vector<std::int64_t> all;
    std::vector<std::int64_t> failed;
    for (const HourCount& hour : hours) {
      all.push_back(hour.ok + hour.failed);
      failed.push_back(hour.failed);
    }
    const std::string span = format_duration(since_);
    const auto write = [&](const std::vector<std::int64_t>& figures, const std::string& what,
                           Style style) {
      const std::int64_t sum = std::reduce(figures.begin(), figures.end());
      const std::string title = sum == 0
                                    ? fmt::format("no {} in the last {}", what, span)
                                    : fmt::format("{} {} in the last {}, at most {} in an hour",
                                                  sum, what, span, std::ranges::max(figures));
      context.out().line("\n" + fitted(title, columns));
      if (sum == 0) return;
      context.out().line(paint(spark_line(figures, columns), style, context.out_colour()));
    };
    write(all, "attempts", Style::good);
    if (activity_.failures.empty()) return;
    write(failed, "failed attempts", Style::bad);
    for (const FailureCount& failure : activity_.failures) {
      const std::string line =
          fmt::format("{:>8}  {}", failure.attempts, printable(failure.outcome));
      context.out().line(fitted(line, columns));
    }
  }

  std::optional<std::string> webhook_;
  Millis since_ = std::chrono::hours(24);
  bool prometheus_ = false;

  Time now_{};
  Time from_{};
  std::vector<SummaryView> views_;
  Activity activity_;
  std::vector<EndpointFailures> failures_;
};

}  // namespace

std::unique_ptr<Command> make_stats() {
  return std::make_unique<Stats>();
}

}  // namespace thig
