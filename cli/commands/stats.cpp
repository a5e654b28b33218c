#include "cli/commands/all.h"
#include "cli/webhook_view.h"
#include "core/engine/webhooks.h"

#include <fmt/format.h>

namespace thig {
namespace {

std::string milliseconds(std::optional<Millis> span) {
  return span ? fmt::format("{}", span->count()) : std::string();
}

void write_latency(JsonWriter& json, const LatencyBuckets& latency) {
  for (const auto& [key, fraction] : {std::pair{"p50Ms", 0.50}, std::pair{"p95Ms", 0.95}}) {
    json.key(key);
    const auto span = latency_percentile(latency, fraction);
    span ? json.number(std::int64_t{span->count()}) : json.null();
  }
}

EndpointStats total_of(const std::vector<WebhookView>& views) {
  EndpointStats total;
  for (const WebhookView& view : views) {
    const EndpointStats& stats = view.stats;
    total.attempts_ok += stats.attempts_ok;
    total.attempts_failed += stats.attempts_failed;
    total.pending += stats.pending;
    total.delivered += stats.delivered;
    total.dead += stats.dead;
    total.missed += stats.missed;
    if (stats.last_attempt_at > total.last_attempt_at) {
      total.last_attempt_at = stats.last_attempt_at;
      total.last_outcome = stats.last_outcome;
    }
    if (stats.next_due && (!total.next_due || *stats.next_due < *total.next_due)) {
      total.next_due = stats.next_due;
    }
    for (std::size_t i = 0; i < total.latency.size(); ++i) total.latency[i] += stats.latency[i];
  }
  return total;
}

class Stats final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Counts are of all time; latencies (p50, p95, in milliseconds) of the attempts within "
        "--since. When piped, a line is: name, success rate, time and status of the last delivery, "
        "total, pending, delivered, dead, missed, p50, p95, failing since, next attempt; separated "
        "by tabs.");
    flags.example("thig-hooks stats", "See how all webhooks fare");
    flags.example("thig-hooks stats crm --since 7d", "See one, with the latencies of a week");
    flags.example("thig-hooks stats --json | jq .totals.pending", "Watch the backlog");
    flags.positional("WEBHOOK", webhook_, "Only this webhook, by name or id");
    flags.duration("--since", since_, "How far back latencies are taken from");
  }

  Result<ExitCode> run(Context& context) override {
    std::vector<WebhookView> views;
    if (webhook_) {
      THIG_TRY_ASSIGN(store, context.store(StoreUse::read));
      THIG_TRY_ASSIGN(endpoint, find_webhook(*store, *webhook_));
      THIG_TRY_ASSIGN(stats, store->stats(context.now() - since_));
      views = webhook_views({std::move(endpoint)}, stats);
    } else {
      THIG_TRY_ASSIGN(store, context.store_if_any());
      if (store) {
        THIG_TRY_ASSIGN(endpoints, store->endpoints());
        THIG_TRY_ASSIGN(stats, store->stats(context.now() - since_));
        views = webhook_views(std::move(endpoints), stats);
      }
    }
    if (context.json()) {
      write_json(context, views);
    } else {
      write_table(context, views);
    }
    return ExitCode::done;
  }

 private:
  void write_json(Context& context, const std::vector<WebhookView>& views) const {
    JsonWriter json;
    json.begin_object();
    write_time(json, "latencySince", context.now() - since_);
    json.key("webhooks").begin_array();
    for (const WebhookView& view : views) {
      json.begin_object().key("name").text(view.endpoint.name);
      json.key("id").text(to_text(view.endpoint.id));
      json.key("state").text(to_text(view.endpoint.state));
      write_figures(json, view.stats);
      write_latency(json, view.stats.latency);
      json.end_object();
    }
    json.end_array().key("totals").begin_object();
    const EndpointStats total = total_of(views);
    write_figures(json, total);
    write_latency(json, total.latency);
    context.out().line(json.end_object().end_object().take());
  }

  void write_table(Context& context, const std::vector<WebhookView>& views) const {
    if (views.empty()) return;
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
                 {.header = "P50 ms", .right = true},
                 {.header = "P95 ms", .right = true},
                 {.header = "FAILING SINCE", .optional = true},
                 {.header = "NEXT ATTEMPT", .optional = true}});
    const Time now = context.now();
    for (const WebhookView& view : views) {
      table.row(cells(view.endpoint.name, view.stats, now));
    }
    if (!context.for_eyes()) {
      context.out().write(table.tab_separated());
      return;
    }
    if (views.size() > 1) table.row(cells("total", total_of(views), now));
    context.out().write(table.for_terminal(context.out().columns(), context.out_colour()));
  }

  static std::vector<Cell> cells(const std::string& name, const EndpointStats& stats, Time now) {
    const auto count = [](std::int64_t number, Style style = Style::plain) {
      return Cell{std::to_string(number), number > 0 ? style : Style::plain, {}, {}};
    };
    return {{.text = name, .style = Style::bold},
            {.text = format_rate(stats.success_rate())},
            time_cell(stats.last_attempt_at, now),
            {.text = stats.last_outcome},
            count(stats.attempts()),
            count(stats.pending),
            count(stats.delivered),
            count(stats.dead, Style::bad),
            count(stats.missed, Style::bad),
            {.text = milliseconds(latency_percentile(stats.latency, 0.50))},
            {.text = milliseconds(latency_percentile(stats.latency, 0.95))},
            time_cell(stats.failing_since, now),
            time_cell(stats.next_due, now)};
  }

  std::optional<std::string> webhook_;
  Millis since_ = std::chrono::hours(24);
};

}  // namespace

std::unique_ptr<Command> make_stats() {
  return std::make_unique<Stats>();
}

}  // namespace thig
