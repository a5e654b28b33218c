#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/flags/metrics_flags.h"
#include "cli/flags/time_range.h"
#include "cli/terminal/follow.h"
#include "cli/terminal/spark.h"
#include "cli/terminal/width.h"
#include "cli/views/webhook_view.h"
#include "core/api/stats_metrics.h"
#include "core/api/stats_view.h"
#include "core/base/codec.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

std::string milliseconds(std::optional<Millis> span) {
  return span ? std::to_string(span->count()) : std::string();
}

// 0 columns: no limit.
std::string fitted(const std::string& line, int columns) {
  return columns > 0 ? fit(line, columns) : line;
}

constexpr Millis least_watch{100};
constexpr const char* default_span = "24h";
constexpr std::string_view clear_screen = "\x1b[H\x1b[2J";

class Stats final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Counts are all-time. Latencies (p50, p95, p99, in milliseconds), attempts per hour and "
        "failures by outcome cover the attempts within --since, rounded to whole hours. The "
        "backlog's age is how long the oldest due delivery has been waiting.");
    flags.about(
        "On a terminal, bars show the attempts of the period, and those that failed: from the time "
        "on the left to the time on the right, in UTC. A bar stands for an hour, or for several "
        "where there is no room. The next attempt of a paused webhook is when its pause ends.");
    flags.about(
        "Tab-separated columns when piped: name, success rate, time and status of the last "
        "delivery, total, pending, delivered, dead, missed, p50, p95, failing since, next attempt, "
        "cancelled, p99, age of the backlog in seconds. Attempts per hour and failures by outcome "
        "are in --json.");
    flags.example("thig-hooks stats", "Show statistics for all webhooks");
    flags.example("thig-hooks stats crm --since 7d", "Show one webhook, hour by hour, over a week");
    flags.example("thig-hooks stats --watch 2s", "Refresh the statistics every two seconds");
    flags.example("thig-hooks stats --json | jq .totals.pending", "Monitor the backlog");
    flags.example("thig-hooks stats --prometheus > /var/lib/node_exporter/thig_hooks.prom",
                  "Export metrics to a Prometheus node exporter");
    flags.positional("WEBHOOK", webhook_, "Only this webhook, by name or id");
    since_.declare_since(flags, "Latencies, attempts per hour and failures of attempts").fallback =
        default_span;
    flags.duration("--watch", watch_,
                   "Keep running and print the statistics at this interval; with --json, one "
                   "document per line");
    flags.toggle("--prometheus", prometheus_,
                 "Write metrics in the Prometheus text format, version 0.0.4");
    metrics_.declare_incoming(flags);
    metrics_.declare_admin(flags);
  }

  Result<ExitCode> run(Context& context) override {
    if (prometheus_ && context.json()) {
      return fail(ErrorCode::usage, "--prometheus and --json cannot be combined");
    }
    if (prometheus_ && watch_) {
      return fail(ErrorCode::usage, "--prometheus and --watch cannot be combined");
    }
    if (watch_ && *watch_ < least_watch) {
      return fail(ErrorCode::usage, "--watch must be 100ms or more");
    }
    THIG_TRY(since_.read_local_times(context));
    THIG_TRY_ASSIGN(store, webhook_ ? context.store(StoreUse::read) : context.store_if_any());
    if (!watch_) {
      THIG_TRY(show(context, store));
      return ExitCode::done;
    }
    THIG_TRY(follow(context, *watch_, [&]() -> Status {
      if (context.for_eyes() && context.out().terminal()) context.out().write(clear_screen);
      return show(context, store);
    }));
    return ExitCode::done;
  }

 private:
  Status show(Context& context, Store* store) {
    report_ = {};
    report_.now = context.now();
    THIG_TRY_ASSIGN(span, asked_span(report_.now));
    report_.span = span;
    if (prometheus_) return write_prometheus(context, store);
    if (store) THIG_TRY(read(*store));
    context.out().stream();
    const auto sink = [&](std::string_view part) { context.out().write(part); };
    if (context.json()) {
      write_stats_document(report_, sink);
      context.out().line("");
    } else {
      THIG_TRY(write_table(context));
    }
    return {};
  }

  // Until now; what is a moment reaches back further each time.
  Result<Millis> asked_span(Time now) const {
    TimeRangeFlags asked;
    asked.since_text = since_.since_text.value_or(default_span);
    THIG_TRY_ASSIGN(range, asked.read(now));
    if (*range.since > now) return fail(ErrorCode::usage, "--since must not be in the future");
    return now - *range.since;
  }

  Status write_prometheus(Context& context, Store* store) const {
    THIG_TRY_ASSIGN(paths, context.paths());
    const MetricsSources sources = metrics_.sources(paths);
    const auto sink = [&](std::string_view part) { context.out().write(part); };
    if (!store) {
      write_metrics(no_metrics(context.now(), report_.span, sources), sink);
      return {};
    }
    THIG_TRY_ASSIGN(report, read_metrics(*store, webhook_, context.now(), report_.span, sources));
    context.out().stream();
    write_metrics(report, sink);
    return {};
  }

  Status read(Store& store) {
    THIG_TRY_ASSIGN(report,
                    webhook_ ? read_stats(store, *webhook_, report_.now, report_.span)
                             : read_stats(store, StatsParts::activity, report_.now, report_.span));
    report_ = std::move(report);
    return {};
  }

  Status write_table(Context& context) const {
    if (report_.webhooks.empty()) return {};
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
    THIG_TRY(choose_columns(context, table));
    for (const SummaryView& view : report_.webhooks) {
      if (context.for_eyes()) {
        table.row(cells(view));
      } else {
        context.out().write(table.tab_line(cells(view)));
      }
    }
    if (!context.for_eyes()) return {};
    if (report_.webhooks.size() > 1)
      table.row(cells("total", report_.totals(), report_.next_attempt()));
    THIG_TRY(print_table(context, table));
    write_hours(context, context.out().columns());
    return {};
  }

  std::vector<Cell> cells(const SummaryView& view) const {
    return cells(view.endpoint.name, view.stats, next_attempt(view));
  }

  std::vector<Cell> cells(const std::string& name, const EndpointStats& stats,
                          std::optional<Time> next) const {
    const auto count = [](std::int64_t number, Style style = Style::plain) {
      return Cell{std::to_string(number), number > 0 ? style : Style::plain, {}, {}};
    };
    const auto percentile = [&](double fraction) {
      return Cell{.text = milliseconds(latency_percentile(stats.latency, fraction))};
    };
    const Cell p99 = percentile(0.99);
    const auto age = stats.backlog_age(report_.now);
    const auto whole_seconds = std::chrono::floor<std::chrono::seconds>(age.value_or(Millis{0}));
    return {{.text = name, .style = Style::bold},
            {.text = format_rate(stats.success_rate())},
            time_cell(stats.last_attempt_at, report_.now),
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
            time_cell(stats.failing_since, report_.now),
            time_cell(next, report_.now),
            age ? Cell{.text = format_duration(whole_seconds), .style = Style::warn} : Cell{},
            count(stats.cancelled),
            p99,
            {.text = age ? std::to_string(whole_seconds.count()) : std::string()}};
  }

  // "in the last 1d", "since 2026-01-15T00:00:00Z": as it was asked for.
  std::string period() const {
    const auto span = parse_duration(since_.since_text.value_or(default_span));
    return span ? fmt::format("in the last {}", format_duration(*span))
                : "since " + format_rfc3339(report_.from());
  }

  static std::string unit_of(const HourBars& bars) {
    return bars.hours_per_bar == 1
               ? std::string("one bar per hour, times in UTC:")
               : fmt::format("one bar per {} hours, times in UTC:", bars.hours_per_bar);
  }

  // The attempts hour by hour, of one webhook or of all together.
  void write_hours(Context& context, int columns) const {
    std::vector<std::int64_t> all;
    std::vector<std::int64_t> failed;
    const std::vector<HourCount> hours = report_.hours();
    for (const HourCount& hour : hours) {
      all.push_back(hour.ok + hour.failed);
      failed.push_back(hour.failed);
    }
    const auto write = [&](const std::vector<std::int64_t>& figures, const std::string& one,
                           Style style) {
      const std::int64_t sum = std::reduce(figures.begin(), figures.end());
      const std::string many = one + "s";
      const std::string title =
          sum == 0 ? fmt::format("no {} {}", many, period())
                   : fmt::format("{} {}, at most {} per hour", count_of(sum, one, many), period(),
                                 std::ranges::max(figures));
      context.out().line("\n" + fitted(title, columns));
      if (sum == 0) return;
      const HourBars bars = hour_bars(figures, hours.front().begins, report_.now, columns);
      context.out().line(fitted(unit_of(bars), columns));
      context.out().line(bars.before() + paint(bars.bars, style, context.out_colour()) +
                         bars.after());
    };
    write(all, "attempt", Style::good);
    if (report_.activity.failures.empty()) return;
    write(failed, "failed attempt", Style::bad);
    for (const FailureCount& failure : report_.activity.failures) {
      const std::string line =
          fmt::format("{:>8}  {}", failure.attempts, printable(failure.outcome));
      context.out().line(fitted(line, columns));
    }
  }

  std::optional<std::string> webhook_;
  TimeRangeFlags since_;
  std::optional<Millis> watch_;
  bool prometheus_ = false;
  MetricsFlags metrics_;

  StatsReport report_;
};

}  // namespace

std::unique_ptr<Command> make_stats() {
  return std::make_unique<Stats>();
}

}  // namespace thig
